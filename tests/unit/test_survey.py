"""The road of a leg by itself: digest, height over the distance, roughness on each ground."""

import numpy as np
import pytest

from profiles.road.builder import iter_road
from profiles.road.route import Route, stretches_of
from profiles.road.segments import STEP_M
from profiles.road.surface import load_surface
from profiles.road.terrain import load_terrain
from profiles.signal import join_roads
from rig.plan.survey import survey
from tests.roads import road_digest

TRACK_M = 1.77
LOOP = load_terrain("dune_loop").route()


def test_digest_is_the_roads() -> None:
    """Made on the way, it is the digest of the whole road; another seed has another."""
    assert survey(LOOP, TRACK_M).sha256 == road_digest(LOOP, TRACK_M)
    assert survey(load_terrain("dune_loop").route(7), TRACK_M).sha256 != road_digest(LOOP, TRACK_M)


def test_height_is_the_grade_summed_up() -> None:
    """At the end of each bin; the loop ends as high as it starts, to a few centimetres."""
    found = survey(LOOP, TRACK_M)
    grade = join_roads(iter_road(LOOP, TRACK_M))["grade"]
    stations = round(10.0 / STEP_M)
    assert len(found.height_m) == 200
    assert found.height_m[99] == pytest.approx(float(grade[: 100 * stations].sum()) * STEP_M)
    assert abs(found.height_m[-1]) < 0.1
    assert np.ptp(found.height_m) > 10.0


def test_spectrum_of_a_ground_is_what_its_surface_asks_for() -> None:
    """Five kilometres of a plain without obstacles: the density at 0.1 to 0.3 cycles/m within a third of the target."""
    surface = load_surface("reg").model_copy(update={"features": ()})
    route = Route("plain", stretches_of((surface.segment(5000.0),), 4))
    found = survey(route, TRACK_M).spectra["reg"]
    assert found.windows > 90
    near = (found.frequencies_hz > 0.1) & (found.frequencies_hz < 0.3)
    target = surface.roughness.psd_m3(found.frequencies_hz[near])
    assert np.mean(found.density[near] / target) == pytest.approx(1.0, abs=0.15)
