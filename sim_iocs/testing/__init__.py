"""Simulated hardware for tests: the pytest plugin.

Layout: `plugin`, the fixtures; `iocs`, which starts what they give, each an `ioc` (`engine`, with `runs`; `faulty`), on
a port and with an environment from `environment`, `ports`, `repeater`. `client` over `wire` is how a test reads and
writes PVs. `soft_ioc`, `serve_group`, `beamline_file` with `toml` make what is served. Processes are `processes`,
forked by `forking` from a `nursery`.
"""
