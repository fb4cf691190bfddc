"""Which plans are offered, and how parameters become a plan."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Annotated, Any

import pytest

from reioc.engine import Msg, RunEngine
from reioc.engine.plans import CATALOGUE, Repeats, Units
from reioc.engine.protocols import Movable
from reioc.ioc.plans.catalogue import Catalogue, Entry, InvalidParameters, UnknownPlan

from ..beamline_devices import make_registry


@pytest.fixture(scope="module")
def registry():
    return make_registry()


@pytest.fixture(scope="module")
def catalogue(registry):
    return Catalogue.load(["reioc.engine.plans"], registry)


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """An empty module that can be imported as `some_beamline_plans`."""
    made = ModuleType("some_beamline_plans")
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]


def define(module: ModuleType, source: str) -> None:
    exec(source, vars(module))


def errors_of(entry: Entry, params: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidParameters) as caught:
        entry.bind(params)
    return [str(error) for error in caught.value.errors]


SCAN = {"detectors": ["det1"], "args": ["m1", -1, 1], "num": 5}


def test_plans_that_were_given_as_functions_outlive_a_reload(registry):
    """They come from no module that could be read anew."""

    def measure(num: int = 1):
        """Measure."""
        yield Msg("null", None, num)

    catalogue = Catalogue([measure], registry)
    report = catalogue.reload()

    assert (catalogue.names, report.removed) == (["measure"], ())


def test_our_plans_are_offered_in_their_order(catalogue):
    """The default module offers its CATALOGUE."""
    assert catalogue.names == [plan.__name__ for plan in CATALOGUE]


def test_module_without_catalogue_offers_public_generator_functions(module, registry):
    """Private functions, other functions and what comes from elsewhere are no plans."""
    define(
        module,
        "from reioc.engine.plans import count\ndef align():\n    yield\ndef _step():\n    yield\ndef helper(): ...\n",
    )
    assert Catalogue.load([module.__name__], registry).names == ["align"]


def test_dunder_all_says_what_is_public(module, registry):
    """A generator function that `__all__` does not name is not offered."""
    define(module, "__all__ = ['align']\ndef align():\n    yield\ndef helper():\n    yield\n")
    assert Catalogue.load([module.__name__], registry).names == ["align"]


def test_plan_that_needs_a_function_is_left_out_with_the_reason(module, registry):
    """A function cannot be given by a PV; whoever wonders where the plan is finds out why."""
    define(
        module,
        "from collections.abc import Callable\n"
        "def align():\n    yield\n"
        "def fit(function: Callable[[], float]):\n    yield\n",
    )
    catalogue = Catalogue.load([module.__name__], registry)
    assert catalogue.names == ["align"]
    assert catalogue.left_out == {"fit": "its parameter 'function' cannot be given: a function cannot be given"}


def test_the_same_module_twice_is_no_conflict(registry):
    """One plan under its one name is the same plan."""
    assert Catalogue.load(["reioc.engine.plans"] * 2, registry).names == [plan.__name__ for plan in CATALOGUE]


def test_unknown_plan_suggests_near_names_and_lists_all(catalogue):
    """Who mistypes a plan sees what was meant and what there is."""
    with pytest.raises(UnknownPlan) as caught:
        catalogue["scam"]
    text = str(caught.value)
    assert text.startswith("no plan 'scam' (did you mean 'scan'")
    assert all(name in text for name in catalogue.names)


def test_plans_of_bluesky_are_offered(registry):
    """The annotations of bluesky are read as ours are: its protocols are devices, its per_step cannot be given."""
    catalogue = Catalogue.load(["bluesky.plans"], registry)
    assert {"count", "scan", "grid_scan", "adaptive_scan"} <= set(catalogue.names)
    bound = catalogue["scan"].bind(SCAN)
    assert bound.args == ([registry["det1"]], registry["m1"], -1, 1)
    assert [parameter.name for parameter in catalogue["scan"].parameters] == ["detectors", "args", "num", "md"]


def test_a_text_among_arguments_of_bluesky_is_a_device(registry):
    """The scan of bluesky says `Movable | Any`; a mistyped motor is still found before anything starts."""
    entry = Catalogue.load(["bluesky.plans"], registry)["scan"]
    assert errors_of(entry, {**SCAN, "args": ["nope", -1, 1]}) == [
        "args[0]: no device 'nope'; devices: det1, m1, m2, flyer"
    ]


# What is told of a plan


def test_parameters_tell_type_default_and_units(catalogue):
    """What a screen needs to offer a parameter."""
    told = {p.name: (p.type, p.required, p.default, p.units) for p in catalogue["count"].parameters}
    assert told == {
        "detectors": ("list of readable devices", True, None, ""),
        "num": ("integer or null", False, 1, ""),
        "delay": ("number or list of numbers", False, 0.0, "s"),
        "md": ("object or null", False, None, ""),
    }


def test_repeated_arguments_tell_what_comes_in_turn(catalogue):
    """`*args` of a scan is one list with its round described."""
    args = catalogue["scan"].parameters[1]
    assert (args.name, args.required) == ("args", True)
    assert args.type == "list, repeated: motor (movable device), start (number), stop (number)"


def test_entry_has_the_docstring(catalogue):
    """The text of a plan is its docstring."""
    assert catalogue["count"].doc.startswith("Read the detectors `num` times")


def test_schema_describes_the_object(catalogue):
    """The JSON schema says which keys there are, which are required, and that there are no others."""
    schema = catalogue["scan"].schema
    assert list(schema["properties"]) == ["detectors", "args", "num", "md"]
    assert schema["required"] == ["detectors", "args"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["args"]["minItems"] == 3
    assert schema["properties"]["detectors"]["items"]["examples"] == ["det1", "m1", "m2"]


@pytest.mark.parametrize("plan", [plan.__name__ for plan in CATALOGUE])
def test_schema_is_a_json_schema(catalogue, plan):
    """A validator of JSON schemas takes the schema of each of our plans."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(catalogue[plan].schema)


