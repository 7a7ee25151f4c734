"""A bearing or a joint that runs hot: its thermocouple against what its friction should make, block after block.

Two features: the friction that the temperatures tell (heat stored and given to the air) over that of a healthy part,
which does not depend on how fast the wheel turns, and the kelvin above the model.
"""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from rig.life.cusum import Cusum, Excursion
from rig.life.friction_heat import FrictionHeat
from rig.life.spans import Span
from rig.life.trend import Trend, TrendSeries
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding
from rig.life.watches import TemperatureWatch
from rig.life.windows import Decoder, Rows

_FEWEST_READINGS = 5
"""A block with fewer readings says nothing (design value)."""
_MOST_RATIO = 20.0
"""No bearing rubs so many times as hard from one block to the next: the sensor is blamed (design value)."""
_LEAST_RATIO = 0.2
"""A bearing that is loaded and turns rubs; in blocks in a row that tell less the sensor is blamed (design value)."""
_LEAST_POWER_W = 10.0
"""Where a healthy part makes less heat, nothing can be said of its friction (design value)."""


class Reading(msgspec.Struct, frozen=True):
    """One reading: the place, both temperatures, the model's excess over the air, and the model's heat so far."""

    sample: int
    km: float
    hot_degc: float
    air_degc: float
    model_k: float
    heat_j: float

    @property
    def excess_k(self) -> float:
        """Kelvin over the air."""
        return self.hot_degc - self.air_degc


class Mean(msgspec.Struct, frozen=True):
    """The mean of a block's readings, and where they lie; ``live`` is False where either sensor gave one value only."""

    sample: float
    excess_k: float
    model_k: float
    heat_j: float
    span: Span
    live: bool


