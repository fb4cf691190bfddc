"""The beamline.toml: `beamline` has what it may say, `errors` how a mistake in it is told."""
