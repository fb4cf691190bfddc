"""Plans: what bluesky calls stubs, preprocessors and plans, under the same names."""

