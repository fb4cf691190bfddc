"""The vacuum's database, in EPICS Base's softIoc."""


def test_a_bad_vacuum_is_told(vacuum):
    vacuum.put("Vac:Pressure", 1e-3)

    assert vacuum.read("Vac:Pressure").severity == "MAJOR"
    assert vacuum.get("Vac:OK") == "bad"


def test_a_good_vacuum_is_told(vacuum):
    assert vacuum.get("Vac:OK") == "good"
    assert vacuum.get("Vac:Pressure.EGU") == "mbar"
