"""The demonstration of detection: it plays what the loop plays, and its figures are those of statistics."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from profiles.schema import InputError
from rig.visa.stations import DAMPER, STRAINS, TEMPERATURES
from simulators.corner import kernels
from simulators.corner.specimens import fails_young
from simulators.instruments.cabling import THERMOCOUPLE_NOISE_K
from simulators.settings import CornerSettings
from tests.detection.block_log import folder_of
from tests.detection.campaign import jobs_of
from tests.detection.courses import Course, courses
from tests.detection.curves import read_curves, write_curves
from tests.detection.figures import Case, cases_of, confusion, false_alarms, most_per_run, report, share
from tests.detection.lives import Curve, Life, lives
from tests.detection.modes import TRUE_MODES, mounted
from tests.detection.playing import Bench, Player, corner
from tests.detection.results import Settings, add_result, open_results
from tests.detection.trial import Result, Said, healthy_run, trial
from tests.loop_bench import RIG, device_of, run_on, same, waves

LEAK, SPRING, MOUNT, ROD, SHAFT, JOINT, BEARING = TRUE_MODES
DONE = Result(0, 0, "damper", "leak", False, 10.0, 5000, 0, "judge", 10.5, 0.9, 1.05, 1.0, ())


def said(component: str, severity: str, mode: str, sample: int = 5000, true_damage: float = 0.8) -> Said:
    """A finding at 8 km."""
    return Said(component, severity, mode, sample, 8.0, 8.0, 0.5, true_damage)


def result_of(*findings: Said, **others: Any) -> Result:
    """The usual result with these findings."""
    return msgspec.structs.replace(DONE, said=findings, **others)


def test_it_plays_what_the_loop_plays() -> None:
    """Law, clamp, limits and plant in turns give the rows of the real loop on a device in this process, bit for bit."""
    drive = waves(1024, np.random.default_rng(3))
    with device_of(RIG, real_plant=True, seed=5) as device:
        expected = run_on(RIG, device, drive, 8, {}).rows
    bench = Bench(RIG, (), 20.0, 5)
    with corner(bench) as (plant, wires):
        rows = np.concatenate([piece.copy() for piece in Player(bench, plant, wires, drive).pieces()])
    assert len(expected) >= 1024
    assert same(expected[:1024], rows[:1024])


def test_slow_readings_are_those_of_the_instrument() -> None:
    """Once in 500 samples, at the end of a turn; every name that a run has, with the unit's own noise."""
    bench, drive = Bench(RIG, mounted(), 31.0, 5), waves(1024, np.random.default_rng(3))
    with corner(bench) as (plant, wires):
        player = Player(bench, plant, wires, drive)
        readings = [reading for _ in player.pieces() for reading in player.readings]
    assert [reading.sample for reading in readings[:2]] == [503, 999]
    assert set(readings[0].values) == {DAMPER, *TEMPERATURES.values(), *STRAINS.values()}
    for number, reading in enumerate(readings):
        noise_k = random.Random(f"5/104/{number}").gauss(0.0, THERMOCOUPLE_NOISE_K)
        assert reading.values["ambient_temperature_degc"] == pytest.approx(31.0 + noise_k, abs=1e-6)


def test_weak_parts_are_played_to_their_end() -> None:
    """On 1.2 km of a planned stage: healthy parts pass, a weak shaft and a weak rod break, and are found at once."""
    course = Course(0, "stony_stage", "stage_pace", 5, 20.0, 1.2)
    healthy, curves = healthy_run(course, 1, "rod_fracture")
    assert (healthy.ended, healthy.said) == ("course", ())
    assert healthy.distance_km == pytest.approx(1.2, abs=0.01)
    for true in (SHAFT, ROD):
        life = Life(1, 0, true, "W-1", 0.8, False, 7)
        result = trial(course, life, curves[true.component])
        case = Case(result, true)
        assert (result.ended, case.right, result.broke_within) == ("judge", True, 0)
        assert result.life_km == pytest.approx(0.8, abs=0.02)
        assert case.off_samples is not None
        assert abs(case.off_samples) <= (0 if true == SHAFT else 25)


def test_a_specimen_depends_on_seed_mode_and_number_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """More specimens, or another mode before it, leave one as it is; a few die young."""
    few, many = lives(3, 5, 4, 45.0), lives(3, 40, 4, 45.0)
    assert many[: len(few)] == few
    assert lives(4, 5, 4, 45.0) != few
    for true in TRUE_MODES:
        ours = [life for life in many if life.true == true]
        assert (len(ours), sum(life.young for life in ours)) == (40, 2)
        assert {life.course for life in ours} == {0, 1, 2, 3}
    monkeypatch.setattr("tests.detection.lives.TRUE_MODES", (JOINT, LEAK))
    assert [life for life in lives(3, 5, 4, 45.0) if life.true == LEAK] == [life for life in few if life.true == LEAK]


