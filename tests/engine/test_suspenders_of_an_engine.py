"""The suspenders that an engine keeps: by name, switched off together, changed in plans and from outside."""

import pytest
from bluesky.suspenders import SuspendBoolHigh as TheirBoolHigh
from ophyd import Signal

from reioc.engine import Msg, Outcome, RunEngine, State
from reioc.engine.environment import Environment
from reioc.engine.plans import bypass_suspender, configure_suspender
from reioc.engine.plans import stubs as bps
from reioc.suspenders import ManualSource, SuspendBoolLow, SuspendFloor

from .helpers import RUN
from .interrupting import execute


class Fake:
    """Notes what the engine asks of it, as one of ours would be asked."""

    def __init__(self, name="ring", *, has_own_name=True):
        self.name, self.has_own_name = name, has_own_name
        self.calls = []

    def __repr__(self):
        return f"<Fake {self.name!r}>"

    def install(self, engine):
        self.calls.append("install")

    def remove(self):
        self.calls.append("remove")

    def mute(self, muted):
        self.calls.append(("mute", muted))

    def configure(self, *, by="", **settings):
        self.calls.append(("configure", by, settings))

    def bypass(self, seconds, *, by=""):
        self.calls.append(("bypass", by, seconds))


class Plain:
    """Has what bluesky asks of a suspender, and no more."""

    def __init__(self):
        self.calls = []

    def install(self, engine):
        self.calls.append("install")

    def remove(self):
        self.calls.append("remove")


@pytest.fixture
def fake(RE):
    made = Fake()
    RE.install_suspender(made)
    made.calls.clear()
    return made


@pytest.fixture
def source():
    made = ManualSource("beam")
    made.put(1)
    return made


@pytest.fixture
def ring(RE, source):
    """A real one, which is not tripped."""
    made = SuspendBoolLow(source, name="ring")
    RE.install_suspender(made)
    return made


# The master switch


def test_suspenders_are_enabled(RE):
    """Unless somebody has switched them off."""
    assert RE.suspenders_enabled is True


def test_the_master_switch_reaches_each(RE, fake):
    """Each suspender that can be muted is; of others none fails for it."""
    other, plain = Fake("vacuum"), Plain()
    RE.install_suspender(other)
    RE.install_suspender(plain)
    del other.calls[:], plain.calls[:]
    RE.suspenders_enabled = False
    RE.suspenders_enabled = True

    assert fake.calls == other.calls == [("mute", True), ("mute", False)]
    assert (plain.calls, RE.suspenders_enabled) == ([], True)


def test_it_reaches_those_that_come_later(RE):
    """One that is installed while suspenders are off is muted before it could hold."""
    RE.suspenders_enabled = False
    late = Fake()
    RE.install_suspender(late)

    assert late.calls == [("mute", True), "install"]


def test_one_that_was_muted_elsewhere(RE):
    """What another engine has switched off counts here, in an engine whose suspenders are on, no more."""
    fake = Fake()
    RE.install_suspender(fake)

    assert fake.calls == [("mute", False), "install"]


def test_switched_off_while_suspended(RE, watch, ring, source):
    """The plan goes on; what the suspender watches can still be seen, and its own switch is as it was."""
    source.put(0)
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    RE.suspenders_enabled = False

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert (RE.holds, ring.status.value, ring.enabled) == ((), 0, True)
    assert watch.states == ["suspended", "running", "idle"]


def test_switched_on_while_it_is_bad(RE, ring, source):
    """A suspender is a level: what is bad holds from then on, also the plan that is running."""
    RE.suspenders_enabled = False
    source.put(0)

    def switch_on():
        RE.suspenders_enabled = True

    run = execute(RE, iter([*RUN, Msg("null")]), {3: switch_on}, let_go=lambda: source.put(1))
    assert run.states == ["running", "suspended", "running", "idle"]
    assert ring.enabled


