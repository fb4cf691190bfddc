"""The devices with which plans are interrupted."""

from .fakes import Detector, Motor, Pausable
from .flying_fakes import (
    DeclaredFlyer,
    FileDetector,
    Flyer,
    Flying,
    FrameFlyer,
    LaterDetector,
    LaterMotor,
    Signal,
    StreamDetector,
    Tunable,
    Unrepeatable,
)


class Lab:
    """Fresh devices. With `slow` the motors and flyers arrive when the test says so."""

    def __init__(self, *, slow=False):
        self.m1, self.m2 = Motor("m1", slow=slow), Motor("m2", slow=slow)
        self.det = Detector("det", self.m1, self.m2)
        self.pausable = Pausable("pausable", self.m1)
        self.tunable = Tunable("tunable", self.m1)
        self.signal = Signal(slow=slow)
        self.flyer, self.declared = Flyer("flyer", slow=slow), DeclaredFlyer("declared", slow=slow)
        self.framing = FrameFlyer("framing", slow=slow)
        self.later_motor = LaterMotor()
        self.later = LaterDetector("later", self.later_motor)
        self.unrepeatable = Unrepeatable("unrepeatable", self.m1)
        self.camera, self.stream = FileDetector("camera", self.m1), StreamDetector("stream", self.m1)
        self.cleanings = 0
        self.heard = 0

    @property
    def devices(self):
        return [device for device in vars(self).values() if isinstance(device, Detector | Motor | Flying)]

    @property
    def flyers(self):
        return self.flyer, self.declared, self.framing

    @property
    def restless(self):
        """What moves or is monitored, which nothing may be while the plan is paused."""
        moving = [device.name for device in (self.m1, self.m2, self.signal, self.later_motor) if device.moving]
        return [*moving, *(["monitor"] if self.signal.subscribers else [])]

    @property
    def left_behind(self):
        """What a plan that is over has not put back."""
        staged = [f"{device.name} staged" for device in self.devices if device.staged]
        flights = [f"{flyer.name} not collected" for flyer in self.flyers if flyer.gathered]
        flights += ["framing not collected"] if self.framing.stream.told < self.framing.stream.frames else []
        flying = [f"{flyer.name} in flight" for flyer in self.flyers if flyer.flying]
        doubled = ["monitored twice"] if self.signal.most > 1 else []
        pausables = (self.pausable, self.unrepeatable)
        asleep = [
            f"{each.name} asleep" for each in pausables if each.calls.count("pause") != each.calls.count("resume")
        ]
        return [*self.restless, *staged, *flights, *flying, *doubled, *asleep]

    def arrive(self):
        """What moves is where it was sent; what was kicked off flies; what was told to complete its flight lands."""
        for motor in (self.m1, self.m2, self.signal):
            if motor.moving:
                motor.arrive()
        for flyer in self.flyers:
            flyer.takeoff.finish()
            if not flyer.landing.done:
                flyer.land()

    def hear(self, name, doc):
        self.heard += 1
