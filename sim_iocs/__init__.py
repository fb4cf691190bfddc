"""Simulated beamline hardware.

Layout: `clock` (simulated time); `physics`, which knows no control system, put together in `model`; the PVs: `pvs`,
`motor`, `records`, `area_detector`; the root of them and `serve` in `beamline`, sockets in `server`, the command in
`__main__`. `faults` breaks any of it on purpose, `testing` is the pytest plugin.
"""
