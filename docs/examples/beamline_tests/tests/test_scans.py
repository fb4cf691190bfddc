"""Scans with the beamline's own configuration."""

import pytest
from reioc.sim_iocs.testing.engine import PlanFailed

pytestmark = pytest.mark.simulated_beamline("XF99:", speed=10)


def test_our_plan(engine, gas_cell_ioc):
    """A series of pressures is recorded as it was asked for, and the cell is empty afterwards."""
    run = engine.run("pressure_series", detectors=["i0"], cell="gas", pressures=[10, 40])

    assert run.start["plan_name"] == "pressure_series"
    assert run.data("gas_pressure") == pytest.approx([10, 40], abs=2)
    gas_cell_ioc.wait_for("Pressure", 0)

    with pytest.raises(PlanFailed, match="1500"):
        engine.run("pressure_series", detectors=["i0"], cell="gas", pressures=[1501])


def test_a_scan_waits_for_vacuum_and_beam(engine, vacuum, simulated_beamline):
    """What disturbs a scan suspends it, says why, and leaves no trace in the data."""
    scan = {"detectors": ["i0"], "args": ["samx", -1, 1], "num": 9}
    undisturbed = engine.run("scan", **scan)

    engine.begin("scan", **scan)
    engine.wait_for("Run:Point", lambda point: 1 <= point < 5)
    vacuum.put("Vac:Pressure", 1e-3)
    engine.wait_for("State", "suspended")
    assert "XF99:Vac:OK" in engine.get("Message")
    with simulated_beamline.faults.injected("severity", "Ring:Current", "INVALID"):
        vacuum.put("Vac:Pressure", 1e-7)
        engine.wait_for("Message", lambda text: "XF99:Ring:Current" in text and "XF99:Vac:OK" not in text)
        assert engine.get("State") == "suspended"
    engine.wait_until_idle()

    run = engine.last_run()
    assert run.exit_status == "success"
    assert run.data("samx") == pytest.approx(undisturbed.data("samx"), abs=0.001)
    assert run.data("i0") == pytest.approx(undisturbed.data("i0"), rel=0.1)
