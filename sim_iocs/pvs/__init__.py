"""PVs of the simulation: those that can refuse a put, and the groups made of them."""
