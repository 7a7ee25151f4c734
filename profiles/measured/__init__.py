"""Roads and signals that somebody has measured, read from other people's formats."""
