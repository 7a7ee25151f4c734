"""A course's plan: legs and rests in their places, one drive, digests, excesses at places of the whole."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from profiles.schema import InputError
from rig.plan import Plan, Wanted, load_plan, refuse_excess
from rig.plan.many import plan_legs
from rig.plan.rows import drive_rows
from tests.plans import campaign_file, stage_file, task_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("courses")


@pytest.fixture(scope="module")
def days(folder: Path) -> Plan:
    return load_plan(Wanted(str(campaign_file(folder))))


def test_legs_follow_each_other_with_their_rests(days: Plan) -> None:
    """Three legs of half a kilometre; the service and the night are before the third, cut to what parts need."""
    assert [leg.start_m for leg in days.legs] == pytest.approx([0.0, 500.0, 1000.0])
    assert [leg.first_segment for leg in days.legs] == [0, 2, 4]
    first, second, third = days.legs
    assert first.rest_samples == second.rest_samples == 0
    assert 30 * 500 <= third.rest_samples < 3600 * 500
    assert second.first_sample == first.plan.samples
    assert third.first_sample == second.first_sample + second.plan.samples + third.rest_samples
    assert days.samples == third.first_sample + third.plan.samples
    assert days.driving_s == pytest.approx(days.duration_s - third.rest_samples / 500.0)


def test_the_second_lap_is_the_same_road_on_warmer_parts(days: Plan) -> None:
    """Same road; the damper starts where it ended. After the night another road, from ambient."""
    first, second, third = (leg.plan for leg in days.legs)
    assert first.survey.sha256 == second.survey.sha256 != third.survey.sha256
    assert first.start_degc is None
    assert second.start_degc == pytest.approx(first.end_degc)
    assert third.start_degc is None
    assert second.drive_sha256 != first.drive_sha256  # warm dampers damp less


def test_blocks_are_one_drive_without_a_gap(days: Plan) -> None:
    """Samples are numbered through, distance never falls, segments and digests are those of the plan."""
    digests = [hashlib.sha256() for _ in days.legs]
    sample, distance_m = 0, 0.0
    for block in days.blocks():
        assert block.first_sample == sample
        sample += len(block.drive)
        assert np.all(np.diff(np.concatenate(([distance_m], block.distance_m))) >= -1e-9)
        distance_m = float(block.distance_m[-1])
        assert block.segment.dtype == np.int16
        for leg, digest in zip(days.legs, digests, strict=True):
            if leg.first_sample <= block.first_sample < leg.first_sample + leg.plan.samples:
                digest.update(np.ascontiguousarray(block.drive).tobytes())
                assert leg.first_segment <= block.segment.min() <= block.segment.max() < leg.first_segment + 2
    assert sample == days.samples
    assert distance_m == pytest.approx(1500.0, abs=0.01)
    assert [digest.hexdigest() for digest in digests] == [leg.plan.drive_sha256 for leg in days.legs]


@pytest.mark.parametrize("leg", [0, 1, 2])
@pytest.mark.parametrize("into", [-3000, -1, 0, 1234], ids="{:+d} samples".format)
def test_a_drive_can_be_begun_anywhere(days: Plan, leg: int, into: int) -> None:
    """In a leg, at its border, in the rest before it: the same bits as from the start; no leg before is computed."""
    first = max(0, days.legs[leg].first_sample + into)
    whole, tail = (np.concatenate([drive_rows(block) for block in days.blocks(at)]) for at in (0, first))
    begins = next(
        one.first_sample - one.rest_samples for one in days.legs if first < one.first_sample + one.plan.samples
    )
    assert begins <= first
    assert np.array_equal(tail, whole[begins:])


def test_segments_cover_the_course(days: Plan) -> None:
    """End to end, with the time that the car takes in each."""
    ends = [part.end_m for part in days.segments]
    assert [part.start_m for part in days.segments] == pytest.approx([0.0, *ends[:-1]])
    assert ends[-1] == pytest.approx(days.distance_m)
    assert sum(part.duration_s for part in days.segments) == pytest.approx(days.driving_s)
    assert [part.label for part in days.segments] == ["reg", "wadi"] * 3


def test_planned_in_two_processes_or_in_one(folder: Path) -> None:
    """Legs after a night go to a process of their own and come to the same drive, in their order."""
    task = task_of(campaign_file(folder, "again"))
    plan = load_plan(Wanted(str(folder / "again.yaml")))
    alone = list(plan_legs([task], lambda _: None))
    assert alone[0][1].drive_sha256 == plan.legs[0].plan.drive_sha256
    assert [leg.plan.leg.day for leg in plan.legs] == ["one", "one", "two"]


def test_another_seed_is_another_drive(folder: Path) -> None:
    """And the same seed the same."""
    stage = str(stage_file(folder, "seeded"))
    found = [load_plan(Wanted(stage, seed=seed)).drive_sha256 for seed in (5, 6, 5)]
    assert found[0] == found[2] != found[1]


def test_only_the_legs_that_are_needed(folder: Path) -> None:
    """Until 0.6 km of a course of three half kilometres takes two legs."""
    campaign = str(campaign_file(folder, "until"))
    assert len(load_plan(Wanted(campaign, until_m=600.0)).legs) == 2


def test_target_must_lie_on_the_course(days: Plan) -> None:
    """A target beyond the end, or of nothing, is refused with what is allowed."""
    assert days.until(700.0) == 700.0
    for wrong in (1501.0, 0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match=r"--until-km: found .*allowed: 0.001 to 1.5 km"):
            days.until(wrong)


def test_excess_is_refused_with_place_and_way_out(folder: Path, tmp_path: Path) -> None:
    """Where, by how much, what is allowed, and how to slow or clip."""
    weak = tmp_path / "weak_rig.yaml"
    library = Path(__file__).parents[2] / "rig" / "library" / "rigs" / "one_corner.yaml"
    weak.write_text(library.read_text().replace("acceleration_per_s2: 250.0", "acceleration_per_s2: 90.0"))
    wanted = Wanted(str(stage_file(folder, "harsh")), rig=str(weak))
    with pytest.raises(InputError) as told:
        refuse_excess(load_plan(wanted))
    text = str(told.value)
    assert "pan_displacement_m: found acceleration" in text
    assert "up to 90 on rig one_corner" in text
    assert "--over-envelope slow" in text


def test_inside_is_not_refused(days: Plan) -> None:
    """Nothing is raised where nothing is outside."""
    assert not days.excesses
    refuse_excess(days)
