"""The screens, and what writes them out for a beamline."""
