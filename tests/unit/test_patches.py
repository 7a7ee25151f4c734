"""What lies along the track for a while: corrugation, whose wavelength wanders, and ruts, which make tracks equal."""

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.road.segments import STEP_M
from profiles.signal import FloatArray
from tests.roads import feature_of, first_alone, laid

FINE_M = 0.01
WASHBOARD = {
    "type": "corrugation",
    "rate_per_km": 1.0,
    "amplitude_m": (0.01, 0.03),
    "wavelength_m": (0.5, 1.0),
    "length_m": (100.0, 300.0),
}
RUTS = {"type": "ruts", "rate_per_km": 2.0, "depth_m": (0.1, 0.3), "length_m": (50.0, 200.0)}
LONG = {"wavelength_m": (0.75, 0.75), "length_m": (5000.0, 5000.0), "rate_per_km": 0.1, "amplitude_m": (0.02, 0.02)}


def waves_m(**changes: object) -> FloatArray:
    """The lengths of the single waves of a patch of 5 km, from each zero crossing upwards to the next."""
    one, heights = first_alone(500_000.0, WASHBOARD | LONG | changes, FINE_M)
    shape = heights[0][: round(one.length_m[0] / FINE_M)]
    before = np.nonzero((shape[:-1] < 0.0) & (shape[1:] >= 0.0))[0]
    crossings = before - shape[before] / (shape[before + 1] - shape[before])
    return np.asarray(np.diff(crossings) * FINE_M)


def test_corrugation_has_its_wavelength_by_zero_crossings() -> None:
    """Over 5 km the mean wave is as long as asked for; without a wander each of them is."""
    assert float(np.exp(np.log(waves_m()).mean())) == pytest.approx(0.75, rel=0.02)
    still = waves_m(wander=0.0)
    assert still == pytest.approx(0.75, abs=1e-3)
    assert len(still) == pytest.approx(5000.0 / 0.75, abs=3)


@pytest.mark.parametrize("wander", [0.05, 0.1])
def test_the_wavelength_wanders_as_far_as_asked_for(wander: float) -> None:
    """The logarithm of single waves has the standard deviation that was asked for."""
    assert float(np.log(waves_m(wander=wander)).std()) == pytest.approx(wander, rel=0.15)


def test_the_wavelength_forgets_itself_over_ten_metres() -> None:
    """Neighbours are alike, waves ten metres on by about 1/e, waves far away not at all; so it is a walk drawn back."""
    logs = np.log(waves_m())
    logs = logs - logs.mean()

    def alike(waves: int) -> float:
        return float((logs[:-waves] * logs[waves:]).mean() / logs.var())

    assert alike(1) == pytest.approx(np.exp(-0.75 / 10.0), abs=0.05)
    assert alike(round(10.0 / 0.75)) == pytest.approx(np.exp(-1.0), abs=0.15)
    assert abs(alike(round(60.0 / 0.75))) < 0.15


def test_corrugation_has_its_amplitude_under_both_wheels() -> None:
    """Away from the fades a wave reaches the drawn amplitude up and down; half of what is squared is in it."""
    one, heights = first_alone(5000.0, WASHBOARD, FINE_M)
    inner = heights[0][round(6.0 / FINE_M) : round((one.length_m[0] - 6.0) / FINE_M)]
    assert 0.01 <= one.height_m[0] <= 0.03
    assert inner.max() == pytest.approx(one.height_m[0], rel=1e-3)
    assert inner.min() == pytest.approx(-one.height_m[0], rel=1e-3)
    assert float(inner.std()) == pytest.approx(one.height_m[0] / np.sqrt(2.0), rel=0.02)
    assert np.array_equal(heights[0], heights[1])


def test_a_patch_fades_in_and_out() -> None:
    """Over the fade a patch grows as half a cosine, so that halfway in it has half of its amplitude."""
    one, heights = first_alone(5000.0, WASHBOARD | {"fade_m": 20.0, "wavelength_m": (0.5, 0.5)}, FINE_M)
    for middle_m, share in ((10.0, 0.5), (5.0, 0.146), (one.length_m[0] - 10.0, 0.5), (50.0, 1.0)):
        around = heights[0][round((middle_m - 0.4) / FINE_M) : round((middle_m + 0.4) / FINE_M)]
        assert np.abs(around).max() / one.height_m[0] == pytest.approx(share, abs=0.06)


