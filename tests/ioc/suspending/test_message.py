"""Message says which suspenders do not watch over the plan, whatever it does."""

from reioc.suspenders import Floor

from ...suspenders.support import FakeTime
from .support import Watch, install, with_ioc


def test_who_bypasses_what_and_what_is_disabled_is_in_brackets(RE):
    """By PV or in Python; while all are off, that is all there is to say."""
    time = FakeTime()
    install(RE, [Watch(name, time=time, value=250.0) for name in ("beam", "shutter", "i0")])

    async def test(ioc):
        messages = []

        async def look():
            await ioc.tick()
            messages.append(ioc.read("Message"))

        await look()
        await ioc.put("Susp:beam:Bypass", 600)
        await look()
        await ioc.put("Susp:shutter:Enable", "No")
        RE.configure_suspender("i0", bypass=30, enabled=False)
        await look()
        await ioc.put("Susp:Enable", "No")
        await look()
        await ioc.put("Susp:Enable", "Yes")
        time.advance(30)
        await look()
        time.advance(570)
        await ioc.put("Susp:shutter:Enable", "Yes")
        RE.suspender("i0").enabled = True
        await look()
        assert messages == [
            "idle",
            "idle [beam is bypassed by user@host for 10 min]",
            "idle [beam is bypassed by user@host for 10 min; i0 is bypassed by Python for 30 s; disabled: shutter, i0]",
            "idle [all suspenders are off]",
            "idle [beam is bypassed by user@host for 10 min; disabled: shutter, i0]",
            "idle",
        ]

    with_ioc(RE, test)


def test_it_is_said_while_a_plan_runs_and_is_suspended(RE):
    """Of another one, while one holds."""
    time = FakeTime()
    beam, hot = Watch(time=time, value=250.0), Watch("hot", Floor(1), time=time, value=2.0)
    install(RE, [beam, hot])

    async def test(ioc):
        assert await ioc.put("Plan:Name", "patient")
        assert await ioc.put("Susp:hot:Enable", "No")
        run = ioc.begin("Plan:Run", 1)
        await ioc.shows("State", "running")
        await ioc.tick()
        assert ioc.read("Message").endswith(" [disabled: hot]")
        beam.source.put(0.0)
        await ioc.shows("State", "suspended")
        await ioc.tick()
        message = ioc.read("Message")
        assert message.startswith("suspended since ")
        assert message.endswith(": RING is 0, below 100; good again at 200 [disabled: hot]")
        assert await ioc.put("Stop", 1)
        assert await run

    with_ioc(RE, test)


DURATIONS = [
    *[(1, "5 s"), (5, "5 s"), (5.5, "10 s"), (60, "60 s"), (60.5, "2 min"), (120, "2 min"), (121, "3 min")],
    *[(3600, "60 min"), (3601, "1.1 h"), (7200, "2.0 h"), (366 * 86400, "8784.0 h")],
]


def test_how_long_a_bypass_lasts_is_coarse(RE):
    """Rounded up, so that it never says less than there is."""
    watch = Watch(value=250.0)
    RE.install_suspender(watch.suspender)

    async def test(ioc):
        for seconds, text in DURATIONS:
            watch.suspender.bypass(seconds, by="anna@xf99")
            assert ioc.ioc.roster.out_of_action() == f"beam is bypassed by anna@xf99 for {text}"

    with_ioc(RE, test)
