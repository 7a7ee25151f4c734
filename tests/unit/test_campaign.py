"""Campaign files: days of stages as legs, with their nights and services, and what a campaign may not say."""

from pathlib import Path

import pytest

from profiles.course.campaign import Campaign
from profiles.course.course import Course, check_campaign, load_course
from profiles.road.terrain import MOST_SEGMENTS
from profiles.schema import InputError, load
from tests.plans import stage_file

HEAD = "kind: campaign\nname: c\ndescription: for a test\ndays:\n"
MIX = "  - mix: {distance_km: 10.0, segment_km: [0.5, 1.0], shares: {reg: 0.75, wadi: 0.25}}\n"
THREE_DAYS = """\
  - label: one
    ambient_degc: 35.0
    service_min: 20.0
    stages:
      - {stage: short.yaml, repeats: 3, name: morning}
      - {stage: mixed.yaml, distance_km: 4.0}
  - {label: two, ambient_degc: 20.0, soak_h: 10.0, stages: [{stage: mixed.yaml}], service_min: 5.0}
  - {label: three, ambient_degc: -5, stages: [{stage: short.yaml, seed: 9}], service_min: 30.0}
"""


def write(folder: Path, days: str = THREE_DAYS, more: str = "") -> Path:
    stage_file(folder)
    stage_file(folder, "mixed", MIX)
    path = folder / "c.yaml"
    path.write_text(HEAD + days + more, encoding="utf-8")
    return path


def one_day(entry: str) -> str:
    return f"  - label: one\n    ambient_degc: 20\n    stages:\n      - {entry}\n"


def course(folder: Path, days: str = THREE_DAYS, seed: int | None = None) -> Course:
    return load_course(str(write(folder, days)), seed)


def told(folder: Path, days: str) -> str:
    path = write(folder, days)
    with pytest.raises(InputError) as caught:
        check_campaign(path, load(path, Campaign))
    return str(caught.value)


def test_days_become_legs_in_their_order(tmp_path: Path) -> None:
    """Repeats are legs of their own, named by their number; each leg has the day's label and air."""
    legs = course(tmp_path).legs
    laps = ["morning (1 of 3)", "morning (2 of 3)", "morning (3 of 3)"]
    assert [leg.name for leg in legs] == [*laps, "mixed", "mixed", "short"]
    assert [leg.day for leg in legs] == ["one", "one", "one", "one", "two", "three"]
    assert [leg.ambient_degc for leg in legs] == [35.0] * 4 + [20.0, -5.0]
    assert [leg.route.length_m for leg in legs] == pytest.approx([500.0] * 3 + [4000.0, 10_000.0, 500.0])


def test_nights_and_services_come_before_the_first_leg_of_the_next_day(tmp_path: Path) -> None:
    """A service after a day is rest before the next one; after the last day there is nothing to rest for."""
    legs = course(tmp_path).legs
    assert [leg.soak_h for leg in legs] == [0.0, 0.0, 0.0, 0.0, 10.0, 0.0]
    assert [leg.service_min for leg in legs] == [0.0, 0.0, 0.0, 0.0, 20.0, 5.0]


def test_a_night_before_the_first_day_is_kept(tmp_path: Path) -> None:
    """Whoever plans decides what it is worth; of two stages only the first has it."""
    days = "  - {label: a, ambient_degc: 20, soak_h: 2, stages: [{stage: short.yaml}, {stage: short.yaml}]}\n"
    assert [leg.soak_h for leg in course(tmp_path, days).legs] == [2.0, 0.0]


def test_only_the_first_leg_of_a_day_has_rest_before_it(tmp_path: Path) -> None:
    """Not the second stage, nor a second lap."""
    days = (
        "  - {label: a, ambient_degc: 20, stages: [{stage: short.yaml}], service_min: 20}\n"
        "  - {label: b, ambient_degc: 20, soak_h: 9, stages: [{stage: short.yaml, repeats: 2}, {stage: mixed.yaml}]}\n"
    )
    legs = course(tmp_path, days).legs
    assert [(leg.soak_h, leg.service_min) for leg in legs] == [(0.0, 0.0), (9.0, 20.0), (0.0, 0.0), (0.0, 0.0)]


def test_repeats_are_the_same_road_and_another_seed_another(tmp_path: Path) -> None:
    """Three laps have one route; the stage with a seed of its own has other random numbers."""
    first, second, third, short, whole, seeded = (leg.route for leg in course(tmp_path).legs)
    assert first.stretches == second.stretches == third.stretches
    assert {stretch.seed for stretch in first.stretches} == {3}
    assert {stretch.seed for stretch in seeded.stretches} == {9}
    assert [stretch.segment.label for stretch in first.stretches] == [s.segment.label for s in seeded.stretches]
    assert len(short.stretches) < len(whole.stretches)


