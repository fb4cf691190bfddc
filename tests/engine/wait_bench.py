"""Two motors to wait for, and what comes of it."""

from dataclasses import dataclass, field

from reioc.engine import Msg

from .fakes import Motor

SHORT = 0.01


@dataclass
class Bench:
    """Two motors, what the plan noted, and whom the waiting hook named."""

    RE: object
    m1: Motor = field(default_factory=lambda: Motor("m1", slow=True))
    m2: Motor = field(default_factory=lambda: Motor("m2", slow=True))
    notes: list = field(default_factory=list)
    hooked: list = field(default_factory=list)
    during: object = None
    """Called once, when the first wait has begun."""

    def hook(self, statuses):
        names = {id(motor.status): motor.name for motor in (self.m1, self.m2)}
        self.hooked.append(statuses and sorted(names[id(status)] for status in statuses))
        if self.during is not None:
            during, self.during = self.during, None
            during()

    def soon(self, *actions):
        """Each of these after the other, a few turns of the loop apart."""
        for number, action in enumerate(actions):
            self.RE.loop.call_later(number * SHORT, action)

    def start(self, motor, group):
        return Msg("set", motor, 1, group=group)

    def wait(self, *args, **kwargs):
        """Wait, and note the reply, or what was raised instead."""
        try:
            self.notes.append((yield Msg("wait", None, *args, **kwargs)))
            yield Msg("null")  # bluesky tells a failure at the next message
        except Exception as error:
            self.notes.append((type(error).__name__, type(error.__cause__).__name__))


def observed(RE, scenario):
    """What a scenario notes, and whom the waiting hook is told of."""
    bench = Bench(RE)
    RE.waiting_hook = bench.hook
    try:
        RE(scenario(bench))
    finally:
        RE.waiting_hook = None
    return bench.notes, bench.hooked
