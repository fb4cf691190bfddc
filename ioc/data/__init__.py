"""The data of the open run, as arrays that grow."""
