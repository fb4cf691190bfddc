"""XF99: devices, IOCs and plans."""