def test_a_specimen_breaks_where_it_was_drawn() -> None:
    """Also one whose serial number the simulator would let fail young."""
    serial = next(name for name in (f"W-{number}" for number in range(1000)) if fails_young("half_shaft", name))
    curve = Curve(np.array([0.0, 10.0]), np.array([0.0, 1e-3]))
    life = Life(0, 0, SHAFT, serial, 5.0, False, 1)
    assert life.truth(curve).failing_damage == pytest.approx(5e-4)


def test_a_part_comes_on_the_bench_with_its_silent_share_behind_it() -> None:
    """The bearing's friction is a new one's then, what is played is the rest; another part's is no share of a life."""
    curve = Curve(np.array([0.0, 10.0]), np.array([0.0, 1e-3]))
    truth = Life(0, 0, BEARING, "B-1", 5.0, False, 1).truth(curve)
    assert truth.failing_damage * (1.0 - BEARING.behind) == pytest.approx(5e-4)
    used = {"hub_bearing": BEARING.behind}
    with corner(Bench(RIG, mounted(truth), 20.0, 5, used)) as (plant, _):
        damage = plant.damage()
        assert damage.pop("hub_bearing") == pytest.approx(0.75)
        assert set(damage.values()) == {0.0}
        assert kernels._drag_nm(plant._corner[0], plant._parts) == CornerSettings().hub_drag_nm
    with pytest.raises(ValueError, match="silent until"):
        replace(BEARING, behind=0.81)


def test_bounds_are_exact() -> None:
    """Clopper and Pearson of 39 in 40 by R's binom.test; none in 2,500 km is at most 5.99 in 5,000 km (2 ln 20)."""
    assert share(39, 40) == "39/40, 97.5 % (86.8 to 99.9)"
    assert share(0, 0) == "-"
    assert most_per_run(0, 2500.0) == pytest.approx(2.0 * np.log(20.0))
    assert most_per_run(1, 5000.0) == pytest.approx(4.7439, abs=1e-4)


@pytest.mark.parametrize(
    ("findings", "warned", "right"),
    [
        ((said("damper", "warning", "leak"), said("damper", "failure", "leak", true_damage=1.05)), True, True),
        ((said("damper", "failure", "leak", true_damage=0.99),), True, True),
        ((said("damper", "failure", "leak", true_damage=1.01),), False, True),
        ((said("coil_spring", "warning", "crack"), said("damper", "failure", "rod_fracture")), True, False),
        ((said("coil_spring", "failure", "crack"),), False, False),
    ],
)
def test_what_counts_as_warned_and_as_right(findings: tuple[Said, ...], warned: bool, right: bool) -> None:
    """Only findings that blame the specimen, and before its true end; the failure's name must be right too."""
    case = Case(result_of(*findings), LEAK)
    assert (case.warned, case.right) == (warned, right)


def test_breaks_are_measured_in_samples() -> None:
    """Only a break that is called one has a sample; a crack that is found before has none."""
    broken = {"component": "coil_spring", "mode": "fracture"}
    found = Case(result_of(said("coil_spring", "failure", "fracture", 5003), **broken), SPRING)
    cracked = Case(result_of(said("coil_spring", "failure", "crack", 4000), **broken, broke_at=-1), SPRING)
    assert (found.off_samples, cracked.off_samples) == (3, None)
    assert found.off_m == pytest.approx(-2000.0)


def test_the_matrix_counts_each_run_once() -> None:
    """By what was called, with what the judge missed, what a limit stopped, and the healthy."""
    results = [
        result_of(said("damper", "warning", "leak"), said("damper", "failure", "leak")),
        result_of(said("rig", "failure", "force_path")),
        result_of(ended="missed"),
        result_of(ended="course"),
        result_of(ended="course", broke_at=-1),
        result_of(ended="strut_force_n upper: trip"),
        result_of(component="", mode="leak", ended="course"),
        result_of(said("top_mount", "failure", "softening"), component="", mode="leak"),
    ]
    lines = {
        line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:-1]]
        for line in confusion(results).splitlines()
    }
    heads = lines["true \\ called"]
    leak, healthy = dict(zip(heads, lines["damper leak"], strict=True)), dict(zip(heads, lines["healthy"], strict=True))
    one = {"damper leak": "1", "rig force_path": "1", "missed": "1", "a limit stopped the rig": "1"}
    one |= {"not before the course's end": "1", "not over yet": "1"}
    assert {name: count for name, count in leak.items() if count != "."} == one
    assert {name: count for name, count in healthy.items() if count != "."} == {
        "no failure": "1",
        "top_mount softening": "1",
    }
    assert [case.called for case in cases_of(results)][2] == "missed"


