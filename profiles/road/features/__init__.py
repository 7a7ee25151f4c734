"""Single obstacles on a segment: what a terrain file says of them, where the seed puts them, and their shape.

To add one: write a class with a ``type`` and its values that derives from `AtPlace` or `Scattered`, and add it to
`Feature`. A hump or a hollow only needs `draw`; anything else says in `add` how it changes the heights.
"""

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
    """All obstacles of a segment of a length; scattered ones keep off those with a given place.

    Ruts come first, as they change what is there. The last few segments are remembered.
    """
    fixed = [feature.place() for feature in features if isinstance(feature, AtPlace)]
    random = generator(seed, number, FEATURES)
    placed: list[tuple[Obstacle, Spots]] = []
    for feature in sorted(features, key=lambda feature: not isinstance(feature, Ruts)):
        spots = feature.lay(random, length_m)
        if isinstance(feature, Scattered):
            free = np.ones(len(spots), dtype=np.bool_)
            for other in fixed:
                free &= (spots.end_m <= other.start_m[0]) | (spots.start_m >= other.end_m[0])
            spots = spots.where(free)
        placed.append((feature, spots))
    return tuple(placed)
