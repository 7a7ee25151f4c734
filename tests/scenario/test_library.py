"""Every file that ships is checked, planned and run."""

import json
from pathlib import Path

import pytest

from profiles.catalogue import names
from rig.kinds import KINDS
from rig.life.specimens import load_specimens
from rig.plan import load_plan
from tests.commands import RIG_FILE, rig

FILES = [kind.folder / f"{name}.yaml" for kind in KINDS for name in names(kind.folder)]
FOLDER_OF = {kind.word: kind.folder for kind in KINDS}


def test_every_file_is_good() -> None:
    """``rig check`` on the whole library: exit 0, a line for each file."""
    done = rig("check", *map(str, FILES))
    assert done.code == 0, done.err
    assert done.out.count(": good ") == len(FILES) >= 11


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
    plan = load_plan(terrain, vehicle, rig_name, None)
    assert plan.excesses == ()
    assert sum(segment.end_m - segment.start_m for segment in plan.segments) == pytest.approx(plan.distance_m)
    assert sum(segment.duration_s for segment in plan.segments) == pytest.approx(plan.duration_s)


@pytest.mark.parametrize("terrain", names(FOLDER_OF["terrain"]))
def test_every_terrain_runs(terrain: str, tmp_path: Path) -> None:
    """The first metres of each, over the wire."""
    done = rig("run", terrain, "--until-km", "0.02", "--runs", str(tmp_path), "--json")
    assert done.code == 0, done.err


@pytest.mark.parametrize("specimens", names(FOLDER_OF["specimens"]))
def test_every_specimens_file_can_be_mounted(specimens: str, tmp_path: Path) -> None:
    """Weak parts do not break in the first metres; the verdicts carry the serial numbers of the file."""
    done = rig("run", "dune_loop", "--specimens", specimens, "--until-km", "0.01", "--runs", str(tmp_path), "--json")
    assert done.code == 0, done.err
    serials = [part.serial for part in load_specimens(specimens).specimens]
    assert [verdict["serial"] for verdict in done.verdict["verdicts"]] == serials


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
