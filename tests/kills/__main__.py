"""``python -m tests.kills``: kill runs at random moments, go on with each, compare with one that never stopped."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from tests.kills.campaign import Campaign, reference_run


def main() -> int:
    """The command; returns the exit code."""
    options = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="rig-kills-"))
    try:
        campaign = Campaign(reference_run(folder / "reference"), folder, Random(options.seed))
        while len(campaign.killed) < options.count:
            campaign.one_run(min(options.per_run, options.count - len(campaign.killed)), _say)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    _say(_summary(campaign))
    return 0


def _summary(campaign: Campaign) -> str:
    kinds = Counter(killed.victim for killed in campaign.killed)
    rows = sum(killed.acknowledged for killed in campaign.killed)
    lines = [f"{len(campaign.killed)} kills in {campaign.runs} runs, {rows:,} acknowledged rows, none lost or changed"]
    lines += [f"  {victim}: {count}" for victim, count in kinds.items()]
    worst = {name: [ratio[name] for ratio in campaign.ratios] for name in campaign.ratios[0]}
    lines += [
        f"  damage of {name}: {min(r):.4f} to {max(r):.4f} of the uninterrupted run's" for name, r in worst.items()
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="kills in all (default: 100)")
    parser.add_argument("--per-run", type=int, default=5, help="kills of one run, before it may end (default: 5)")
    parser.add_argument("--seed", type=int, default=1, help="of victims and moments (default: 1)")
    parser.add_argument("--keep", action="store_true", help="keep the run directories")
    return parser


if __name__ == "__main__":
    sys.exit(main())
