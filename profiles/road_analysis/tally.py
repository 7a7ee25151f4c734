"""What is summed up on one ground while its road passes by, and the figures that it comes to."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiles.road.segments import STEP_M
from profiles.road_analysis.coherence import WAVELENGTHS_M, coherence_at
from profiles.road_analysis.figures import SIDES, BandFigures, GroundFigures, TrackFigures
from profiles.road_analysis.fit import Fit, bands_of, fit
from profiles.road_analysis.spectra import ENOUGH, WINDOWS, Ladder, Spectrum
from profiles.signal import FloatArray

SHORTEST_FIT = 1024
"""Stations of the shortest window whose bands hold n0 = 0.1 cycle/m: 51.2 m."""
SHORT_WINDOWS = 10
"""With fewer the note says how few there are."""
FAR_DB = 2.0
"""Bands that lie farther off the line (RMS) are told of; even few windows of a power law come nearer than that."""


@dataclass(slots=True)
class Tally:
    """Sums over the stations of a ground.

    Attributes:
        stations: in all; ``fresh`` of them are no repeats of others.
        travel, travel_stations: of the golden car, float64[2] and its number of stations.
        squares, detrended: of the detrended heights (m²), float64[2] and their number.
        shortest_lap: stations of the shortest lap that repeats here; None where none does.
    """

    label: str
    surface: str
    stations: int = 0
    fresh: int = 0
    grade: float = 0.0
    steepest: tuple[float, float] = (float("inf"), float("-inf"))
    climb_m: float = 0.0
    descent_m: float = 0.0
    travel: FloatArray = field(default_factory=lambda: np.zeros(2))
    travel_stations: int = 0
    squares: FloatArray = field(default_factory=lambda: np.zeros(2))
    detrended: int = 0
    shortest_lap: int | None = None
    ladder: Ladder = field(default_factory=lambda: Ladder(STEP_M))

    def add_road(self, tracks_m: FloatArray, grade: FloatArray, lap: int | None, fresh: int) -> None:
        """Take in stations that follow those before, or an interruption of the ladder came between.

        Args:
            tracks_m: float64[2, any]; ``grade`` float64[any].
            lap: stations of a lap of a measured road; None on a synthetic one.
            fresh: so many from the first on are new: what has been there before tells a spectrum nothing more.
        """
        self.stations += len(grade)
        self.grade += float(grade.sum())
        self.steepest = (min(self.steepest[0], float(grade.min())), max(self.steepest[1], float(grade.max())))
        self.climb_m += float(grade[grade > 0.0].sum()) * STEP_M
        self.descent_m -= float(grade[grade < 0.0].sum()) * STEP_M
        if lap is not None:
            self.shortest_lap = lap if self.shortest_lap is None else min(lap, self.shortest_lap)
        self.ladder.consume(tracks_m[:, :fresh], lap)
        self.fresh += fresh
        if fresh < len(grade):
            self.ladder.interrupt()

    def add_travel(self, travel: FloatArray) -> None:
        """Take in the golden car's travel, float64[2, any]."""
        self.travel += travel.sum(axis=1)
        self.travel_stations += travel.shape[1]

    def add_detrended(self, height_m: FloatArray) -> None:
        """Take in detrended heights, float64[2, any]."""
        self.squares += (height_m**2).sum(axis=1)
        self.detrended += height_m.shape[1]

    def figures(self, of_stations: int) -> GroundFigures:
        """What it comes to, as a part of a road of so many stations."""
        spectrum, count = self.ladder.best, max(1, self.stations)
        fits = [self._fit(track) for track in (0, 1)]
        found = () if spectrum is None else tuple(coherence_at(spectrum, one) for one in WAVELENGTHS_M)
        return GroundFigures(
            label=self.label,
            surface=self.surface,
            length_m=self.stations * STEP_M,
            share=self.stations / of_stations,
            grade_mean_pct=100.0 * self.grade / count,
            grade_min_pct=100.0 * self.steepest[0],
            grade_max_pct=100.0 * self.steepest[1],
            climb_m=self.climb_m,
            descent_m=self.descent_m,
            tracks={side: self._track(track, fits[track]) for track, side in enumerate(SIDES)},
            coherence=tuple(one for one in found if one is not None),
            bands=None if spectrum is None else _bands(spectrum),
            fit_note=self._note(fits),
        )

    def _fit(self, track: int) -> Fit | None:
        spectrum = self.ladder.best
        return None if spectrum is None else fit(spectrum, track)

    def _track(self, track: int, fitted: Fit | None) -> TrackFigures:
        iri = 1000.0 * float(self.travel[track]) / self.travel_stations if self.travel_stations else None
        rms = float(np.sqrt(self.squares[track] / self.detrended)) if self.detrended else None
        return TrackFigures(fitted, iri, rms)

    def _note(self, fits: list[Fit | None]) -> str:
        spectrum, shortest_m = self.ladder.best, SHORTEST_FIT * STEP_M
        if spectrum is None or spectrum.stations < SHORTEST_FIT:
            least = f"a fit wants {ENOUGH} windows of {shortest_m:.1f} m: {shortest_m * (ENOUGH + 1) / 2:.0f} m"
            if self.shortest_lap is not None and self.shortest_lap < SHORTEST_FIT:
                lap_m = self.shortest_lap * STEP_M
                return f"too short for a fit: {lap_m:.1f} m of measured road hold no longer waves; {least} of it"
            return f"too short for a fit: {least} without a break"
        there = [one for one in fits if one is not None]
        if len(there) < len(fits):
            return "no fit: a track is level in too many bands"
        short = spectrum.windows < SHORT_WINDOWS or spectrum.stations < max(WINDOWS)
        notes = [_shortness(spectrum, there[0])] if short else []
        if short and self.fresh < self.stations:
            notes.append(f"{self.fresh * STEP_M:,.0f} m, as what repeats tells nothing more")
        off_db = max(one.off_db for one in there)
        if off_db > FAR_DB:
            notes.append(f"no power law: the bands lie {off_db:.1f} dB off the line, as obstacles or a mix make them")
        return "; ".join(notes)


def _shortness(spectrum: Spectrum, fitted: Fit) -> str:
    cut = "" if spectrum.stations == max(WINDOWS) else f", nothing known below {fitted.lowest_per_m:.2g} cycle/m"
    return f"short: {spectrum.windows} windows of {spectrum.stations * STEP_M:.1f} m{cut}"


def _bands(spectrum: Spectrum) -> BandFigures:
    bands = bands_of(spectrum)
    left, right = bands.psd_m3.tolist()
    return BandFigures(tuple(bands.centre_per_m.tolist()), tuple(left), tuple(right))


class Queue:
    """What each station belongs to, for values that come some stations later than the road."""

    def __init__(self) -> None:
        self._kept: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def put(self, belongs: NDArray[np.int64]) -> None:
        """The next stations."""
        self._kept = np.concatenate((self._kept, belongs))

    def take(self, count: int) -> NDArray[np.int64]:
        """The first stations that are still here, int64[count]."""
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken
