"""What a hold may be limited to, without an engine."""

from pathlib import Path

import pytest

from reioc.engine import Hold, Msg, Scope
from reioc.engine.holds import Holds, reasons

from .fakes import Detector, Device, Motor


class Axis(Motor):
    """A motor that belongs to a stage, which belongs to an end station."""

    def __init__(self, name="stage_x"):
        super().__init__(name)
        self.parent, self.parent.parent = Device("stage"), Device("station")


def hold(scope=None):
    return Hold("ring", "no beam", 0.0, scope=scope)


def test_a_scope_of_names():
    """Names may come in any iterable; what is not named is not limited."""
    scope = Scope.of(plans=["count"], commands=("trigger", "read"), devices={"det"})

    assert scope == Scope(frozenset({"count"}), frozenset({"trigger", "read"}), frozenset({"det"}))
    assert Scope.of(commands=["trigger"]) == Scope(commands=frozenset({"trigger"}))


def test_a_scope_of_nothing_is_none():
    """A hold that is limited to nothing is one like any other."""
    assert Scope.of() is None
    assert Scope.of(plans=[], commands=(), devices=set()) is None


@pytest.mark.parametrize("what", ["plans", "commands", "devices"])
def test_one_name_need_not_be_in_a_list(what):
    """A name alone is one name, and not its letters: a scope that never covers anything would hold nothing."""
    assert Scope.of(**{what: "trigger"}) == Scope.of(**{what: ["trigger"]})


def test_scopes_of_the_same_names_are_equal():
    """Whoever changes settings can see whether the scope has changed."""
    assert Scope.of(devices=["a", "b"]) == Scope.of(devices=["b", "a", "b"])
    assert Scope.of(devices=["a"]) != Scope.of(commands=["a"])
    assert len({Scope.of(devices=["a"]), Scope.of(devices=["a"])}) == 1


@pytest.mark.parametrize(
    ("named", "partial"),
    [
        ({"plans": ["count"]}, False),
        ({"commands": ["trigger"]}, True),
        ({"devices": ["det"]}, True),
        ({"plans": ["count"], "devices": ["det"]}, True),
    ],
)
def test_it_is_partial_if_it_is_about_messages(named, partial):
    """A scope of plans holds the whole of them; one of commands or devices only what is about these."""
    assert Scope.of(**named).is_partial == partial
    assert hold(Scope.of(**named)).is_partial == partial


def test_a_hold_without_a_scope_is_not_partial():
    """It is about everything."""
    assert not hold().is_partial


@pytest.mark.parametrize(
    ("named", "names", "covered"),
    [
        ({"plans": ["count"]}, {"count"}, True),
        ({"plans": ["count"]}, {"scan"}, False),
        ({"plans": ["count", "scan"]}, {"my_plan", "scan"}, True),
        ({"plans": ["count"]}, {""}, False),
        ({"plans": ["count"]}, set(), False),
        ({"commands": ["trigger"]}, {"scan"}, True),
        ({"devices": ["det"]}, set(), True),
    ],
)
def test_plans_it_covers(named, names, covered):
    """A plan is covered if it goes by one of the names, or if none are named."""
    assert Scope.of(**named).covers_plan(names) == covered


DET, AXIS = Detector("det"), Axis()


@pytest.mark.parametrize(
    ("named", "msg", "covered"),
    [
        ({"commands": ["trigger"]}, Msg("trigger", DET), True),
        ({"commands": ["trigger", "read"]}, Msg("read", DET), True),
        ({"commands": ["trigger"]}, Msg("set", AXIS, 3), False),
        ({"commands": ["sleep"]}, Msg("sleep", None, 3), True),
        ({"devices": ["det"]}, Msg("trigger", DET), True),
        ({"devices": ["det"]}, Msg("set", AXIS, 3), False),
        ({"devices": ["det"]}, Msg("sleep", None, 3), False),
        ({"devices": ["det"], "commands": ["read"]}, Msg("read", DET), True),
        ({"devices": ["det"], "commands": ["read"]}, Msg("trigger", DET), False),
        ({"devices": ["det"], "commands": ["read"]}, Msg("read", AXIS), False),
        ({"plans": ["count"]}, Msg("sleep", None, 3), True),
    ],
)
def test_messages_it_covers(named, msg, covered):
    """A message has to be both one of the commands and about one of the devices, where these are named."""
    assert Scope.of(**named).covers(msg) == covered


@pytest.mark.parametrize("name", ["stage_x", "stage", "station"])
def test_a_device_goes_by_what_it_belongs_to(name):
    """A hold about an end station is about each axis of each stage in it."""
    assert Scope.of(devices=[name]).covers(Msg("set", AXIS, 3))
    assert not Scope.of(devices=[name]).covers(Msg("set", Motor("m"), 3))


def test_devices_among_the_arguments():
    """Some messages name their devices there; `declare_stream` is one."""
    msg = Msg("declare_stream", None, DET, AXIS, name="primary")

    assert all(Scope.of(devices=[name]).covers(msg) for name in ("det", "stage_x", "station"))
    assert not Scope.of(devices=["m"]).covers(msg)


@pytest.mark.parametrize("value", [3, 2.5, "det", None, [DET], {"det": 1}, object()])
def test_what_has_no_name_is_no_device(value):
    """Values are not taken for devices, whatever they are."""
    assert not Scope.of(devices=["det"]).covers(Msg("set", Motor("m"), value))


@pytest.mark.parametrize("path", [Path("/data/run"), Path("/"), Path("data"), Path("/" + "/".join("abc" * 40))])
def test_parents_that_never_end(path):
    """A path has a name and parents as well, and its last parent is its own: it is not followed for ever."""
    assert not Scope.of(devices=["det"]).covers(Msg("set", Motor("m"), path))


