"""Every file that ships is checked; short terrains are planned and run, long stages and campaigns laid out."""

import json
from pathlib import Path

import pytest

from profiles.catalogue import names
from profiles.course.course import load_course
from profiles.course.roadbook import FOLDER as ROADBOOKS
from rig.kinds import KINDS, load_any
from rig.plan import Wanted, load_plan
from tests.commands import RIG_FILE, rig

FILES = [kind.folder / f"{name}.yaml" for kind in KINDS for name in names(kind.folder)]
LIBRARIES = {kind.folder.parent for kind in KINDS}
FOLDER_OF = {kind.word: kind.folder for kind in KINDS}


def test_every_file_is_good() -> None:
    """``rig check`` on the whole library: exit 0, a line for each file."""
    done = rig("check", *map(str, FILES))
    assert done.code == 0, done.err
    assert done.out.count(": good ") == len(FILES) >= 34


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_file_is_what_its_folder_says_and_bears_its_name(path: Path) -> None:
    """Its kind is that of its folder, with what it names; nothing lies in the library that no kind knows."""
    model = load_any(path)
    (kind,) = (kind for kind in KINDS if kind.folder == path.parent and isinstance(model, kind.model))
    assert getattr(model, "kind", kind.word) == kind.word
    assert getattr(model, "name", path.stem) == path.stem


def test_no_file_lies_where_no_kind_looks() -> None:
    """Every YAML file under a library folder is one of those that are checked."""
    found = {path for folder in LIBRARIES for path in folder.rglob("*.yaml")}
    assert found == set(FILES)


def test_the_list_names_every_file() -> None:
    """``rig list`` shows each name."""
    done = rig("list")
    assert done.code == 0
    assert [path.stem for path in FILES if path.stem not in done.out] == []


@pytest.mark.parametrize("terrain", names(FOLDER_OF["terrain"]))
@pytest.mark.parametrize("vehicle", names(FOLDER_OF["vehicle"]))
@pytest.mark.parametrize("rig_name", names(FOLDER_OF["rig"]))
def test_every_terrain_fits_every_rig(terrain: str, vehicle: str, rig_name: str) -> None:
    """The drive is inside the envelope, covers the road, and its segments add up."""
    plan = load_plan(Wanted(terrain, vehicle, rig=rig_name))
    assert plan.excesses == ()
    assert not any(plan.clipped.values())
    assert sum(segment.end_m - segment.start_m for segment in plan.segments) == pytest.approx(plan.distance_m)
    assert sum(segment.duration_s for segment in plan.segments) == pytest.approx(plan.driving_s)


COURSES = {name: name for word in ("terrain", "stage", "campaign") for name in names(FOLDER_OF[word])}
COURSES |= {path.stem: str(path) for path in ROADBOOKS.glob("*.gpx")}
LENGTHS_KM = {
    "dune_loop": 2.0, "belgian_block": 0.4011, "health_block": 1.1389, "dune_loop_20km": 20.0, "mixed_80": 80.0,
    "long_stage_250": 250.0, "desert_day_350": 350.0, "sandy_stage": 300.0, "stony_stage": 300.0,
    "back_to_back": 1050.0, "morocco_ladder": 1580.0, "dakar_2026": 4826.0, "openrally_example": 70.0,
}  # fmt: skip
"""As the descriptions of the files say, and the sum of the table that they follow."""


@pytest.mark.parametrize("course", COURSES)
def test_every_course_is_as_long_as_it_says(course: str) -> None:
    """Laid out from end to end, without a gap; what it is made from is there."""
    found = load_course(COURSES[course])
    assert found.length_m == pytest.approx(1000.0 * LENGTHS_KM[course])
    for leg in found.legs:
        stretches = leg.route.stretches
        assert sum(stretch.segment.length_m for stretch in stretches) == pytest.approx(leg.route.length_m)
        assert leg.route.length_m == pytest.approx(stretches[-1].end_m)
    assert all(path.is_file() for path in found.inputs)


def test_the_fan_loop_closes_over_visa(tmp_path: Path) -> None:
    """With a target below the damper's temperature the voltage rises; what the supply reads back is in the record."""
    file = tmp_path / "cool.yaml"
    text = (
        RIG_FILE.read_text()
        .replace("target_degc: 70.0", "target_degc: 18.0")
        .replace("gain_v_per_k: 0.5", "gain_v_per_k: 4.0")
    )
    file.write_text(text)
    words = ("run", "dune_loop", "--rig", str(file), "--until-km", "0.05", "--runs", str(tmp_path), "--json")
    done = rig(*words)
    assert done.code == 0, done.err
    run_dir = Path(done.verdict["run"])
    readings = [json.loads(line) for line in (run_dir / "slow.jsonl").read_text().splitlines()]
    assert readings[-1]["fan_voltage_v"] > 5.0
    assert readings[-1]["damper_temperature_degc"] > 18.0
    events = (run_dir / "events.jsonl").read_text()
    assert "waveform_switched" in events
    assert "instrument_fault" not in events
