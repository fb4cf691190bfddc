"""A registry of simulated devices, without any PV."""

from ophyd.sim import SynAxis, SynGauss, TrivialFlyer

from reioc.devices import Registry


def make_registry() -> Registry:
    """det1 can be read, m1 and m2 moved and read, flyer neither."""
    m1, m2 = SynAxis(name="m1"), SynAxis(name="m2")
    det1 = SynGauss("det1", m1, "m1", center=0, Imax=1, sigma=1)
    flyer = TrivialFlyer()
    flyer.name = "flyer"
    return Registry([det1, m1, m2, flyer])
