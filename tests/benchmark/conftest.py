"""Benchmarks run with ``make benchmark`` only; what they measured beside the times is printed at the end."""

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the ratios: they are what counts, and pytest-benchmark's table does not show them."""
    session = getattr(terminalreporter.config, "_benchmarksession", None)
    for found in session.benchmarks if session else ():
        terminalreporter.write_line(f"{found.name}")
        for name, value in found.extra_info.items():
            terminalreporter.write_line(f"    {name:<40} {value}")
