"""A run's samples in the formats of other people's tools."""
