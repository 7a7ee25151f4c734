"""One pass over a road: what it sums up on each ground, what repeats, and the places that stand out."""

from pathlib import Path

import numpy as np
import pytest

from profiles.course.course import Course, Leg
from profiles.road.terrain import Terrain
from profiles.road_analysis.detrend import LENGTH_M, Detrender
from profiles.road_analysis.figures import RoadFigures
from profiles.road_analysis.source import load_road
from profiles.road_analysis.survey import Surveyed, survey_course
from profiles.schema import InputError
from profiles.signal import FloatArray
from tests.roads import FLAT, terrain_of

STEP_M, TRACK_M = 0.05, 1.77


def surveyed(*terrains: Terrain) -> Surveyed:
    """Terrains as the legs of a course."""
    legs = tuple(Leg(f"leg {k}", terrain.route()) for k, terrain in enumerate(terrains))
    return survey_course(Course("test", 7, legs, ()), TRACK_M)


def csv_road(folder: Path, left_m: FloatArray, right_m: FloatArray) -> RoadFigures:
    """A measured road of these heights, as the command reads it."""
    x_m = np.arange(len(left_m)) * STEP_M
    rows = "".join(f"{x:.3f},{a:.6f},{b:.6f}\n" for x, a, b in zip(x_m, left_m, right_m, strict=True))
    path = folder / "measured.csv"
    path.write_text("distance_m,left_m,right_m\n" + rows)
    return survey_course(load_road(str(path)), TRACK_M).figures


def test_grade_and_climb_of_each_ground_are_those_of_the_file() -> None:
    up = {"label": "up", "grade_pct": 6.0, "length_m": 500.0, **FLAT}
    down = {"label": "down", "grade_pct": -4.0, "length_m": 250.0, **FLAT}
    found = surveyed(terrain_of(up, down)).figures
    (first, second), whole = found.grounds, found.whole
    assert (first.label, first.length_m, first.share) == ("up", 500.0, pytest.approx(2 / 3))
    assert first.grade_max_pct == pytest.approx(6.0)
    assert first.climb_m == pytest.approx(0.06 * (500.0 - 2.5))  # over the first 5 m the road turns from level
    assert second.grade_min_pct == pytest.approx(-4.0)
    assert second.descent_m == pytest.approx(10.0, abs=0.2)
    assert whole.grade_mean_pct == pytest.approx(100.0 * (whole.climb_m - whole.descent_m) / 750.0)
    assert (whole.length_m, found.length_m) == (750.0, 750.0)


def test_each_ground_has_its_own_roughness_and_the_whole_lies_between() -> None:
    smooth = {"label": "smooth", "length_m": 3000.0, "roughness": {"iso_class": "B"}}
    rough = {"label": "rough", "length_m": 3000.0, "roughness": {"iso_class": "E"}}
    found = surveyed(terrain_of(smooth, rough)).figures
    tracks = [one.tracks["left"] for one in (found.grounds[0], found.whole, found.grounds[1])]
    g0_m3 = [one.fit.g0_m3 for one in tracks if one.fit]
    assert g0_m3 == pytest.approx([64e-6, (64e-6 + 4096e-6) / 2, 4096e-6], rel=0.15)
    iri = [one.iri_m_per_km or 0.0 for one in tracks]
    assert iri[0] < iri[1] < iri[2]
    assert iri[2] == pytest.approx(8.0 * iri[0], rel=0.1)  # the square root of 4^3
    rms = [one.detrended_rms_m or 0.0 for one in tracks]
    assert rms[1] ** 2 == pytest.approx(0.5 * (rms[0] ** 2 + rms[2] ** 2), rel=0.01)


def test_a_sine_loses_what_the_mean_over_60_ft_has_of_it() -> None:
    """The mean of a sine over a length is sinc(length / wavelength) of it; grade and level go altogether."""
    x_m = np.arange(40_000) * STEP_M
    for wavelength_m in (5.0, 18.288, 40.0):
        tracks = np.stack([np.sin(2 * np.pi * x_m / wavelength_m), 3.0 + 0.2 * x_m])
        left, right = Detrender(STEP_M).consume(tracks)
        kept = 1.0 - float(np.sinc(LENGTH_M / wavelength_m))
        assert np.abs(left).max() == pytest.approx(kept, rel=2e-3)
        assert np.abs(right).max() < 1e-9


def test_detrended_blocks_of_any_length_are_the_same() -> None:
    tracks = np.random.default_rng(2).normal(size=(2, 3000))
    detrender, parts = Detrender(STEP_M), []
    for start, stop in ((0, 10), (10, 366), (366, 367), (367, 900), (900, 3000)):
        parts.append(detrender.consume(tracks[:, start:stop]))
    whole = Detrender(STEP_M).consume(tracks)
    assert np.concatenate(parts, axis=1) == pytest.approx(whole, abs=1e-12)
    assert whole.shape[1] == 3000 - 2 * detrender.lost == 3000 - 366