def test_each_patch_and_each_road_begins_with_a_phase_of_its_own() -> None:
    """Over many patches of the same waves all phases occur; the same patch on a road of another seed has another."""
    same = {"amplitude_m": (0.02, 0.02), "wavelength_m": (0.75, 0.75), "length_m": (100.0, 100.0), "wander": 0.0}
    feature, spots = laid(500_000.0, WASHBOARD | same)

    def starts(key: int) -> FloatArray:
        heights = np.zeros((len(spots), 2, 1))
        for index, start_m in enumerate(spots.start_m):
            one = spots.where(np.arange(len(spots)) == index)
            feature.add(heights[index], round((start_m + 6.0) / STEP_M) * STEP_M, STEP_M, one, key)
        return np.asarray(heights[:, 0, 0] / 0.02)

    first = starts(1)
    assert len(first) > 300
    assert float(first.mean()) == pytest.approx(0.0, abs=0.15)
    assert float(first.std()) == pytest.approx(np.sqrt(0.5), abs=0.1)
    assert np.array_equal(starts(1), first)
    assert abs(np.corrcoef(starts(2), first)[0, 1]) < 0.2


def test_corrugations_fill_their_ranges() -> None:
    """Amplitudes, wavelengths and lengths lie in their ranges and reach to both ends."""
    _, spots = laid(500_000.0, WASHBOARD)
    for found, (low, high) in (
        (spots.height_m, (0.01, 0.03)),
        (spots.crest_at, (0.5, 1.0)),
        (spots.length_m, (100.0, 300.0)),
    ):
        assert low <= found.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < found.max() <= high


def rutted(values: dict[str, object]) -> tuple[float, float, FloatArray, FloatArray]:
    """Depth and length of a rut over rough ground, the ground, and the ground with the rut in it."""
    feature, spots = laid(5000.0, values)
    only = spots.where(np.arange(len(spots)) == 0)
    ground = np.random.default_rng(2).normal(0.0, 0.02, (2, round((only.length_m[0] + 20.0) / STEP_M)))
    heights = ground.copy()
    feature.add(heights, float(only.start_m[0]) - 10.0, STEP_M, only, 1)
    return -float(only.height_m[0]), float(only.length_m[0]), ground, heights


def test_ruts_make_the_right_track_the_left_one_and_lower_both() -> None:
    """Within them both wheels meet the left track's ground, lower by the depth; outside nothing has changed."""
    depth_m, length_m, ground, heights = rutted(RUTS)
    inner = slice(round(15.1 / STEP_M), round((length_m + 4.9) / STEP_M))
    assert 0.1 <= depth_m <= 0.3
    assert heights[0, inner] == pytest.approx(ground[0, inner] - depth_m, abs=1e-9)
    assert heights[1, inner] == pytest.approx(heights[0, inner], abs=1e-9)
    before, behind = slice(0, round(9.9 / STEP_M)), slice(round((length_m + 10.1) / STEP_M), None)
    assert np.array_equal(heights[:, before], ground[:, before])
    assert np.array_equal(heights[:, behind], ground[:, behind])


def test_ruts_blend_in_over_their_fade() -> None:
    """Halfway into the fade the right track is half of each, and both are lower by half of the depth."""
    depth_m, _, ground, heights = rutted(RUTS | {"fade_m": 8.0})
    x_m = np.arange(ground.shape[1]) * STEP_M
    half = np.abs(x_m - 14.0) < 0.15
    assert (heights[0] - ground[0])[half] == pytest.approx(-0.5 * depth_m, abs=0.05 * depth_m)
    mean = 0.5 * (ground[0] + ground[1])
    assert (heights[1] - mean)[half] == pytest.approx(-0.5 * depth_m, abs=0.05 * depth_m + 0.005)


def test_waves_that_the_road_cannot_carry_are_refused() -> None:
    """Below four stations of 5 cm a sine is no sine."""
    with pytest.raises(ValidationError, match=r"at least 0\.2 m, four stations"):
        feature_of({**WASHBOARD, "wavelength_m": (0.1, 0.5)})


def test_ruts_are_under_both_wheels() -> None:
    """They are one line for both: a side is refused."""
    with pytest.raises(ValidationError, match="both"):
        feature_of({**RUTS, "side": "left"})
