"""Single obstacles on a segment: what a terrain file says of them, where the seed puts them, and their shape.

To add one: write a class with a ``type`` and its values that derives from `AtPlace` or `Scattered`, and add it to
`Feature`. A hump or a hollow only needs `draw`; anything else says in `add` how it changes the heights.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated

import numpy as np
from pydantic import Field

from profiles.road.features.hollows import FeshFesh, GOut, GOuts, WadiCrossings
from profiles.road.features.patches import Corrugation, Ruts
from profiles.road.features.rock import Boulders, Cobbles, Ledges, Stones
from profiles.road.features.sand import BigDunes, Dunettes, SlipFace
from profiles.road.features.shapes import EDGE_M, SIDES, AtPlace, Obstacle, Scattered, Side, Spots
from profiles.road.roughness import FEATURES, generator
from profiles.signal import FloatArray

__all__ = [
    "EDGE_M", "SIDES", "AtPlace", "BigDunes", "Boulders", "Cobbles", "Corrugation", "Dunettes", "Feature", "FeshFesh",
    "GOut", "GOuts", "Ledges", "Obstacle", "Ruts", "Scattered", "Side", "SlipFace", "Spots", "Stones", "WadiCrossings",
    "lay_all",
]  # fmt: skip

Feature = Annotated[
    SlipFace | BigDunes | Dunettes | Stones | Cobbles | Boulders | Ledges | GOut | GOuts | FeshFesh | WadiCrossings
    | Corrugation | Ruts,
    Field(discriminator="type"),
]  # fmt: skip


@lru_cache(maxsize=4)
def lay_all(
    features: tuple[Obstacle, ...], length_m: float, seed: int, number: int
) -> tuple[tuple[Obstacle, Spots], ...]:
    """All obstacles of a segment of a length; scattered ones keep off given places and the slip faces of big dunes.

    Ruts come first, as they change what is there. The last few segments are remembered.
    """
    random = generator(seed, number, FEATURES)
    ordered = sorted(features, key=lambda feature: not isinstance(feature, Ruts))
    laid = [(feature, feature.lay(random, length_m)) for feature in ordered]
    bare = [feature.bare(spots) for feature, spots in laid]
    return tuple(
        (feature, _keep_off(spots, bare[:k] + bare[k + 1 :]) if isinstance(feature, Scattered) else spots)
        for k, (feature, spots) in enumerate(laid)
    )


def _keep_off(spots: Spots, bare: Sequence[tuple[FloatArray, FloatArray]]) -> Spots:
    free = np.ones(len(spots), dtype=np.bool_)
    for starts_m, ends_m in bare:
        for start_m, end_m in zip(starts_m, ends_m, strict=True):
            free &= (spots.end_m <= start_m) | (spots.start_m >= end_m)
    return spots.where(free)
