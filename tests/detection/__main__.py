"""``python -m tests.detection``: seeded specimens over mixed stages, judged; says how good the detection is."""

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

from profiles.schema import InputError
from tests.detection.block_figures import blocks_report
from tests.detection.block_log import read_blocks
from tests.detection.campaign import jobs_of, play_all
from tests.detection.figures import report
from tests.detection.modes import TRUE_MODES
from tests.detection.results import Settings, open_results
from tests.detection.trial import Result

LABELS = [each.label for each in TRUE_MODES]


def main() -> int:
    """The command; returns the exit code."""
    options = _parser().parse_args()
    settings = Settings("by mode", options.seed, options.courses, options.length_km)
    try:
        before = open_results(options.out, settings)
        start = time.monotonic()
        jobs = jobs_of(settings, options.specimens, _labels(options), before, options.out, options.healthy_km)
        for result in play_all(jobs, options.jobs):
            _say(f"{time.monotonic() - start:6.0f} s  {_line(result)}")
        print(_report(options.out, open_results(options.out, settings)))  # noqa: T201
    except InputError as error:
        _say(str(error))
        return 2
    return 0


def _labels(options: argparse.Namespace) -> list[str]:
    return [options.only] if options.only else [label for label in LABELS if label not in options.without]


def _report(out: Path, results: list[Result]) -> str:
    healthy = [result for result in results if not result.component]
    distance_km = sum(result.distance_km for result in healthy)
    return f"{report(results)}\n\n{blocks_report(read_blocks(out, healthy), distance_km)}"


def _line(result: Result) -> str:
    said = ", ".join(f"{one.severity} {one.component} {one.mode} at {one.detected_km:.2f}" for one in result.said)
    what = f"{result.component} {result.mode}" if result.component else "healthy"
    life = f", breaks at {result.life_km:.2f} km" if result.life_km is not None else ""
    return f"course {result.course}, {what}{life}: {result.ended} at {result.distance_km:.2f} km; {said or 'nothing'}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _least(lowest: float, kind: type) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value: float = kind(text)
        if not lowest <= value < math.inf:
            raise argparse.ArgumentTypeError(f"{text}: at least {lowest:g}, and finite")
        return value

    convert.__name__ = kind.__name__
    return convert


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.detection", description=__doc__)
    whole, real = _least(1, int), _least(5.0, float)
    parser.add_argument("--specimens", type=_least(0, int), default=40, help="how many of each mode (default: 40)")
    parser.add_argument(
        "--healthy-km",
        type=_least(0.0, float),
        default=0.0,
        help="with healthy parts, on roads of their own (default: 0)",
    )
    parser.add_argument("--seed", type=_least(0, int), default=1, help="of courses, specimens and noise (default: 1)")
    parser.add_argument("--courses", type=whole, default=10, help="different stages (default: 10)")
    parser.add_argument("--length-km", type=real, default=40.0, help="of each stage (default: 40)")
    parser.add_argument("--jobs", type=whole, default=1, help="processes (default: 1)")
    parser.add_argument("--only", choices=LABELS, default="", help="play the specimens of one true mode alone")
    parser.add_argument("--without", choices=LABELS, action="append", default=[], help="play none of this true mode")
    out = Path("detection.jsonl")
    parser.add_argument("--out", type=Path, default=out, help="results so far, and to come (default: detection.jsonl)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