class HotRunningDetector:
    """Judges one part. Rows first, then the readings taken at or before them; in any blocks."""

    def __init__(self, component: str, watch: TemperatureWatch, decoder: Decoder, rate_hz: float) -> None:
        self.component, self._watch, self._rate_hz = component, watch, rate_hz
        self._rule = watch.hot_running
        self._block = round(self._rule.block_s * rate_hz)
        self._model = FrictionHeat(watch, decoder, rate_hz)
        self._anchor: tuple[int, float] | None = None
        self._readings: list[Reading] = []
        self._means: list[Mean] = []
        self._spans: dict[str, list[Span]] = {WARNING: [], FAILURE: [], RIG: []}
        self._said: set[str] = set()
        self._last_sample = self._seen = -1
        self._told = 0
        self._trend = Trend()
        self._cusum = Cusum(self._rule.cusum) if self._rule.cusum is not None else None

    def is_blind(self, sample: int) -> bool:
        """Whether it has told too little friction for a verdict, or none for longer than one takes, up to a sample."""
        return self._told < self._rule.blocks or sample - self._seen > (self._rule.blocks + 1) * self._block

    def add(self, rows: Rows) -> None:
        """What the rig has played."""
        self._model.add(rows)

    def judge(self, sample: int, km: float, values: Mapping[str, float | None]) -> list[Finding]:
        """What a reading of the slow instruments completes; one that was judged before, or has no model, is left out.

        Args:
            sample, km: where the run was.
            values: by name; None, NaN or nothing where there is no measurement.
        """
        if sample <= self._last_sample:
            return []
        found: list[Finding] = []
        if self._readings and sample // self._block != self._readings[0].sample // self._block:
            found = self._close()
        self._last_sample = sample
        reading = self._reading(sample, km, values)
        self._readings += [reading] if reading is not None else []
        return found

    def _reading(self, sample: int, km: float, values: Mapping[str, float | None]) -> Reading | None:
        hot, air = values.get(self._watch.reading), values.get(self._watch.ambient_reading)
        point = self._model.at(sample)
        if hot is None or air is None or point is None or not math.isfinite(hot - air):
            return None
        if self._anchor is None:
            self._anchor = sample, hot - air - point.excess_k
        model_k = point.excess_k + self._model.decayed(self._anchor[1], sample - self._anchor[0])
        return Reading(sample, km, hot, air, model_k, point.heat_j)

    def _close(self) -> list[Finding]:
        """A block is over: judge it; one with too few readings breaks off every count in a row."""
        readings, self._readings = self._readings, []
        if len(readings) < _FEWEST_READINGS:
            self._break_off()
            return []
        if self._means and readings[0].sample // self._block != self._means[-1].span.first_sample // self._block + 1:
            self._break_off()  # blocks without any reading lie between
        mean = _mean_of(readings)
        if not mean.live:
            return self._blame_sensor(mean, "gives one value again and again", "sensor_stuck", 0.0)
        self._means = [*self._means, mean][-1 - self._rule.blocks :]
        return self._judge(mean)

    def _break_off(self) -> None:
        self._means.clear()
        self._spans = {kind: [] for kind in self._spans}

    def _judge(self, mean: Mean) -> list[Finding]:
        """Where nothing is known of the friction the counts in a row go on after the block."""
        rule, over_k, ratio = self._rule, mean.excess_k - mean.model_k, self._friction()
        if ratio is None:
            return []
        if abs(ratio) > _MOST_RATIO:
            return self._blame_sensor(mean, f"tells {ratio:.0f} times the friction", "sensor_scale", ratio)
        hits = {
            FAILURE: ratio >= rule.failure_ratio and over_k >= rule.corroborating_k,
            WARNING: ratio >= rule.warning_ratio,
            RIG: ratio < _LEAST_RATIO,
        }
        drifted = None
        if not hits[RIG]:  # only what can be friction speaks for the part
            self._seen, self._told = mean.span.last_sample, self._told + 1
            drifted = self._cusum.add(mean.span, ratio - 1.0) if self._cusum is not None else None
        self._trend.add(mean.span, ratio, None if self._cusum is None else self._cusum.value)
        for kind, hit in hits.items():
            self._spans[kind] = [*self._spans[kind], mean.span][-rule.blocks :] if hit else []
        if len(self._spans[RIG]) == rule.blocks:
            return self._blame_sensor(mean, f"tells {ratio:.2f} of the friction", "sensor_low", ratio)
        for kind in (FAILURE, WARNING):
            if len(self._spans[kind]) == rule.blocks and kind not in self._said:
                self._said.add(kind)
                return [self._finding(kind, over_k, ratio)]
        if drifted is not None and self._cusum is not None and not self._said & {WARNING, FAILURE}:
            self._said.add(WARNING)
            return [self._drifted(drifted, self._cusum)]
        return []

    def trends(self) -> list[TrendSeries]:
        """The friction, block after block."""
        rule = self._rule
        limits = rule.warning_ratio, rule.failure_ratio
        interval = rule.cusum.interval if rule.cusum is not None else None
        return [TrendSeries(self.component, "friction", *limits, 1.0, interval, self._trend.points)]

    def _friction(self) -> float | None:
        """The friction that the temperatures tell over a healthy part's, from the first kept block to this one.

        None where there are not enough blocks, or where hardly any heat is made.
        """
        if len(self._means) <= self._rule.blocks:
            return None
        watch, first, last = self._watch, self._means[0], self._means[-1]
        seconds = (last.sample - first.sample) / self._rate_hz
        expected_j = last.heat_j - first.heat_j
        if not expected_j > _LEAST_POWER_W * seconds:
            return None
        between_k = np.mean(
            [0.5 * (a.excess_k + b.excess_k) for a, b in zip(self._means, self._means[1:], strict=False)]
        )
        told_j = watch.heat_j_per_k * (last.excess_k - first.excess_k) + watch.air_w_per_k * float(between_k) * seconds
        return told_j / expected_j

    def _blame_sensor(self, mean: Mean, what: str, mode: str, value: float) -> list[Finding]:
        self._break_off()
        self._told = 0  # what it told before is doubtful too
        if self._cusum is not None:
            self._cusum.reset()
        if mode in self._said:
            return []
        self._said.add(mode)
        text = f"the sensor of {self._watch.reading} {what}; the {self.component} is not judged by it"
        limit = _LEAST_RATIO if mode == "sensor_low" else _MOST_RATIO
        return [self._found(RIG, WARNING, mode, [mean.span], value, limit, text)]

    def _finding(self, kind: str, over_k: float, ratio: float) -> Finding:
        rule, spans = self._rule, self._spans[kind]
        limit = rule.failure_ratio if kind == FAILURE else rule.warning_ratio
        text = (
            f"{self.component}: by its temperature {ratio:.2f} times the friction of a healthy one, limit {limit:g}, "
            f"in {len(spans)} blocks in a row; {over_k:.1f} K above its model"
        )
        return self._found(self.component, kind, rule.mode, spans, ratio, limit, text)

    def _drifted(self, excursion: Excursion, cusum: Cusum) -> Finding:
        ratio, limit = 1.0 + excursion.mean_loss, 1.0 + cusum.rule.allowance
        text = (
            f"{self.component}: by its temperature {ratio:.2f} times the friction of a healthy one on the mean of "
            f"{excursion.blocks} blocks; the sum of what is beyond {limit:.2f} is {cusum.value:.2f}, limit "
            f"{cusum.rule.interval:.2f}"
        )
        spans = [excursion.first, excursion.last]
        return self._found(self.component, WARNING, self._rule.mode, spans, ratio, limit, text)

    def _found(
        self, component: str, severity: str, mode: str, spans: list[Span], value: float, limit: float, text: str
    ) -> Finding:
        return Finding(
            component=component,
            severity=severity,
            mode=mode,
            distance_km=spans[0].first_km,
            sample=spans[0].first_sample,
            feature="friction",
            value=value,
            limit=limit,
            evidence=Evidence(spans[0].first_sample, spans[-1].last_sample),
            detected_km=spans[-1].last_km,
            text=text,
        )

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {
            "model": self._model.state(),
            "anchor": self._anchor,
            "readings": msgspec.to_builtins(self._readings),
            "means": msgspec.to_builtins(self._means),
            "spans": msgspec.to_builtins(self._spans),
            "said": sorted(self._said),
            "samples": [self._last_sample, self._seen, self._told],
            "trend": self._trend.state(),
            "cusum": None if self._cusum is None else self._cusum.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._model.restore(state["model"])
        self._anchor = msgspec.convert(state["anchor"], tuple[int, float] | None)
        self._readings = msgspec.convert(state["readings"], list[Reading])
        self._means = msgspec.convert(state["means"], list[Mean])
        self._spans = msgspec.convert(state["spans"], dict[str, list[Span]])
        self._said = set(state["said"])
        self._last_sample, self._seen, self._told = msgspec.convert(state["samples"], tuple[int, int, int])
        self._trend.restore(state["trend"])
        if self._cusum is not None:
            self._cusum.restore(state["cusum"])


def _mean_of(readings: list[Reading]) -> Mean:
    sample, excess_k, model_k, heat_j = np.mean([[r.sample, r.excess_k, r.model_k, r.heat_j] for r in readings], axis=0)
    first, last = readings[0], readings[-1]
    live = all(len(set(values)) > 1 for values in ([r.hot_degc for r in readings], [r.air_degc for r in readings]))
    span = Span(first.sample, last.sample, first.km, last.km)
    return Mean(float(sample), float(excess_k), float(model_k), float(heat_j), span, live)
