"""A camera with its plugins, as areaDetector serves it."""