def test_what_repeats_tells_a_spectrum_nothing_more() -> None:
    """Ten laps of a terrain, and a leg that is driven twice, have the windows of one; length and climb are of all."""
    once = surveyed(terrain_of({"length_m": 600.0, "grade_pct": 2.0})).figures.whole
    ten = surveyed(terrain_of({"length_m": 600.0, "grade_pct": 2.0}, repeats=10)).figures.whole
    twice = surveyed(*[terrain_of({"length_m": 600.0, "grade_pct": 2.0})] * 2).figures.whole
    for found, times in ((ten, 10), (twice, 2)):
        assert found.length_m == times * 600.0
        assert found.climb_m == pytest.approx(times * once.climb_m, rel=0.01)
        one, other = once.tracks["left"].fit, found.tracks["left"].fit
        assert one is not None
        assert other is not None
        assert (other.windows, other.window_m) == (one.windows, one.window_m)
        assert other.g0_m3 == pytest.approx(one.g0_m3, rel=0.05)
        assert "600 m, as what repeats tells nothing more" in found.fit_note
    assert "repeats" not in once.fit_note


def test_the_largest_obstacles_are_told_with_their_places_in_the_course() -> None:
    """The second leg starts where the first ends."""
    hole = {"type": "g_out", "at_m": 100.0, "depth_m": 0.5, "length_m": 12.0}
    face = {"type": "slip_face", "at_m": 150.0, "height_m": 0.7, "angle_deg": 33.0, "windward_deg": 6.0,
            "crest_rounding_m": 0.85}  # fmt: skip
    stones = {"type": "stones", "rate_per_km": 100.0, "height_m": (0.04, 0.08)}
    found = surveyed(
        terrain_of({"label": "first", "features": (hole, stones)}), terrain_of({"label": "second", "features": (face,)})
    ).figures
    largest = found.obstacles
    assert [(one.type, one.label) for one in largest[:2]] == [("slip_face", "second"), ("g_out", "first")]
    assert largest[1].km == pytest.approx(0.1)
    assert largest[1].height_m == pytest.approx(-0.5)
    assert largest[0].km == pytest.approx(0.45)
    assert len(largest) == 10
    assert [abs(one.height_m) for one in largest] == sorted((abs(one.height_m) for one in largest), reverse=True)
    by_type = {one.type: one for one in found.obstacle_types}
    assert found.obstacle_types[0].type == "stones"
    assert by_type["stones"].per_km == pytest.approx(by_type["stones"].count / 0.6)
    assert by_type["g_out"].count == 1


def test_a_bump_on_a_measured_road_is_found_where_it_is(tmp_path: Path) -> None:
    """A hump of 80 mm on the right at 60 m and a hole of 50 mm on the left at 130 m, on 200 m with little else.

    What is nearer than 2 m to a larger one is the same place.
    """
    x_m = np.arange(4001) * STEP_M
    ripple = 0.002 * np.sin(2 * np.pi * x_m / 3.0)
    left = ripple - 0.05 * np.exp(-(((x_m - 130.0) / 0.3) ** 2))
    right = ripple + 0.08 * np.exp(-(((x_m - 60.0) / 0.3) ** 2)) + 0.04 * np.exp(-(((x_m - 61.2) / 0.3) ** 2))
    found = csv_road(tmp_path, left, right)
    first, second, *rest = found.excursions
    assert (first.side, second.side) == ("right", "left")
    assert (first.km, second.km) == (pytest.approx(0.060, abs=2e-4), pytest.approx(0.130, abs=2e-4))
    assert (first.height_m, second.height_m) == (pytest.approx(0.078, abs=0.003), pytest.approx(-0.048, abs=0.003))
    assert len(found.excursions) == 10
    assert all(abs(one.height_m) < 0.006 for one in rest)
    assert found.obstacles == ()


def test_the_iri_of_every_100_m_has_the_iri_of_the_whole_as_its_mean() -> None:
    found = surveyed(terrain_of({"length_m": 1000.0})).figures
    for side, values in zip(("left", "right"), found.iri_100m, strict=True):
        known = [value for value in values if value is not None]
        assert len(known) == 10
        assert np.mean(known) == pytest.approx(found.whole.tracks[side].iri_m_per_km, rel=2e-3)


def test_the_envelope_holds_every_height_and_the_elevation_ends_where_the_grade_does() -> None:
    terrain = terrain_of({"length_m": 1000.0, "grade_pct": 3.0}, {"label": "there", "length_m": 2000.0})
    curves = surveyed(terrain).curves
    assert curves.lowest_m.shape == curves.highest_m.shape == (2, 1500)
    assert curves.bin_m == 2.0
    assert (curves.lowest_m <= curves.highest_m).all()
    assert np.isfinite(curves.lowest_m).all()
    assert curves.elevation_m[-1] == pytest.approx(30.0, abs=0.1)
    assert curves.stretches == [("here", 0.0, 1000.0), ("there", 1000.0, 3000.0)]


def test_progress_is_told_up_to_the_whole_length() -> None:
    told: list[tuple[float, float]] = []
    legs = tuple(Leg("leg", terrain_of({"length_m": 700.0}).route()) for _ in range(2))
    survey_course(Course("test", 7, legs, ()), TRACK_M, lambda done, whole: told.append((done, whole)))
    assert told == [(pytest.approx(done), 1400.0) for done in (500.0, 700.0, 1200.0, 1400.0)]


def test_a_length_is_for_a_surface_only() -> None:
    assert load_road("reg", surface_km=1.5).length_m == 1500.0
    with pytest.raises(InputError, match="--km: found 2; allowed: for a surface only"):
        load_road("dune_loop", surface_km=2.0)
