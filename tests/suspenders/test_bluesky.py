"""bluesky's suspenders and ours: the same signatures, and the same decisions."""

import inspect
import warnings

import bluesky.suspenders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ophyd import Signal

import reioc.suspenders as ours

from .support import RecordingKeeper

NAMES = [
    "SuspendBoolHigh",
    "SuspendBoolLow",
    "SuspendFloor",
    "SuspendCeil",
    "SuspendInBand",
    "SuspendOutBand",
    "SuspendWhenOutsideBand",
    "SuspendWhenChanged",
]
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
NAMED = (*POSITIONAL, inspect.Parameter.KEYWORD_ONLY)


def parameters(cls):
    """Those that are named: where one hands on what it does not name, its bases' as well."""
    found = {}
    for each in cls.__mro__:
        if "__init__" not in vars(each):
            continue
        own = inspect.signature(each.__init__).parameters.values()
        found |= {par.name: par for par in own if par.kind in NAMED and par.name not in found}
        if not any(par.kind is par.VAR_KEYWORD for par in own):
            break
    return list(found.values())[1:]


def test_these_are_all_that_bluesky_has():
    """One that is new there is missing here."""
    theirs = {name for name in vars(bluesky.suspenders) if name.startswith("Suspend")}

    assert theirs == {*NAMES, "SuspenderBase"}
    assert theirs <= set(vars(ours))


@pytest.mark.parametrize("name", [*NAMES, "SuspenderBase"])
def test_every_parameter_of_bluesky_s_is_taken(name):
    """Under the same name, with the same default; by position where bluesky takes it so, in the same order."""
    theirs, own = parameters(getattr(bluesky.suspenders, name)), parameters(getattr(ours, name))
    defaults = {par.name: par.default for par in own}

    in_order = [par.name for par in theirs if par.kind in POSITIONAL]
    assert [par.name for par in own if par.kind in POSITIONAL][: len(in_order)] == in_order
    assert {par.name: par.default for par in theirs} == {par.name: defaults.get(par.name, "?") for par in theirs}


def test_what_the_comparison_compares():
    """It has seen bluesky's parameters, those that are handed on included."""
    names = [par.name for par in parameters(bluesky.suspenders.SuspendInBand)]

    assert names == ["signal", "band_bottom", "band_top", "sleep", "pre_plan", "post_plan", "tripped_message"]


# Decisions

NUMBERS = st.one_of(
    st.integers(-6, 6),  # the limits below are integers: edges come up often
    st.floats(-6, 6).map(lambda value: round(value, 1)),
    st.floats(allow_nan=False),
    st.booleans(),
)
LIMITS = st.integers(-5, 5)


def decisions_of_bluesky(suspender, values):
    """Whether bluesky's would hold after each value: its two functions, as its __call__ asks them."""
    held, found = False, []
    for value in values:
        if suspender._should_suspend(value):
            held = True
        elif suspender._should_resume(value):
            held = False
        found.append(held)
    return found


def decisions_of_ours(suspender, signal, values):
    """Whether ours holds after each value, of the same signal, put."""
    keeper, found = RecordingKeeper(), []
    suspender.install(keeper)
    for value in values:
        signal.put(value)
        found.append(bool(keeper.holds))
    suspender.remove()
    return found


def agree(name, values, *args, first=0, **kwargs):
    """Both decide the same about these values; `first` is what the signal has before."""
    signal = Signal(name="signal", value=first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(bluesky.suspenders, name)(signal, *args, **kwargs)
        mine = getattr(ours, name)(signal, *args, **kwargs)
    # Ours sees what the signal has already, bluesky's has to be told.
    return decisions_of_bluesky(theirs, [first, *values])[1:] == decisions_of_ours(mine, signal, values)


@pytest.mark.parametrize("name", ["SuspendBoolHigh", "SuspendBoolLow"])
@settings(deadline=None)  # a busy machine is not a failure
@given(values=st.lists(NUMBERS, min_size=1))
def test_bools_decide_as_bluesky_s_do(name, values):
    """Over any sequence of values."""
    assert agree(name, values)


@settings(deadline=None)  # a busy machine is not a failure
@given(values=st.lists(NUMBERS, min_size=1), limit=LIMITS, gap=st.one_of(st.none(), st.integers(0, 3)))
def test_thresholds_decide_as_bluesky_s_do(values, limit, gap):
    """Hysteresis and edges included."""
    assert agree("SuspendFloor", values, limit, resume_thresh=None if gap is None else limit + gap)
    assert agree("SuspendCeil", values, limit, resume_thresh=None if gap is None else limit - gap)


@pytest.mark.parametrize("name", ["SuspendWhenOutsideBand", "SuspendInBand", "SuspendOutBand"])
@settings(deadline=None)  # a busy machine is not a failure
@given(values=st.lists(NUMBERS, min_size=1), bottom=LIMITS, width=st.integers(1, 4))
def test_bands_decide_as_bluesky_s_do(name, values, bottom, width):
    """Under the old names, which say the opposite of what they do, as well."""
    assert agree(name, values, bottom, bottom + width)


@settings(deadline=None)  # a busy machine is not a failure
@given(
    values=st.lists(st.one_of(st.integers(-2, 2), st.sampled_from(["a", "b", ""])), min_size=1),
    expected=st.sampled_from([1, 2, -1.0, "a"]),
    allow_resume=st.booleans(),
)
def test_changed_decides_as_bluesky_s_does(values, expected, allow_resume):
    """With numbers and with texts, for good or until it is back."""
    assert agree("SuspendWhenChanged", values, first=expected, expected_value=expected, allow_resume=allow_resume)


@settings(deadline=None)  # a busy machine is not a failure
@given(values=st.lists(st.integers(-2, 2), min_size=1), first=st.integers(-2, 2), allow_resume=st.booleans())
def test_changed_without_an_expected_value(values, first, allow_resume):
    """What the signal has when it begins is expected, 0 included."""
    assert agree("SuspendWhenChanged", values, first=first, allow_resume=allow_resume)


def test_a_comparison_that_differs_is_seen():
    """What agrees would not if the limits were others."""
    signal = Signal(name="signal", value=0)
    theirs = decisions_of_bluesky(bluesky.suspenders.SuspendFloor(signal, 1), [0, 1, 2])

    assert theirs == [True, False, False]
    assert decisions_of_ours(ours.SuspendFloor(signal, 2), signal, [0, 1, 2]) == [True, True, False]


@pytest.mark.parametrize(
    ("name", "args", "kwargs"),
    [
        ("SuspendFloor", (100,), {"resume_thresh": 50}),
        ("SuspendCeil", (100,), {"resume_thresh": 150}),
        ("SuspendWhenOutsideBand", (2, 1), {}),
        ("SuspendWhenOutsideBand", (1, 1), {}),
    ],
)
def test_limits_that_bluesky_refuses_are_refused(name, args, kwargs):
    """With the same exception, which names the limit."""
    for module in (bluesky.suspenders, ours):
        with pytest.raises(ValueError, match=f"{args[-1]}"):
            getattr(module, name)(Signal(name="s", value=0), *args, **kwargs)


def test_it_can_be_installed_for_events_of_another_type():
    """As with bluesky: `event_type` says which of a signal's events are judged; others are not."""
    signal, keeper = Signal(name="current", value=250.0), RecordingKeeper()
    suspender = ours.SuspendFloor(signal, 100)
    suspender.install(keeper, event_type="meta")
    before = suspender.status.value
    signal.put(0.0)

    assert (before, suspender.status.value, suspender.tripped) == (250.0, 250.0, False)
    suspender.remove()
