"""Bluesky's engine and ours, side by side."""

import ophyd.sim


class Lab:
    """Fresh simulated devices of ophyd."""

    def __init__(self):
        self.m1 = ophyd.sim.SynAxis(name="m1", labels={"motors"})
        self.m2 = ophyd.sim.SynAxis(name="m2", value=0.5)
        self.m3 = ophyd.sim.SynAxisEmptyHints(name="m3")
        self.det = ophyd.sim.SynGauss("det", self.m1, "m1", center=0, Imax=1, sigma=1)
        self.det2 = ophyd.sim.Syn2DGauss("det2", self.m1, "m1", self.m2, "m2", center=(0, 0), Imax=1)
        self.det2.name = "det2"


def collected(engine, make_plan, subscribe=True, **metadata):
    """The documents that a plan gives in an engine, with fresh devices. What it raises is returned as well."""
    documents = []
    token = engine.subscribe(lambda name, doc: documents.append((name, doc)))
    error = None
    try:
        engine(make_plan(Lab()), **metadata)
    except Exception as raised:
        error = raised
    engine.unsubscribe(token)
    return documents, error
