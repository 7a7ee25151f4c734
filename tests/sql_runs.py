"""Runs that SQL is asked about in tests."""

from pathlib import Path

from tests.synthetic_run import Recipe, make_run

ODD = 'it\'s "a" [run] * ?; --'
LONG = Recipe(seconds=70.0)
BROKEN = Recipe(seconds=12.0, broken_at_s=10.0, seed=8)
DIED = Recipe(seconds=5.0, closed=False, with_verdict=False, seed=9)


def make_folder(top: Path) -> Path:
    """Three runs: one over two segments, with a name that SQL and shells would stumble over; one failed; one died."""
    make_run(top / ODD, LONG)
    make_run(top / "broken", BROKEN)
    make_run(top / "died", DIED)
    return top
