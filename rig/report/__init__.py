"""The report: one HTML file that opens offline, and JUnit XML beside it. Reads run directories, needs no rig."""

from rig.report.page import build

__all__ = ["build"]
