"""Strict YAML: every fault of a file at once, each with its line, what was found and what is allowed."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from profiles.road.terrain import Terrain
from profiles.schema import ExistingFile, InputError, Strict, load, one_of_kinds


class Sheet(Strict):
    """A small model with one of each."""

    name: str = "sheet"
    stroke_m: Annotated[float, Field(gt=0, le=1)] = 0.5
    count: int = 1
    wanted: bool = False
    kind: Literal["sheet"] = "sheet"
    parts: tuple[str, ...] = ()
    data: ExistingFile | None = None


def write(folder: Path, text: str) -> Path:
    path = folder / "sheet.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str, model: type[Strict] = Sheet) -> dict[str, tuple[int, str, str]]:
    """The faults of a text, by key: line, found, allowed."""
    with pytest.raises(InputError) as caught:
        load(write(folder, text), model)
    return {fault.key: (fault.line, fault.found, fault.allowed) for fault in caught.value.faults}


EIGHT_FAULTS = """\
kind: terrain
name: planted
description: eight faults
seed: 1
repeets: 2
segments:
  - label: one
    surface: dunes
    soil: dry_sand
    soil: rock
    length: 100.0
    roughness: {g0_m3: 1e3}
  - label: two
    surface: dunes
    soil: dry_sand
    length_m: .nan
    grade_pct: 75
    speed_cap_mps: fast
    roughness: {iso_class: C}
  - label: three
    surface: paved
    soil: paved
    road_file: nowhere.crg
"""


def test_eight_planted_faults_are_all_reported_at_once_with_their_lines(tmp_path: Path) -> None:
    """Eight different faults in one file give eight faults, none more, each on its line and saying what is allowed."""
    found = faults(tmp_path, EIGHT_FAULTS, Terrain)
    assert {key: line for key, (line, _, _) in found.items()} == {
        "repeets": 5,
        "segments.0.soil": 10,
        "segments.0.length": 11,
        "segments.0.roughness.g0_m3": 12,
        "segments.1.length_m": 16,
        "segments.1.grade_pct": 17,
        "segments.1.speed_cap_mps": 18,
        "segments.2.road_file": 23,
    }
    assert found["repeets"][1] == "an unknown key"
    assert "'repeats'" in found["repeets"][2]
    assert found["segments.0.soil"][1] == "a duplicate key (first on line 9)"
    assert found["segments.0.length"][2] == "length_m (the unit is part of the name)"
    assert found["segments.0.roughness.g0_m3"][1:] == ("'1e3', which YAML reads as text", "a number such as 1000.0")
    assert found["segments.1.length_m"][1:] == ("'.nan', which is not a number", "a finite number")
    assert found["segments.1.grade_pct"][1:] == ("'75'", "at most 60.0")
    assert found["segments.1.speed_cap_mps"][1:] == ("'fast'", "a number")
    assert found["segments.2.road_file"][1] == "'nowhere.crg'"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("wanted: on", "wanted"),
        ("wanted: yes", "wanted"),
        ("count: 012", "count"),
        ("count: 12:30:00", "count"),
        ("count: 0x1F", "count"),
        ("count: 1_000", "count"),
        ("count: 2.0", "count"),
        ("count: '2'", "count"),
        ("count: true", "count"),
        ("stroke_m: 1e3", "stroke_m"),
        ("stroke_m: .inf", "stroke_m"),
        ("stroke_m: nan", "stroke_m"),
        ("stroke_m: 1.0e+999", "stroke_m"),
        ("stroke_m: 0", "stroke_m"),
        ("stroke_m: 1.0001", "stroke_m"),
        ("stroke_m:", "stroke_m"),
        ("name: 12", "name"),
        ("parts: {a: 1}", "parts"),
        ("parts: hello", "parts"),
        ("data: 'no\\0where'", "data"),
        ("data: " + 5000 * "x", "data"),
        ("data: .", "data"),
    ],
)
def test_a_value_that_yaml_or_python_would_bend_is_a_fault(tmp_path: Path, text: str, key: str) -> None:
    """What would silently become another value, and what is out of bounds, is one fault at its key."""
    assert list(faults(tmp_path, f"kind: sheet\n{text}\n")) == [key]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "[1, 2]",
        "a: [1",
        "a: b: c",
        "a: &x 1\nb: *x",
        "a: &x [*x]",
        "? [a, b]\n: 1",
        "--- \na: 1\n--- \nb: 2",
        "!!python/object/apply:os.getcwd []",
        3000 * "[",
        "count: " + 5000 * "9",
        "\tname: x",
        "name: \x07",
    ],
)
def test_text_that_is_no_plain_yaml_mapping_is_an_input_error(tmp_path: Path, text: str) -> None:
    """Nothing that a person can write into a file raises anything but InputError."""
    with pytest.raises(InputError):
        load(write(tmp_path, text), Sheet)


def test_a_file_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text are named without a line."""
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.yaml", tmp_path, tmp_path / "bytes.yaml"):
        with pytest.raises(InputError) as caught:
            load(path, Sheet)
        assert [fault.line for fault in caught.value.faults] == [0]
        assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_key_is_reported_even_beside_a_faulty_one(tmp_path: Path) -> None:
    """A fault in a neighbour does not hide that a key is missing."""
    found = faults(tmp_path, "kind: terrain\nname: x\nseed: .nan\nsegments: []\n", Terrain)
    assert set(found) == {"description", "seed", "segments"}
    assert found["segments"][2] == "a list of at least 1"


def test_a_good_file_gives_frozen_values(tmp_path: Path) -> None:
    """Good values arrive as written, a path arrives resolved, and the model cannot be changed."""
    (tmp_path / "road.crg").touch()
    sheet = load(write(tmp_path, "stroke_m: 1\ncount: 3\nwanted: true\nparts: [a]\ndata: ./road.crg\n"), Sheet)
    assert (sheet.stroke_m, sheet.count, sheet.wanted, sheet.parts) == (1.0, 3, True, ("a",))
    assert sheet.data == str(tmp_path / "road.crg")
    with pytest.raises(ValueError, match="frozen"):
        sheet.count = 4  # type: ignore[misc]


def test_the_kind_of_a_file_chooses_its_model(tmp_path: Path) -> None:
    """A file is read as what its kind says; an unknown or missing kind names the ones there are."""
    assert isinstance(one_of_kinds(write(tmp_path, "kind: sheet"), {"sheet": Sheet, "terrain": Terrain}), Sheet)
    for text in ("kind: shet", "name: x", "kind: [sheet]", "words"):
        with pytest.raises(InputError, match="one of sheet, terrain"):
            one_of_kinds(write(tmp_path, text), {"sheet": Sheet, "terrain": Terrain})
