"""Devices that beamline.toml has from elsewhere."""

import pytest

from reioc.devices.registry.care import Care
from reioc.devices.registry.source_spec import SourceKind
from reioc.ioc.config.beamline import ConfigError, load

HEAD = '[ioc]\nprefix = "BL:"\n'
AXIS = '[[device]]\nname = "{}"\nclass = "ophyd.sim.SynAxis"\n'


@pytest.fixture
def written(tmp_path):
    """Write a beamline.toml and other files; the path of the first."""

    def write(text, **others):
        for name, content in others.items():
            (tmp_path / f"{name}.toml").write_text(content)
        path = tmp_path / "beamline.toml"
        path.write_text(HEAD + text)
        return path

    return write


def _source(file, more=""):
    return f'[[device_source]]\nkind = "toml"\nfile = "{file}.toml"\n{more}'


def test_devices_of_other_files_are_devices(written):
    """They come after those of the file itself, in the order of the sources; each is known by its place."""
    text = AXIS.format("m1") + _source("motors") + _source("more")
    config = load(written(text, motors=AXIS.format("m3") + AXIS.format("m2"), more="\n\n" + AXIS.format("m4")))

    assert [device.name for device in config.devices] == ["m1", "m3", "m2", "m4"]
    assert config.places == {"m1": "beamline.toml:3", "m3": "motors.toml:1", "m2": "motors.toml:4", "m4": "more.toml:3"}


def test_what_is_said_nearest_counts(written):
    """Of a device itself, then of its source, then of all."""
    more = AXIS.format("a") + 'connect = "eager"\n' + AXIS.format("b")
    text = "[devices]\ntimeout = 9\nsettle = 3\n" + _source("more", 'connect = "lazy"\ntimeout = 7\n')
    config = load(written(text, more=more))

    assert [device.care(config.care) for device in config.devices] == [
        Care(connect="eager", timeout=7.0, settle=3.0),
        Care(connect="lazy", timeout=7.0, settle=3.0),
    ]


def test_a_database_is_found_beside_the_file(written, tmp_path):
    """Wherever the service is started."""
    source = load(written('[[device_source]]\nkind = "happi"\ndatabase = "happi.json"\n')).device_sources[0]

    assert (source.kind, source.database) == (SourceKind.HAPPI, str(tmp_path / "happi.json"))


def test_all_mistakes_of_all_files_are_told(written):
    """Each with its own file and line; a name that two files have is told with the place of the first."""
    more = AXIS.format("m1") + AXIS.format("x") + AXIS.format("x") + "prefx = 1\n"
    text = AXIS.format("m1") + _source("more") + _source("nowhere") + _source("broken")
    with pytest.raises(ConfigError) as caught:
        load(written(text, more=more.replace("prefx = 1\n", ""), broken="[[device]]\nname = \n"))

    told = [mistake.partition(": ") for mistake in caught.value.mistakes]
    assert [place for place, *_ in told] == ["beamline.toml:11", "beamline.toml:14", "more.toml:2", "more.toml:8"]
    assert told[0][2].startswith("device_source[1].file: ")
    assert "nowhere.toml: cannot be read: No such file" in told[0][2]
    assert "broken.toml:2: not valid TOML" in told[1][2]
    assert told[2][2] == "device[0].name: 'm1' is already the name of the device of beamline.toml:3"
    assert told[3][2] == "device[2].name: 'x' is already the name of device[1]; each name may be given once"


def test_a_wrong_key_in_another_file_is_told(written):
    """With what is allowed there."""
    with pytest.raises(ConfigError) as caught:
        load(written(_source("more"), more="[ioc]\nport = 1\n" + AXIS.format("a").replace("class", "clas")))

    assert [mistake.partition("; ")[0] for mistake in caught.value.mistakes] == [
        "more.toml:1: ioc: unknown key",
        "more.toml:3: device[0].class: missing: this key is required",
        "more.toml:5: device[0].clas: unknown key",
    ]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('kind = "toml"', "file: missing: 'toml' needs a file with [[device]] tables"),
        ('kind = "module"', "module: missing: 'module' needs a module of devices"),
        ('kind = "happi"\nfile = "x"', "file: 'happi' has no file: it is for 'toml'"),
        ('kind = "module"\nmodule = "m"\nfilter = {a = 1}', "filter: 'module' has no filter: it is for 'happi'"),
        ('kind = "yaml"', "kind: should be 'toml', 'module' or 'happi'; got 'yaml'"),
        ('kind = "module"\nmodule = "m"\nconnect = "never"', "connect: should be 'eager' or 'lazy'; got 'never'"),
    ],
)
def test_a_source_that_makes_no_sense_is_told(written, source, said):
    """With what its kind needs, or has."""
    with pytest.raises(ConfigError) as caught:
        load(written(f"[[device_source]]\n{source}\n"))

    assert any(f"device_source[0].{said}" in mistake for mistake in caught.value.mistakes)