def test_false_alarms_are_those_of_parts_that_have_nothing() -> None:
    """A warning of another part and a failure of a healthy one, with the kilometres they came in."""
    results = [
        result_of(said("damper", "warning", "leak"), said("top_mount", "warning", "softening")),
        result_of(said("coil_spring", "failure", "crack"), component="", mode="leak", distance_km=100.0),
    ]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in false_alarms(results).splitlines()[2:]]
    assert rows[0][1:4] == ["1", "100", "1"]
    assert rows[1][2:6:3] == ["10", "1"]
    assert "Not warned: none." in report(results)


def test_results_go_on_where_they_stopped(tmp_path: Path) -> None:
    """What was written is read again, but for a line that was cut off; other settings are refused by name."""
    path, settings = tmp_path / "results.jsonl", Settings("by mode", 1, 12, 45.0)
    assert open_results(path, settings) == []
    add_result(path, DONE)
    with path.open("ab") as file:
        file.write(b'{"number": 2')
    assert open_results(path, settings) == [DONE]
    add_result(path, result_of(number=2))
    assert open_results(path, settings) == [DONE, result_of(number=2)]
    with pytest.raises(InputError, match="another --out"):
        open_results(path, Settings("by mode", 2, 12, 45.0))
    for first in ("kind: rig", '{"seed":1,"courses":12,"length_km":45.0}'):  # the latter numbers specimens otherwise
        (tmp_path / "other").write_text(f"{first}\n")
        with pytest.raises(InputError, match="a file that this command wrote"):
            open_results(tmp_path / "other", settings)


def test_healthy_kilometres_have_roads_of_their_own(tmp_path: Path) -> None:
    """Whole courses that no specimen drives, one pass each, by both laws of the damper; what was driven is left out."""
    out, settings = tmp_path / "results.jsonl", Settings("by mode", 1, 2, 40.0)
    jobs = jobs_of(settings, 0, (), [], out, healthy_km=90.0)
    assert [(job.lives, job.laws) for job in jobs] == [((), ("leak",)), ((), ("rod_fracture",)), ((), ("leak",))]
    roads = {(job.course.seed, job.course.ambient_degc) for job in jobs}
    assert len(roads | {(each.seed, each.ambient_degc) for each in courses(1, 100, 40.0)}) == 103
    one = jobs[1].course
    driven = result_of(component="", mode="rod_fracture", course=one.number, number=-1)
    assert [job.course.number for job in jobs_of(settings, 0, (), [driven], out, healthy_km=90.0)] == [
        jobs[0].course.number,
        jobs[2].course.number,
    ]
    assert jobs_of(settings, 0, (), [], out) == []


def test_what_was_played_is_not_played_again(tmp_path: Path) -> None:
    """Specimens by mode and number, healthy passes by course and law."""
    out, settings = tmp_path / "results.jsonl", Settings("by mode", 1, 2, 40.0)
    before = [
        result_of(component="cv_joint", mode="backlash", number=1, course=1),
        result_of(component="", mode="leak", number=-1, course=0),
    ]
    first, second = sorted(jobs_of(settings, 2, (), before, out), key=lambda job: job.course.number)
    assert (first.laws, second.laws) == (("rod_fracture",), ("leak", "rod_fracture"))
    assert {life.true for life in first.lives} == set(TRUE_MODES)
    assert {life.true for life in second.lives} == set(TRUE_MODES) - {JOINT}
    (only,) = [job for job in jobs_of(settings, 2, ["cv_joint backlash"], before, out) if job.lives]
    assert [life.which for life in only.lives] == [("cv_joint", "backlash", 0)]


def test_a_course_is_not_driven_again_for_its_curves(tmp_path: Path) -> None:
    """What it does to each part is kept; a file that was cut off is as good as none."""
    out, course = tmp_path / "results.jsonl", Course(3, "stony_stage", "careful", 5, 20.0, 10.0)
    assert read_curves(out, course, "leak") is None
    curve = Curve(np.array([0.0, 10.0]), np.array([0.0, 1e-3]))
    write_curves(out, course, "leak", {"damper": curve})
    found = read_curves(out, course, "leak")
    assert found is not None
    assert found["damper"].at(5.0) == pytest.approx(5e-4)
    (path,) = folder_of(out).iterdir()
    path.write_bytes(path.read_bytes()[:100])
    assert read_curves(out, course, "leak") is None
