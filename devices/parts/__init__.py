"""What devices are made of: moves that are verified, exposures, files of frames."""