def test_what_binds_fits_the_schema(catalogue):
    """Schema and check agree on a good example."""
    jsonschema = pytest.importorskip("jsonschema")
    catalogue["scan"].bind(SCAN)
    jsonschema.validate(SCAN, catalogue["scan"].schema)


def test_doc_and_units_of_a_parameter_come_from_its_annotation(registry):
    """A text and `Units` in an Annotated are for people, in the parameter and in the schema."""

    def expose(seconds: Annotated[float, "how long", Units("s")] = 1.0):
        yield

    entry = Catalogue([expose], registry)["expose"]
    assert (entry.parameters[0].doc, entry.parameters[0].units) == ("how long", "s")
    assert entry.schema["properties"]["seconds"] == {
        "type": "number",
        "default": 1.0,
        "description": "how long",
        "units": "s",
    }


# Binding


def test_names_become_devices(catalogue, registry):
    """A name is looked up in the registry, alone, in lists, and among repeated arguments."""
    bound = catalogue["scan"].bind(SCAN)
    assert (bound.args, bound.kwargs) == (([registry["det1"]], registry["m1"], -1, 1), {"num": 5})


def test_component_is_reached_by_its_dotted_name(registry):
    """What the registry finds by `device.component` can be given as well."""
    catalogue = Catalogue.load(["reioc.engine.plans"], registry)
    bound = catalogue["count"].bind({"detectors": ["m1.readback"]})
    assert bound.args == ([registry["m1"].readback],)


def test_text_is_a_line_for_people(catalogue):
    """A bound plan says what it will do, with devices by name."""
    assert catalogue["scan"].bind(SCAN).text == "scan(detectors=[det1], args=[m1, -1, 1], num=5)"


def test_bound_plan_runs(catalogue):
    """What was bound is what the engine executes, each time it is made."""
    bound = catalogue["scan"].bind(SCAN)
    for _ in range(2):
        commands = [msg.command for msg in bound.make()]
        assert commands.count("save") == 5


def test_bound_plan_runs_in_the_engine(catalogue):
    """A scan by names gives a run with its points."""
    documents = []
    engine = RunEngine()
    try:
        engine.subscribe(lambda name, _: documents.append(name))
        engine(catalogue["scan"].bind(SCAN).make())
    finally:
        engine.close()
    assert documents == ["start", "descriptor", *["event"] * 5, "stop"]


def test_binding_runs_nothing_of_the_plan(registry):
    """Not a line of the plan is executed before its generator is."""
    ran = []

    def align(num: int):
        ran.append(num)
        yield Msg("null")

    bound = Catalogue([align], registry)["align"].bind({"num": 3})
    plan = bound.make()
    assert ran == []
    next(plan)
    assert ran == [3]


def test_making_a_plan_of_a_function_that_returns_one_runs_nothing_of_it(registry):
    """Who makes it serves PVs, and must not wait for it; who runs it is told what it raises."""

    def no_beam():
        raise RuntimeError("no beam today")

    made = Catalogue([no_beam], registry)["no_beam"].bind({}).make()
    assert made.__name__ == "no_beam"
    with pytest.raises(RuntimeError, match="no beam today"):
        next(made)


def test_optional_before_repeated_arguments_keeps_its_default(registry):
    """`*args` stay in their place when what comes before them is left out."""

    def align(first: int = 7, *args: Annotated[Any, Repeats(motor=Movable, position=float)], last: int = 8):
        yield first, args, last

    bound = Catalogue([align], registry)["align"].bind({"args": ["m1", 2]})
    assert next(bound.make()) == (7, (registry["m1"], 2), 8)


def test_functions_among_the_parameters_are_not_offered(catalogue):
    """per_step is a function: nobody can give it by a PV, and the message does not tempt to try."""
    assert errors_of(catalogue["scan"], {**SCAN, "per_step": "x"}) == [
        "per_step: no such parameter; there are: detectors, args, num, md"
    ]
