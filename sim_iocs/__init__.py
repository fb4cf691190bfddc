"""Simulated beamline hardware.

Layout: `clock` (simulated time), then physics without any control system (`motion` -> `axis`, `ring`,
`shutter`, `detector`, put together in `model`), then the PVs (`puts`, `groups_*`, `motor_record`), the root
of them and `serve` in `beamline`, sockets in `server`, the command in `__main__`.
"""
