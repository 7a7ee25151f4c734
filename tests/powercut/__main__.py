"""``python -m tests.powercut --states N --seed S``: as many power cuts as wanted, and the table for docs/record.md."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.powercut.campaign import aimed_cuts, failures_of, play, random_cuts, table
from tests.powercut.trace import can_trace, record


def main() -> int:
    """0: none failed; 1: some did; 2: strace can't be had."""
    parser = argparse.ArgumentParser(prog="python -m tests.powercut", description=__doc__)
    parser.add_argument("--states", type=int, default=500, help="cuts at random moments, besides the aimed ones")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if reason := can_trace():
        print(reason, file=sys.stderr)  # noqa: T201
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        _, ops = record(Path(scratch))
        cuts = random_cuts(ops, asked.states, asked.seed) + aimed_cuts(ops, asked.seed)
        tallies = play(ops, cuts)
    print(table(tallies))  # noqa: T201
    failures = failures_of(tallies)
    print(*failures, sep="\n", file=sys.stderr)  # noqa: T201
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
