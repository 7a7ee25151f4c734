"""What the blocks of healthy runs say of false failures: their scatter, limits scaled down, and the tail beyond.

The judge calls a failure where ``in_a_row`` blocks one after the other are beyond the limits on both features and the
strut's other property is not lost alike. So one number a block says by how much all limits would have to be scaled down
for it to call one: the smallest of those blocks, in shares of the limit (`Series.in_a_row`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.stats import chi2

from rig.life.gradual import COMMON_SHARE, SURE_ERRORS
from tests.detection.markdown import table_of
from tests.detection.tails import Tail, peaks_of, tail_of

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Kind = Literal["failure", "warning"]

RUN_KM = 5000.0
SCALES = (1 / 20, 1 / 10, 1 / 5, 1 / 3, 1 / 2, 1.0)
QUANTILES = (0.9, 0.95, 0.98)
"""Thresholds of the tail, as quantiles of what is looked at: what depends on the choice shows."""
_FEWEST = 30
"""Of fewer blocks no scatter is told, of fewer neighbours no correlation."""


@dataclass(frozen=True)
class Series:
    """The blocks of one feature of one part in all healthy runs, run after run, in the order in which they were judged.

    Attributes:
        run: int64[blocks], which run.
        values: float64[blocks] by column of `block_log.BLOCK`.
        surface: str[blocks].
        blocks: how many in a row are a verdict.
    """

    name: str
    run: IntArray
    values: dict[str, FloatArray]
    surface: NDArray[np.str_]
    blocks: int

    @cached_property
    def common(self) -> NDArray[np.bool_]:
        """Where a sensor would be blamed, not the part."""
        return np.asarray(self.values["other_loss"] > COMMON_SHARE * self.values["loss"])

    def share(self, kind: Kind) -> FloatArray:
        """Each block in shares of the limits, float64[blocks]: 1 is at them. Minus infinity where common."""
        of_limit = self.values["loss"] / self.values[f"{kind}_limit"]
        if kind == "failure":
            of_limit = np.minimum(of_limit, self.values["second_loss"] / self.values["corroborating_limit"])
        return np.where(self.common, -np.inf, of_limit)

    def in_a_row(self, kind: Kind) -> tuple[FloatArray, IntArray]:
        """The smallest share of so many blocks in a row, float64[...], and its run; blocks too unsure are left out."""
        sure = SURE_ERRORS * self.values["error"] < self.values["warning_limit"]
        share, run = self.share(kind)[sure], self.run[sure]
        if len(share) < self.blocks:
            return np.zeros(0), np.zeros(0, np.int64)
        within = run[self.blocks - 1 :] == run[: len(run) - self.blocks + 1]
        return sliding_window_view(share, self.blocks).min(axis=1)[within], run[self.blocks - 1 :][within]


def healthy_series(blocks: pa.Table) -> list[Series]:
    """One for each feature of each part."""
    healthy = blocks.filter(pc.equal(blocks["component"], ""))
    names = np.char.add(np.char.add(_text(healthy, "part"), " "), _text(healthy, "feature"))
    _, run = np.unique(
        np.char.add(_text(healthy, "mode"), healthy["course"].to_numpy().astype(str)), return_inverse=True
    )
    columns = {
        name: healthy[name].to_numpy() for name in healthy.column_names if pa.types.is_float64(healthy[name].type)
    }
    in_a_row, surface = healthy["in_a_row"].to_numpy(), _text(healthy, "surface")
    return [
        Series(str(name), run[which], {key: each[which] for key, each in columns.items()}, surface[which],
               int(in_a_row[which][0]))
        for name in np.unique(names)
        for which in [np.flatnonzero(names == name)]
    ]  # fmt: skip


def _text(table: pa.Table, column: str) -> NDArray[np.str_]:
    return np.array(table[column].to_pylist(), dtype=np.str_)


def per_run(events: int, distance_km: float) -> tuple[float, float, float]:
    """Events per 5,000 km, and the exact two-sided bounds of 95 % of a Poisson rate (Garwood 1936)."""
    low = chi2.ppf(0.025, 2 * events) / 2.0 if events else 0.0
    high = chi2.ppf(0.975, 2 * (events + 1)) / 2.0
    return tuple(float(each) * RUN_KM / distance_km for each in (events, low, high))  # type: ignore[return-value]


def onsets(in_a_row: FloatArray, run: IntArray, level: float) -> int:
    """How often a verdict would have begun: blocks at or beyond a level after one that is not, or that begins a run."""
    beyond = in_a_row >= level
    first = np.ones(len(run), bool)
    first[1:] = (run[1:] != run[:-1]) | ~beyond[:-1]
    return int(np.sum(beyond & first))


def scatter_table(every: Sequence[Series]) -> str:
    """σ, far point, neighbours and largest loss, by feature and surface."""
    heads = ("feature", "surface", "blocks", "σ, %", "99.9 % point, %", "lag-1", "largest, %", "of the warning's loss")
    return table_of(heads, (line for each in every for line in _scatter(each)))


def _scatter(series: Series) -> Iterator[tuple[str, ...]]:
    surfaces = [str(each) for each in np.unique(series.surface)]
    for surface in ("all", *surfaces) if len(surfaces) > 1 else surfaces:
        here = (series.surface == surface) | (surface == "all")
        if here.sum() >= _FEWEST:
            loss = series.values["loss"][here]
            most = loss.max() / series.values["warning_limit"][0]
            point = f"{100 * np.quantile(loss, 0.999):.2f}" if len(loss) >= 1000 else "-"
            yield (
                series.name, surface, str(len(loss)), f"{100 * loss.std():.2f}", point,
                _lag_one(series, here), f"{100 * loss.max():.2f}", f"{most:.2f}",
            )  # fmt: skip


def _lag_one(series: Series, here: NDArray[np.bool_]) -> str:
    """The correlation of neighbours of the same run, both among those that are wanted, about their common mean."""
    loss, both = series.values["loss"], here[1:] & here[:-1] & (series.run[1:] == series.run[:-1])
    centred = loss - loss[here].mean()
    return f"{(centred[1:] * centred[:-1])[both].mean() / loss[here].var():.2f}" if both.sum() >= _FEWEST else "-"


def scaled_table(every: Sequence[Series], distance_km: float, kind: Kind) -> str:
    """How many verdicts there would have been with all limits scaled down, and what that is per 5,000 km."""
    counts = {each.name: [onsets(*each.in_a_row(kind), scale) for scale in SCALES] for each in every}
    counts["all"] = [sum(each) for each in zip(*counts.values(), strict=True)] if counts else []
    heads = (f"{kind}s with limits at", *(f"1/{round(1 / scale)}" if scale < 1 else "1" for scale in SCALES))
    return table_of(heads, ((name, *(_rate(n, distance_km) for n in each)) for name, each in counts.items()))


def _rate(events: int, distance_km: float) -> str:
    rate, low, high = per_run(events, distance_km)
    return f"{events}: {_plain(rate)} ({_plain(low)} to {_plain(high)})" if events else f"0 (to {_plain(high)})"


def _plain(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10.0 else f"{rate:.2g}"


def tail_table(every: Sequence[Series], distance_km: float, kind: Kind) -> str:
    """The rate of false verdicts at the real limits, extrapolated from the tail of the healthy blocks."""
    heads = (f"{kind}s", "threshold", "clusters", "largest", "shape", "per 5,000 km", "at most")
    lines = [(each.name, *line) for each in every for line in _tails(each, distance_km, kind)]
    return table_of(heads, lines)


def _tails(series: Series, distance_km: float, kind: Kind) -> Iterator[tuple[str, ...]]:
    smallest, run = series.in_a_row(kind)
    finite = np.isfinite(smallest)
    for quantile in QUANTILES if finite.any() else ():
        threshold = float(np.quantile(smallest[finite], quantile))
        peaks = peaks_of(smallest, run, threshold, series.blocks)
        if len(peaks) and peaks.max() >= 1.0:
            yield f"{threshold:.3f}", str(len(peaks)), f"{peaks.max():.3f}", "-", "seen, see above", "-"
            continue
        tail = tail_of(peaks, threshold, 1.0)
        yield _cells(tail, peaks, distance_km) if tail else (f"{threshold:.3f}", str(len(peaks)), "-", "-", "-", "-")


def _cells(tail: Tail, peaks: FloatArray, distance_km: float) -> tuple[str, ...]:
    clusters = tail.clusters * RUN_KM / distance_km
    return (
        f"{tail.threshold:.3f}", str(tail.clusters), f"{peaks.max():.3f}", f"{tail.shape:+.2f}",
        _small(tail.chance * clusters), _small(tail.at_most * clusters),
    )  # fmt: skip


def _small(rate: float) -> str:
    return "< 1e-12" if rate < 1e-12 else f"{rate:.2g}"


def blocks_report(blocks: pa.Table, distance_km: float) -> str:
    """All of it, for healthy runs over so many kilometres."""
    every = healthy_series(blocks)
    if not every or not distance_km > 0.0:
        return "No blocks of healthy runs."
    return "\n\n".join(
        [
            f"Blocks of healthy runs, {distance_km:,.0f} km.",
            scatter_table(every),
            "Verdicts with all limits scaled down: how many, per 5,000 km, and exact bounds of 95 % of that.",
            scaled_table(every, distance_km, "failure"),
            scaled_table(every, distance_km, "warning"),
            "**Extrapolated**, not seen: false verdicts at the real limits, by the tail of the smallest of so many "
            "blocks in a row (in shares of the limit), with an upper bound of 95 % by profile likelihood.",
            tail_table(every, distance_km, "failure"),
            tail_table(every, distance_km, "warning"),
        ]
    )