@pytest.fixture
def shutter():
    made = Signal(name="shutter_closed", value=0)
    yield made
    made.destroy()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_blueskys_are_asked_when_it_is_switched_on(RE, shutter):
    """One of bluesky's is not asked while suspenders are off, and at once when they are on again."""
    theirs = TheirBoolHigh(shutter, tripped_message="the shutter is closed")
    RE.suspenders_enabled = False
    RE.install_suspender(theirs)
    theirs(1)  # in this thread: as ophyd tells it
    assert theirs.tripped
    before = RE.holds

    def switch_on():
        RE.suspenders_enabled = True

    run = execute(RE, iter([*RUN, Msg("null")]), {3: switch_on}, let_go=lambda: theirs(0))

    assert before == ()
    assert run.states == ["running", "suspended", "running", "idle"]
    RE.remove_suspender(theirs)


# Observers


def test_observers_hear_of_each_change(RE):
    """Those who show suspenders hear when one comes or goes, and of the master switch; not when nothing changes."""
    heard, fake = [], Fake()
    RE.suspender_observers.append(lambda: heard.append((len(RE.suspenders), RE.suspenders_enabled)))
    RE.install_suspender(fake)
    RE.install_suspender(fake)
    RE.suspenders_enabled = False
    RE.remove_suspender(fake)
    RE.remove_suspender(fake)

    assert heard == [(1, True), (1, False), (0, False)]


def test_observers_hear_of_what_plans_do(RE):
    """Also when a plan installs a suspender, or all of them are forgotten."""
    heard = []
    RE.suspender_observers.append(lambda: heard.append([each.name for each in RE.suspenders]))
    RE([Msg("install_suspender", None, Fake("ring")), Msg("install_suspender", None, Fake("vacuum"))])
    RE.clear_suspenders()

    assert heard == [["ring"], ["ring", "vacuum"], ["vacuum"], []]


def test_an_observer_that_fails(RE, caplog):
    """It is logged, and costs neither the others nor the suspender anything."""
    heard = []
    RE.suspender_observers[:] = [lambda: 1 / 0, lambda: heard.append(1)]
    RE.install_suspender(Fake())

    assert (heard, len(RE.suspenders)) == ([1], 1)
    assert "failed when suspenders came or went" in caplog.text


def test_an_observer_that_takes_itself_away(RE):
    """Those behind it are called all the same."""
    heard = []

    def once():
        heard.append("once")
        RE.suspender_observers.remove(once)

    RE.suspender_observers += [once, lambda: heard.append("always")]
    RE.install_suspender(Fake("ring"))
    RE.install_suspender(Fake("vacuum"))

    assert heard == ["once", "always", "always"]


# Names


def test_one_is_found_by_its_name(RE, fake):
    """`suspender` gives the installed one of that name."""
    other = Fake("vacuum")
    RE.install_suspender(other)
    RE.install_suspender(Plain())

    assert RE.suspender("ring") is fake
    assert RE.suspender("vacuum") is other


def test_a_name_that_none_has(RE, fake):
    """The error tells those that there are; one that has no name is not among them."""
    RE.install_suspender(Fake("vacuum"))
    RE.install_suspender(Plain())
    with pytest.raises(KeyError, match="no suspender is called 'rnig'; there are: ring, vacuum"):
        RE.suspender("rnig")
    RE.clear_suspenders()
    with pytest.raises(KeyError, match="no suspender is called 'ring'; there are: none"):
        RE.suspender("ring")


def test_a_name_twice(RE, fake):
    """A name that was given to two is refused: nobody could say which of them is meant. The second is not touched."""
    second = Fake("ring")
    with pytest.raises(ValueError, match="<Fake 'ring'> is already called 'ring': remove it, or give another name"):
        RE.install_suspender(second)
    assert (RE.suspenders, second.calls) == ((fake,), [])

    RE.remove_suspender(fake)
    RE.install_suspender(second)
    assert RE.suspenders == (second,)


@pytest.mark.parametrize(("first", "second"), [(False, False), (True, False), (False, True)])
def test_a_name_that_was_not_given(RE, first, second):
    """Two may watch the same signal, and be called by it."""
    both = Fake("beam", has_own_name=first), Fake("beam", has_own_name=second)
    for each in both:
        RE.install_suspender(each)

    assert RE.suspenders == both