def test_a_seed_for_the_whole_campaign_gives_every_stage_another_road(tmp_path: Path) -> None:
    """The same for the same seed; stages with seeds of their own still differ from each other."""
    own, one, again, two = (course(tmp_path, seed=seed) for seed in (None, 100, 100, 101))
    seeds = [[leg.route.stretches[0].seed for leg in found.legs] for found in (own, one, two)]
    assert seeds == [[3, 3, 3, 3, 3, 9], [100] * 5 + [109], [101] * 5 + [110]]
    assert [leg.route.stretches for leg in one.legs] == [leg.route.stretches for leg in again.legs]
    assert (own.seed, one.seed) == (0, 100)
    assert course(tmp_path, seed=2**63 - 1).legs[-1].route.stretches[0].seed == 8  # begins again at 0


def test_a_shorter_mix_has_the_same_shares(tmp_path: Path) -> None:
    """3 km of reg and 1 km of wadi."""
    route = course(tmp_path).legs[3].route
    assert sum(s.segment.length_m for s in route.stretches if s.segment.label == "reg") == pytest.approx(3000.0)


def test_all_files_are_inputs_once(tmp_path: Path) -> None:
    """The campaign, its stages, their surfaces."""
    names = [path.name for path in course(tmp_path).inputs]
    assert names == ["c.yaml", "short.yaml", "reg.yaml", "wadi.yaml", "mixed.yaml"]


def test_the_style_is_that_of_the_campaign(tmp_path: Path) -> None:
    """A name of the library, or a file beside the campaign."""
    library = Path(__file__).parents[2] / "profiles" / "library" / "drivers" / "attack.yaml"
    (tmp_path / "mine.yaml").write_text(library.read_text())
    assert load_course(str(write(tmp_path))).style is None
    assert load_course(str(write(tmp_path, more="style: attack\n"))).style == "attack"
    assert load_course(str(write(tmp_path, more="style: mine.yaml\n"))).style == str(tmp_path / "mine.yaml")


WRONG = {
    "a distance for parts": (
        one_day("{stage: short.yaml, distance_km: 2}"),
        "c.yaml:8: days.0.stages.0.distance_km: found '2'; allowed: none, as short is not one mix",
    ),
    "too short for its shares": (
        one_day("{stage: mixed.yaml, distance_km: 0.1}").replace("mixed", "thin"),
        "c.yaml:8: days.0.stages.0.distance_km: found '0.1'; allowed: a distance_km of at least 0.2, 20 m for",
    ),
    "a place beyond the end": (
        one_day("{stage: far.yaml, distance_km: 2}"),
        "far.yaml:7: stops.0.at_km: found '9'; allowed: at most 2, its length in ",
    ),
    "unknown stage": (
        one_day("{stage: mixed80}"),
        "8: days.0.stages.0.stage: found 'mixed80'; allowed: did you mean 'mixed_80'?",
    ),
    "no such file": (one_day("{stage: no.yaml}"), "8: days.0.stages.0.stage: found 'no.yaml'; allowed: a stage file"),
    "a bare name": (one_day("short.yaml"), "8: days.0.stages.0: found 'short.yaml'; allowed: a mapping"),
    "no repeats": (
        one_day("{stage: short.yaml, repeats: 0}"),
        "8: days.0.stages.0.repeats: found '0'; allowed: at least 1",
    ),
    "no days": ("  []\n", "4: days: found a list; allowed: a list of at least 1"),
    "no stages": (
        "  - {label: a, ambient_degc: 1, stages: []}\n",
        "5: days.0.stages: found a list; allowed: a list of at least 1",
    ),
    "no air": (
        "  - {label: a, stages: [{stage: mixed_80}]}\n",
        "5: days.0.ambient_degc: found nothing; allowed: the key 'ambient_degc'",
    ),
    "too hot": (
        "  - {label: a, ambient_degc: 61, stages: [{stage: mixed_80}]}\n",
        "5: days.0.ambient_degc: found '61'; allowed: at most 60",
    ),
    "a night without unit": (
        "  - {label: a, ambient_degc: 1, soak: 3, stages: [{stage: mixed_80}]}\n",
        "5: days.0.soak: found an unknown key; allowed: soak_h (the unit is part of the name)",
    ),
    "a service of a month": (
        "  - {label: a, ambient_degc: 1, service_min: 43200, stages: [{stage: mixed_80}]}\n",
        "5: days.0.service_min: found '43200'; allowed: at most 600",
    ),
    "too many segments": (
        one_day("{stage: mixed_80, repeats: 1000}"),
        f"c.yaml:8: days.0.stages.0: found a mapping; allowed: at most {MOST_SEGMENTS} segments in the whole campaign",
    ),
    "no such style": (one_day("{stage: mixed_80}") + "style: slow\n", "9: style: found 'slow'; allowed: the library"),
    "a terrain as stage": (one_day("{stage: loop.yaml}"), "loop.yaml:1: kind: found 'terrain'; allowed: 'stage'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_campaign_file_may_not_say(tmp_path: Path, case: str) -> None:
    """Each fault with file, line, key, what was found and what is allowed."""
    stage_file(tmp_path, "far", MIX, "stops: [{at_km: 9, duration_s: 1}]\n")
    stage_file(tmp_path, "thin", MIX.replace("0.75", "0.9").replace("0.25", "0.1"))
    (tmp_path / "loop.yaml").write_text("kind: terrain\n")
    days, words = WRONG[case]
    assert words in told(tmp_path, days)
