"""A TCP proxy between controller and device that misbehaves on demand: ``python -m simulators.proxy``."""
