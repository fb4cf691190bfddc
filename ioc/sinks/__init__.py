"""Where documents go besides the journal, each by itself."""
