"""SQL over many runs: what happened in them, and their samples, as tables of DuckDB in memory."""

from rig.sql.session import Column, Session, open_session

__all__ = ["Column", "Session", "open_session"]
