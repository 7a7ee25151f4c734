"""The controller: time, safety, record and judgement."""

__version__ = "0.1.0"
