"""What a road is, as plain values: for tables, for JSON and for the page."""

from dataclasses import dataclass

from profiles.road_analysis.coherence import Coherence
from profiles.road_analysis.fit import Fit
from profiles.signal import FloatArray

WHOLE = "whole road"
SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class TrackFigures:
    """One track on one ground.

    Attributes:
        fit: None where the road is too short for it; `GroundFigures.fit_note` says so.
        iri_m_per_km: None where the golden car has not come to drive there (roads up to 11 m).
        detrended_rms_m: about the moving average over 60 ft; None where no place has 9.1 m of road to both sides.
    """

    fit: Fit | None
    iri_m_per_km: float | None
    detrended_rms_m: float | None


@dataclass(frozen=True, slots=True)
class BandFigures:
    """The PSD in third-octave bands: centre in cycles per metre, both tracks in m³."""

    per_m: tuple[float, ...]
    left_m3: tuple[float, ...]
    right_m3: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GroundFigures:
    """One kind of ground, or all of the road (`WHOLE`).

    Attributes:
        length_m: all stretches with this label; ``share`` of the whole.
        grade_mean_pct, grade_min_pct, grade_max_pct: positive climbs; obstacles that tilt the whole car are in it.
        climb_m, descent_m: the grade, summed up apart.
        tracks: by `SIDES`.
        coherence: at some wavelengths; those that the road is too short for are missing.
        bands: None where not even the shortest window fits.
        fit_note: what to know about the fit, or why there is none; empty where all is as it should be.
    """

    label: str
    surface: str
    length_m: float
    share: float
    grade_mean_pct: float
    grade_min_pct: float
    grade_max_pct: float
    climb_m: float
    descent_m: float
    tracks: dict[str, TrackFigures]
    coherence: tuple[Coherence, ...]
    bands: BandFigures | None
    fit_note: str


@dataclass(frozen=True, slots=True)
class ObstacleFigures:
    """One obstacle: its type, its start, its height (a depth is negative) and length, and which wheels meet it."""

    type: str
    km: float
    height_m: float
    length_m: float
    side: str
    label: str


@dataclass(frozen=True, slots=True)
class ObstacleCount:
    """All obstacles of a type: how many, how many in a kilometre of the whole road, and the largest in size."""

    type: str
    count: int
    per_km: float
    largest_m: float


@dataclass(frozen=True, slots=True)
class Excursion:
    """A place on a measured road that is far from the mean over 60 ft around it; of laps, in the first."""

    km: float
    height_m: float
    side: str
    label: str


@dataclass(frozen=True, slots=True)
class RoadFigures:
    """All of it.

    Attributes:
        files: that the road is made from.
        obstacles: the largest by height, the largest first; ``obstacle_types`` of all, the most frequent first.
        excursions: of measured roads, the largest first.
        iri_100m: IRI (m/km) of left and right for every 100 m; the last may be shorter.
        notices: what to know before believing the rest.
    """

    name: str
    length_m: float
    seed: int
    track_m: float
    step_m: float
    files: tuple[str, ...]
    notices: tuple[str, ...]
    whole: GroundFigures
    grounds: tuple[GroundFigures, ...]
    obstacles: tuple[ObstacleFigures, ...]
    obstacle_types: tuple[ObstacleCount, ...]
    excursions: tuple[Excursion, ...]
    iri_100m: tuple[tuple[float | None, ...], tuple[float | None, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What the page draws beside the figures.

    Attributes:
        bin_m: of the envelope.
        lowest_m, highest_m: float64[2, bins], of the heights of both tracks in each bin.
        elevation_m: float64[bins], the grade summed up from 0 at the start, at the end of each bin.
        lines: by label, the PSD's lines: cycles per metre float64[lines], and float64[2, lines] in m³.
        coherence: by label, over all bands.
        stretches: label, start and end in m.
    """

    bin_m: float
    lowest_m: FloatArray
    highest_m: FloatArray
    elevation_m: FloatArray
    lines: dict[str, tuple[FloatArray, FloatArray]]
    coherence: dict[str, list[Coherence]]
    stretches: list[tuple[str, float, float]]
