"""What a campaign file says: days of stages, with nights to soak in and services between."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles.course.names import StageName, StyleName
from profiles.schema import Strict

FOLDER = Path(__file__).parent.parent / "library" / "campaigns"


SHORTEST_MIN, LONGEST_MIN = 1.0, 600.0
"""Between health blocks: each takes more than a minute, and a night's run should have some."""


class StageEntry(Strict):
    """One stage of a day. A stage that is one mix can be driven longer or shorter; another seed is another road."""

    stage: StageName
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    distance_km: Annotated[float, Field(ge=0.1, le=2000)] | None = None


class Day(Strict):
    """One day.

    Attributes:
        soak_h: the night before it, in which parts come to ambient; 0 on the first day.
        ambient_degc: of the air.
        stages: in the order in which they are driven.
        service_min: rest after it, for a service.
    """

    label: Annotated[str, Field(min_length=1, max_length=40)]
    ambient_degc: Annotated[float, Field(ge=-40, le=60)]
    soak_h: Annotated[float, Field(ge=0, le=200)] = 0.0
    stages: Annotated[tuple[StageEntry, ...], Field(min_length=1, max_length=50)]
    service_min: Annotated[float, Field(ge=0, le=600)] = 0.0


class Campaign(Strict):
    """A campaign file; ``health_block_min``: a health block about every so many minutes of driving."""

    kind: Literal["campaign"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    style: StyleName | None = None
    health_block_min: Annotated[float, Field(ge=SHORTEST_MIN, le=LONGEST_MIN)] | None = None
    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=100)]
