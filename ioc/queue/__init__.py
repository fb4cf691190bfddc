"""The queue of plans, and what became of them."""
