"""Surfaces: what the ground of a kind is like, so that segments need only say how long they are."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from profiles import catalogue
from profiles.road.features import Feature, Scattered
from profiles.road.roughness import Coherence, ExponentialCoherence, Roughness
from profiles.road.segments import STEP_M, Bends, Surface, SyntheticSegment
from profiles.road.soil import SoilName
from profiles.schema import Strict, load

FOLDER = Path(__file__).parent.parent / "library" / "surfaces"


class SurfaceFile(Strict):
    """A surface file: the character of ground; obstacles are scattered, as it has no places of its own."""

    kind: Literal["surface"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    source: Annotated[str, Field(min_length=3)]
    surface: Surface
    soil: SoilName
    grade_pct: tuple[Annotated[float, Field(ge=-60, le=60)], Annotated[float, Field(ge=-60, le=60)]]
    roughness: Roughness
    coherence: Coherence = ExponentialCoherence(model="exponential")
    features: tuple[Feature, ...] = ()
    corners: Bends | None = None
    speed_cap_mps: Annotated[float, Field(gt=0, le=60)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> "SurfaceFile":
        if self.grade_pct[0] > self.grade_pct[1]:
            raise ValueError("a grade_pct with the lower value first, then the higher one")
        for feature in self.features:
            if not isinstance(feature, Scattered):
                raise ValueError(f"scattered obstacles only; {feature.type} has a place, which a surface can't know")
        return self

    def segment(self, length_m: float, grade_pct: float = 0.0, label: str | None = None) -> SyntheticSegment:
        """A stretch of this ground. Its length is taken to the nearest multiple of the road's step.

        All values have been checked with this file, except for the length, which must be at least 20 m.
        """
        return SyntheticSegment.model_construct(
            label=label or self.name,
            surface=self.surface,
            soil=self.soil,
            grade_pct=grade_pct,
            speed_cap_mps=self.speed_cap_mps,
            length_m=round(length_m / STEP_M) * STEP_M,
            roughness=self.roughness,
            coherence=self.coherence,
            features=self.features,
            corners=self.corners,
        )


@lru_cache(maxsize=64)
def load_surface(what: str) -> SurfaceFile:
    """The surface of a file, or of a name in the library. The last few are remembered.

    Raises:
        InputError: there is no such file, or with all faults of it.
    """
    return load(catalogue.find(what, FOLDER, "surface"), SurfaceFile)
