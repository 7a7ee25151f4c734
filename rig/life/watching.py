"""From what is to be watched to who watches it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from rig.life.backlash import BacklashDetector
from rig.life.components import Component
from rig.life.detection import StrutDetector
from rig.life.health import SURFACE as HEALTH
from rig.life.health import HealthJudge, HealthResult
from rig.life.hot_running import HotRunningDetector
from rig.life.parts import JudgeSettings, struts_of
from rig.life.transfer import TransferDetector
from rig.life.trend import TrendSeries
from rig.life.verdict import BLIND, UNJUDGED, UNSURE, UNWATCHED, Finding
from rig.life.watches import BacklashWatch, TemperatureWatch, TransferWatch
from rig.life.windows import Decoder, Window


class Detector(Protocol):
    """Who judges the rows, window by window."""

    def judge(self, window: Window) -> list[Finding]:
        """What this window shows."""

    def trends(self) -> list[TrendSeries]:
        """What it judged, block by block."""

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""


def detectors_of(
    components: Sequence[Component],
    decoder: Decoder,
    rate_hz: float,
    settings: JudgeSettings,
    surfaces: Sequence[str] = (),
) -> list[Detector]:
    """Who watches force, travel and torque, in an order that a saved state can count on.

    ``surfaces``: their names, by the index that windows carry.
    """
    found: list[Detector] = [
        TransferDetector(each.name, each.watch, decoder, rate_hz)
        for each in components
        if isinstance(each.watch, TransferWatch)
    ]
    for parts in struts_of(components):
        strut = StrutDetector(parts, decoder, rate_hz, settings)
        found.append(strut)
        if HEALTH in surfaces:
            found.append(HealthJudge(parts, strut.sums, surfaces.index(HEALTH), settings.window_s))
    found += [
        BacklashDetector(each.name, each.watch, decoder, rate_hz, settings)
        for each in components
        if isinstance(each.watch, BacklashWatch)
    ]
    return found


def health_of(detectors: Sequence[Detector]) -> list[HealthResult]:
    """What the health blocks so far have said, strut by strut."""
    blocks = [each.results for each in detectors if isinstance(each, HealthJudge)]
    return sorted((one for each in blocks for one in each), key=lambda one: one.last_sample)


def hot_running_of(components: Sequence[Component], decoder: Decoder, rate_hz: float) -> list[HotRunningDetector]:
    """Who watches the temperatures of the slow instruments."""
    return [
        HotRunningDetector(each.name, each.watch, decoder, rate_hz)
        for each in components
        if isinstance(each.watch, TemperatureWatch)
    ]


def unseen_of(
    components: Sequence[Component],
    detectors: Sequence[Detector],
    hot_running: Sequence[HotRunningDetector],
    last_sample: int,
) -> dict[str, str]:
    """The components of which nobody can say how they are at the end of a run, and why."""
    unseen = {each.name: UNWATCHED for each in components if not each.watched}
    unseen |= {name: UNSURE for each in detectors if isinstance(each, StrutDetector) for name in each.unseen()}
    unseen |= {each.component: UNJUDGED for each in detectors if isinstance(each, BacklashDetector) and each.unseen}
    return unseen | {each.component: BLIND for each in hot_running if each.is_blind(last_sample)}
