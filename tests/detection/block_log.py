"""Every block that the judge's detectors of slow change are given, noted beside them; the product knows nothing of it.

One Parquet file a run, in a folder beside the results, a row for each block of each feature.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.hot_running import HotRunningDetector, Mean
from rig.life.judge import Judge
from rig.life.windows import Rows
from tests.detection.courses import Course
from tests.detection.trial import Result

MIXED = "(mixed)"
PURE = 0.8
"""The share of a block's samples on one surface that makes it a block of that surface, as the judge has it."""

RUN = pa.schema([("component", pa.string()), ("mode", pa.string()), ("course", pa.int32()), ("number", pa.int32())])
"""The run: the specimen (none in a healthy run, where ``mode`` is the damper's law), its course, its number."""
BLOCK = pa.schema(
    [("part", pa.string()), ("feature", pa.string()), ("surface", pa.string())]
    + [("first_sample", pa.int64()), ("last_sample", pa.int64()), ("first_km", pa.float64()), ("last_km", pa.float64())]
    + [(name, pa.float64()) for name in ("loss", "error", "second_loss", "other_loss")]
    + [(name, pa.float64()) for name in ("warning_limit", "failure_limit", "corroborating_limit")]
    + [("in_a_row", pa.int32())]
)
"""A block: the part judged, by which feature; losses as shares of the baseline, the limits on them, and how many in a
row are a verdict. Of a bearing that runs hot the loss is the friction above a healthy one's, as a share of that, the
second feature the kelvin over its model, and there is no other property (NaN)."""
SCHEMA = pa.schema([*RUN, *BLOCK])


class Place(Protocol):
    """Where a block lies: first and last sample, and where the car was at both ends."""

    @property
    def first_sample(self) -> int: ...
    @property
    def last_sample(self) -> int: ...
    @property
    def first_km(self) -> float: ...
    @property
    def last_km(self) -> float: ...


class BlockLog:
    """What one run's detectors were given: a dict for each block, and the segment under each sample."""

    def __init__(self) -> None:
        self.blocks: list[dict[str, Any]] = []
        self._segments: list[NDArray[np.int64]] = []

    def rows(self, rows: Rows) -> None:
        """The next rows; a run's samples are counted from 0 without a gap."""
        self._segments.append(rows["segment"].astype(np.int64))

    def tracked(self, tracker: GradualTracker, span: Place, block: BlockFeature) -> None:
        """A block of a strut's property, or of a joint's crossings."""
        rule = tracker._rule
        self._add(tracker._component, tracker._feature, span, rule.blocks, {
            "loss": block.loss, "error": block.share.error,
            "second_loss": 1.0 - block.second, "other_loss": 1.0 - block.other,
            "warning_limit": rule.warning_loss, "failure_limit": rule.failure_loss,
            "corroborating_limit": rule.corroborating_loss,
        })  # fmt: skip

    def warmed(self, detector: HotRunningDetector, mean: Mean) -> None:
        """A block of a bearing's temperatures; nothing where they tell no friction."""
        rule, friction = detector._rule, detector._friction()
        if friction is None:
            return
        self._add(detector.component, "friction", mean.span, rule.blocks, {
            "loss": friction - 1.0, "error": 0.0, "second_loss": mean.excess_k - mean.model_k, "other_loss": np.nan,
            "warning_limit": rule.warning_ratio - 1.0, "failure_limit": rule.failure_ratio - 1.0,
            "corroborating_limit": rule.corroborating_k,
        })  # fmt: skip

    def _add(self, part: str, feature: str, span: Place, in_a_row: int, values: dict[str, float]) -> None:
        place = {"first_sample": span.first_sample, "last_sample": span.last_sample}
        km = {"first_km": span.first_km, "last_km": span.last_km}
        self.blocks.append({"part": part, "feature": feature, **place, **km, **values, "in_a_row": in_a_row})

    def table(self, result: Result, course: Course) -> pa.Table:
        """All blocks as `SCHEMA`, with the surface under each."""
        segments = np.concatenate(self._segments) if self._segments else np.zeros(0, np.int64)
        run = {"component": result.component, "mode": result.mode, "course": result.course, "number": result.number}
        return pa.Table.from_pylist(
            [
                run
                | block
                | {"surface": surface_of(segments[block["first_sample"] : block["last_sample"] + 1], course)}
                for block in self.blocks
            ],
            schema=SCHEMA,
        )


def surface_of(segments: NDArray[np.int64], course: Course) -> str:
    """The surface under most of some samples, or `MIXED`."""
    names, which = np.unique(np.array((*course.surfaces, MIXED)), return_inverse=True)
    counts = np.bincount(which[np.where(segments < 0, -1, segments)], minlength=len(names))
    most = int(counts.argmax())
    return str(names[most]) if counts[most] >= PURE * len(segments) else MIXED


@contextlib.contextmanager
def noted() -> Iterator[BlockLog]:
    """While it lasts, what any judge in this process is given goes into the log as well."""
    log = BlockLog()
    judge, warmed, consume = GradualTracker.judge, HotRunningDetector._judge, Judge.consume

    def judge_noted(self: GradualTracker, span: Any, block: BlockFeature, *others: Any) -> Any:
        log.tracked(self, span, block)
        return judge(self, span, block, *others)

    def warmed_noted(self: HotRunningDetector, mean: Mean, *others: Any) -> Any:
        log.warmed(self, mean)
        return warmed(self, mean, *others)

    def consume_noted(self: Judge, rows: Rows) -> Any:
        log.rows(rows)
        return consume(self, rows)

    with (
        patch.object(GradualTracker, "judge", judge_noted),
        patch.object(HotRunningDetector, "_judge", warmed_noted),
        patch.object(Judge, "consume", consume_noted),
    ):
        yield log


def folder_of(out: Path) -> Path:
    """Where the blocks of the runs in a file of results are."""
    return out.with_suffix(".blocks")


def path_of(out: Path, result: Result) -> Path:
    """The file of one run."""
    what = f"{result.component or 'healthy'}-{result.mode}"
    return folder_of(out) / f"{what}-{result.course if result.number < 0 else result.number}.parquet"


def write_blocks(out: Path, log: BlockLog, result: Result, course: Course) -> None:
    """The file of one run; whole or not at all, one of the same run is replaced."""
    path = path_of(out, result)
    path.parent.mkdir(exist_ok=True)
    beside = path.with_suffix(".part")
    pyarrow.parquet.write_table(log.table(result, course), beside, compression="zstd")
    beside.replace(path)


def read_blocks(out: Path, results: Iterable[Result]) -> pa.Table:
    """The blocks of some runs as `SCHEMA`, run after run, each part's in the order in which they were judged.

    Raises:
        InputError: the file of a run is not there, or is none.
    """
    return pa.concat_tables([SCHEMA.empty_table(), *(_read(path_of(out, result)) for result in results)])


def _read(path: Path) -> pa.Table:
    try:
        return pyarrow.parquet.read_table(path, schema=SCHEMA)
    except (OSError, pa.ArrowException) as error:
        found = str(error) if path.exists() else "no such file"
        allowed = "the blocks of this run, as they were written beside its result; or play into another --out"
        raise InputError([Fault(str(path), 0, "(blocks)", found, allowed)]) from None
