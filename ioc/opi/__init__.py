"""The screens, and what writes them out for a beamline.

*.bob     as Phoebus saves them         filling   prefix and plans, filled in     settings  what Phoebus needs to know
bob       the form of such a file       all_pvs   the page of all PVs             writing   all into a folder, or none
command   `reioc opi`
"""
