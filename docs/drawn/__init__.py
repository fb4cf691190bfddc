"""Pictures of the documentation that are drawn from what they show: `python docs/make_pictures.py`.

svg            boxes, frames and arrows
states         from the engine's table of transitions
architecture   from the packages and the import contracts in pyproject.toml
flows          what goes where, by hand
"""