class Nameless:
    """Raises when it is asked for its name."""

    @property
    def name(self):
        raise OSError("not connected")


class Orphan(Device):
    """Raises when it is asked for its parent."""

    @property
    def parent(self):
        raise OSError("not connected")


def test_a_device_that_does_not_tell_its_name():
    """It is covered by no name, and fails nothing; one that does not tell its parent goes by its own."""
    assert not Scope.of(devices=["det"]).covers(Msg("read", Nameless()))
    assert Scope.of(commands=["read"]).covers(Msg("read", Nameless()))
    assert Scope.of(devices=["det"]).covers(Msg("read", Orphan("det")))


@pytest.mark.parametrize(
    ("named", "covered"),
    [
        ({"devices": ["stage"]}, True),
        ({"devices": ["det"]}, False),
        ({"commands": ["set"]}, True),
        ({"commands": ["prepare"]}, True),
        ({"commands": ["trigger"]}, False),
        ({"commands": ["trigger"], "devices": ["stage"]}, False),
        ({"plans": ["count"]}, True),
    ],
)
def test_devices_whose_motion_it_covers(named, covered):
    """A device may not move if sending it off, by `set` or `prepare`, is among what the scope is about."""
    assert Scope.of(**named).covers_device(AXIS) == covered
    assert hold(Scope.of(**named)).is_about_moving(AXIS) == covered


def test_an_unlimited_hold_is_about_every_motion():
    """As is one of plans only, whose plan is held as a whole."""
    assert hold().is_about_moving(AXIS)
    assert hold(Scope.of(plans=["scan"])).is_about_moving(AXIS)


@pytest.mark.parametrize(
    ("named", "plan", "messages", "on"),
    [
        ({"plans": ["count"]}, {"count"}, [], True),
        ({"plans": ["count"]}, {"scan"}, [Msg("trigger", DET)], False),
        ({"commands": ["trigger"]}, {"count"}, [], False),
        ({"commands": ["trigger"]}, {"count"}, [Msg("read", DET), Msg("sleep", None, 1)], False),
        ({"commands": ["trigger"]}, {"count"}, [Msg("read", DET), Msg("trigger", DET)], True),
        ({"commands": ["trigger"], "plans": ["count"]}, {"count"}, [Msg("trigger", DET)], True),
        ({"commands": ["trigger"], "plans": ["count"]}, {"scan"}, [Msg("trigger", DET)], False),
        ({"commands": ["trigger"], "plans": ["count"]}, {"count"}, [Msg("read", DET)], False),
        ({"commands": ["read"], "devices": ["det"]}, {"x"}, [Msg("read", AXIS), Msg("trigger", DET)], False),
    ],
)
def test_when_a_hold_is_on(named, plan, messages, on):
    """A plan has to be one of the named, and at a message that is covered, where such are named."""
    assert hold(Scope.of(**named)).is_on(plan, messages) == on


def test_an_unlimited_hold_is_always_on():
    """Whatever the plan is called, and wherever it is."""
    assert hold().is_on({"count"}, [])
    assert hold().is_on(set(), [Msg("null")])


@pytest.fixture
def holds():
    return Holds(lambda: None)


def test_holds_that_are_on(holds):
    """Of several holds those count that are about the plan and its messages, in the order in which they came."""
    holds.add("vacuum", "bad vacuum", scope=Scope.of(devices=["det"]))
    holds.add("ring", "no beam")
    holds.add("hutch", "hutch open", scope=Scope.of(plans=["scan"]))

    def on(plan, *messages):
        return [hold.owner for hold in holds.on({plan}, messages)]

    assert on("count") == ["ring"]
    assert on("scan") == ["ring", "hutch"]
    assert on("scan", Msg("read", DET)) == ["vacuum", "ring", "hutch"]
    assert reasons(holds.on({"scan"}, [Msg("read", DET)])) == "bad vacuum; no beam; hutch open"


def test_the_loop_looks_at_messages_only_if_it_has_to(holds):
    """`partial` says whether a hold is about messages, as holds come, change, and go."""
    seen = [holds.partial]
    for scope in (None, Scope.of(plans=["count"]), Scope.of(commands=["read"]), None, Scope.of(devices=["det"])):
        holds.add("ring", "no beam", scope=scope)
        seen.append(holds.partial)
    holds.add("hutch", "open")
    seen.append(holds.partial)
    holds.discard("ring")
    seen.append(holds.partial)

    assert seen == [False, False, False, True, False, True, True, False]


def test_hold_anew_changes_the_scope(holds):
    """A hold that is there keeps its time and its plans, and is about what was said last."""
    holds.add("ring", "no beam", pre_plan=["close"], post_plan=["open"], scope=Scope.of(devices=["det"]))
    (before,) = holds
    holds.add("ring", "little beam", scope=Scope.of(plans=["count"]))
    (after,) = holds

    assert (after.reason, after.scope) == ("little beam", Scope.of(plans=["count"]))
    assert (after.since, after.pre_plan, after.post_plan) == (before.since, ["close"], ["open"])


@pytest.mark.parametrize(
    ("named", "text"),
    [
        ({"plans": ["scan", "count"]}, "plans count, scan"),
        ({"commands": ["trigger"], "devices": ["det", "cam"]}, "commands trigger; devices cam, det"),
        (
            {"devices": ["det"], "plans": ["count"], "commands": ["read"]},
            "plans count; commands read; devices det",
        ),
    ],
)
def test_a_scope_as_text(named, text):
    """People read what it is limited to, in the same order each time."""
    assert str(Scope.of(**named)) == text
