"""Which components make up one strut, and what they look like as drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rig.life.components import Component
from rig.life.strut import Strut, nominal
from rig.life.watches import DampingWatch, MountWatch, StiffnessWatch

FloatArray = NDArray[np.float64]
W = TypeVar("W", StiffnessWatch, DampingWatch, MountWatch)

_DEFAULT_KNEE_MPS = 0.25


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How long one looks.

    Attributes:
        window_s: a break is judged in windows of this length.
        block_s: slow change is judged in blocks of this length; 10 s suits runs of a few kilometres, 30 s is the
            target of long runs.
        baseline_blocks: so many first blocks are what healthy means.
    """

    window_s: float = 0.5
    block_s: float = 10.0
    baseline_blocks: int = 3


@dataclass(frozen=True, slots=True)
class StrutParts:
    """The watched components of one strut, each as (component's name, its watch), by the channels they share."""

    force_channel: str
    travel_channel: str
    spring: tuple[str, StiffnessWatch] | None
    damper: tuple[str, DampingWatch] | None
    mount: tuple[str, MountWatch] | None

    def strut(self, rate_hz: float) -> Strut:
        """The regression's fixed values; without a damper among the components the knee is the usual one."""
        if self.damper is None:
            return Strut(rate_hz, _DEFAULT_KNEE_MPS, 0.0)
        return Strut(rate_hz, self.damper[1].knee_mps, self.damper[1].fade_per_k)

    def nominal(self) -> FloatArray | None:
        """The coefficients as drawn, float64[6]; None unless both spring and damper are known."""
        if self.spring is None or self.damper is None:
            return None
        damper = self.damper[1]
        return nominal(
            self.spring[1].stiffness_n_per_m,
            (damper.compression_ns_per_m, damper.compression_fast_ns_per_m),
            (damper.rebound_ns_per_m, damper.rebound_fast_ns_per_m),
        )


def _pick(components: Sequence[Component], kind: type[W]) -> tuple[str, W] | None:
    return next(((each.name, each.watch) for each in components if isinstance(each.watch, kind)), None)


def _strut_channels(component: Component) -> tuple[str, str] | None:
    watch = component.watch
    if isinstance(watch, MountWatch):
        return watch.force_channel, watch.inner_channel
    if isinstance(watch, StiffnessWatch | DampingWatch):
        return watch.force_channel, watch.travel_channel
    return None


def struts_of(components: Sequence[Component]) -> list[StrutParts]:
    """The struts among some components, in the order in which their channels are first named."""
    groups: dict[tuple[str, str], list[Component]] = {}
    for component in components:
        channels = _strut_channels(component)
        if channels is not None:
            groups.setdefault(channels, []).append(component)
    return [
        StrutParts(*channels, _pick(group, StiffnessWatch), _pick(group, DampingWatch), _pick(group, MountWatch))
        for channels, group in groups.items()
    ]