def test_real_ones_with_a_name_twice(RE, ring, source):
    """It is the given name that counts, also of ours."""
    floor = SuspendFloor(source, 0.5, name="ring")
    with pytest.raises(ValueError, match="'ring'"):
        RE.install_suspender(floor)

    assert floor.RE is None


def test_a_name_twice_in_a_plan(RE, ring, source):
    """A plan that installs one gets the error, and goes on as it likes."""
    got = []

    def plan():
        try:
            yield from bps.install_suspender(SuspendBoolLow(source, name="ring"))
        except ValueError as error:
            got.append(str(error))

    RE(plan())
    assert len(got) == 1
    assert "is already called 'ring'" in got[0]


def test_one_that_cannot_be_installed(RE):
    """It is not among those that are, and its name is free."""

    class Refusing(Fake):
        def install(self, engine):
            raise OSError("no such PV")

    with pytest.raises(OSError, match="no such PV"):
        RE.install_suspender(Refusing("ring"))

    assert RE.suspenders == ()
    RE.install_suspender(Fake("ring"))


# Configuring


def test_configured_from_outside(RE, fake):
    """By object or by name, with who does it; a bypass is one of the settings."""
    RE.configure_suspender(fake, low=3, by="operator@desk")
    RE.configure_suspender("ring", delay=5)
    RE.configure_suspender("ring", bypass=60.0, by="operator@desk")
    RE.configure_suspender("ring", bypass=0, low=2)

    assert fake.calls == [
        ("configure", "operator@desk", {"low": 3}),
        ("configure", "", {"delay": 5}),
        ("configure", "operator@desk", {"bypass": 60.0}),
        ("configure", "", {"bypass": 0, "low": 2}),
    ]


def my_plan(*messages):
    yield from messages


@pytest.mark.parametrize("how", ["by name", "by object"])
def test_configured_by_message(RE, fake, how):
    """A plan changes it likewise, and is named as who did."""
    suspender = fake if how == "by object" else "ring"
    RE(
        my_plan(
            Msg("configure_suspender", None, suspender, low=3, enabled=False),
            Msg("configure_suspender", None, suspender, bypass=60),
        )
    )

    assert fake.calls == [
        ("configure", "plan my_plan", {"low": 3, "enabled": False}),
        ("configure", "plan my_plan", {"bypass": 60}),
    ]


def test_configured_by_a_plan_without_a_name(RE, fake):
    """A list of messages has no name to tell."""
    RE([Msg("configure_suspender", None, "ring", low=3)])

    assert fake.calls == [("configure", "plan", {"low": 3})]


def test_stubs():
    """Plans have `configure_suspender` and `bypass_suspender`, whose reply is None."""
    assert list(configure_suspender("ring", low=3)) == [Msg("configure_suspender", None, "ring", low=3)]
    assert list(bypass_suspender("ring", 60)) == [Msg("configure_suspender", None, "ring", bypass=60)]
    assert (bps.configure_suspender, bps.bypass_suspender) == (configure_suspender, bypass_suspender)


def test_a_change_stays(RE, source):
    """What a plan has changed stays when it is over."""
    floor = SuspendFloor(source, 0.5, name="current")
    RE.install_suspender(floor)
    RE(configure_suspender("current", low=0.25, delay=3))

    assert (floor.status.low, floor.status.rules.delay) == (0.25, 3)


def test_a_change_is_made_once(RE, fake):
    """When the plan comes back from a pause it is not made again."""
    plan = [Msg("checkpoint"), Msg("configure_suspender", None, "ring", low=3), Msg("sleep", None, 0), Msg("null")]
    run = execute(RE, iter(plan), {4: RE.request_pause})

    assert "paused" in run.states
    assert len(fake.calls) == 1


