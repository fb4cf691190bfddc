"""The PVs, by group; each module is one table of PVS and how it is written."""
