"""The driveline: from the engine to one half-shaft."""