def test_a_change_that_trips_it_suspends_at_once(RE, source):
    """A plan that sets the limit above what is read is held before its next message."""
    floor = SuspendFloor(source, 0.5, name="current")
    RE.install_suspender(floor)
    run = execute(
        RE, my_plan(Msg("configure_suspender", None, "current", low=2), Msg("null")), let_go=lambda: source.put(3)
    )

    assert [msg.command for msg in run.messages if not msg.command.startswith("_")] == ["configure_suspender", "null"]
    assert run.states == ["running", "suspended", "running", "idle"]


def test_bypassed_while_suspended(RE, watch, ring, source):
    """Somebody who takes the responsibility has the plan go on, and the status says who."""
    source.put(0)
    future = RE.submit(RUN)
    watch.until(State.SUSPENDED)
    RE.configure_suspender("ring", bypass=3600, by="operator@desk")

    assert future.result(timeout=20).outcome is Outcome.SUCCESS
    assert (ring.status.value, RE.holds, ring.status.bypass_by) == (0, (), "operator@desk")
    RE.configure_suspender("ring", bypass=0)
    assert len(RE.holds) == 1


def test_bypassed_by_the_plan(RE, ring, source):
    """A plan that does not need the beam goes on without it."""
    run = execute(RE, my_plan(*bypass_suspender("ring", 3600), Msg("null"), Msg("null")), {2: lambda: source.put(0)})

    assert (ring.status.value, ring.status.bypass_by) == (0, "plan my_plan")
    assert run.states == ["running", "idle"]


WRONG = [
    (("rnig",), {"low": 3}, KeyError, "no suspender is called 'rnig'; there are: ring"),
    ((Plain(),), {"low": 3}, TypeError, "has no settings that could be changed"),
    ((None,), {}, TypeError, "None has no settings that could be changed"),
    (("ring",), {"lwo": 3}, ValueError, "lwo"),
    (("ring",), {"delay": -1}, ValueError, "delay"),
    (("ring",), {"bypass": -1}, ValueError, "bypass = -1"),
    (("ring",), {"bypass": "long"}, ValueError, "bypass = 'long'"),
    ((), {"low": 3}, ValueError, "'configure_suspender' needs one suspender"),
    (("ring", "vacuum"), {}, ValueError, "'configure_suspender' needs one suspender"),
    (("ring",), {"by": "me"}, TypeError, "by"),
]


@pytest.mark.parametrize(("args", "settings", "kind", "text"), WRONG)
def test_what_is_wrong_is_told_to_the_plan(RE, ring, args, settings, kind, text):
    """A name, a suspender or a setting that is wrong is an error in the plan, which may go on; nothing has changed."""
    before, got = ring.status, []

    def plan():
        try:
            yield Msg("configure_suspender", None, *args, **settings)
        except kind as error:
            got.append(str(error))
        yield Msg("null")

    RE(plan())
    assert len(got) == 1
    assert text in got[0]
    assert ring.status == before


@pytest.mark.parametrize(
    ("suspender", "settings", "kind"),
    [
        ("rnig", {}, KeyError),
        (Plain(), {}, TypeError),
        ("ring", {"lwo": 3}, ValueError),
        ("ring", {"low": 1}, ValueError),
    ],
)
def test_what_is_wrong_is_told_outside(RE, ring, suspender, settings, kind):
    """As it is to whoever calls; a setting that this kind does not have is wrong."""
    with pytest.raises(kind):
        RE.configure_suspender(suspender, **settings)


@pytest.mark.parametrize("command", ["install_suspender", "remove_suspender", "configure_suspender"])
def test_without_a_face(command):
    """An engine's core alone keeps no suspenders, which is said."""
    with pytest.raises(RuntimeError, match="'ring': suspenders are kept by a RunEngine"):
        getattr(Environment(), command)("ring")


def test_engines_have_their_own(RE, fake):
    """What one engine keeps, and has switched off, is not another's."""
    other = RunEngine()
    try:
        RE.suspenders_enabled = False
        assert (other.suspenders, other.suspenders_enabled) == ((), True)
        with pytest.raises(KeyError):
            other.suspender("ring")
    finally:
        other.close()
