"""Records that Base does not have."""
