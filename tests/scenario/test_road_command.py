"""``rig road`` as people type it: terrains, library names, measured roads; screen, JSON, page; and what is refused."""

import json
import re
from pathlib import Path

import pytest

from tests.commands import ROOT, refused, typed
from tests.page_data import data_of

LIBRARY = ROOT / "profiles" / "library"
CRG = LIBRARY / "roads" / "belgian_block.crg"
CAR = LIBRARY / "vehicles" / "d7xr.yaml"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run where their files are, so that messages name files as people do."""
    monkeypatch.chdir(tmp_path)


def good(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What ``rig road`` says on standard output; it must be content."""
    done = typed(capsys, monkeypatch, "road", *words)
    assert done.code == 0, done.err
    assert done.err == ""
    return done.out


def table_row(out: str, title: str, first: str) -> list[str]:
    """The cells of the first row that starts with a word, in the table under a title."""
    rows = out[out.index(title) :].splitlines()
    found = next(line for line in rows if line.startswith(f"│ {first} "))
    return [cell.strip() for cell in found.strip("│").split("│")]


def test_a_terrain_is_told_ground_by_ground(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library's dune loop: its classes are those in its file, its slip face too short, its obstacles named."""
    out = good(capsys, monkeypatch, "dune_loop")
    assert out.startswith("dune_loop: 2 km, track 1.77 m, seed 2026")
    assert table_row(out, "Roughness after", "stony plain")[1:3] == ["left", "D"]
    assert table_row(out, "Roughness after", "slip face")[2:] == ["–"] * 8
    assert "slip face: too short for a fit" in out
    assert table_row(out, "Length and grade", "stony plain")[2:5] == ["0.640", "32%", "-3.74"]
    assert table_row(out, "The largest", "slip face")[3:5] == ["0.930", "0.7"]
    assert max(len(line) for line in out.splitlines() if "│" in line) <= 120


def test_a_surface_is_laid_out_for_some_kilometres(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name and by file the same; as long as asked for; another seed is another road of the same class."""
    named = good(capsys, monkeypatch, "hamada", "--km", "2")
    assert good(capsys, monkeypatch, str(LIBRARY / "surfaces" / "hamada.yaml"), "--km", "2") == named
    assert named.startswith("hamada: 2 km")
    assert "note: hamada is a surface: 2 km of it, level, seed 1" in named
    other = good(capsys, monkeypatch, "hamada", "--km", "2", "--seed", "5")
    assert other != named
    for out in (named, other):
        assert table_row(out, "Roughness after", "hamada")[2] == "D"


def test_a_measured_road_says_honestly_what_it_is_too_short_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten metres of Belgian block have neither class nor IRI; 42 laps of it have an IRI and its worst places."""
    out = good(capsys, monkeypatch, str(CRG))
    assert "too short for a fit: 9.6 m of measured road hold no longer waves" in out
    assert table_row(out, "IRI", "belgian_block")[1:] == ["–"] * 4
    laps = good(capsys, monkeypatch, "belgian_block")
    assert float(table_row(laps, "IRI", "Belgian block")[1]) > 50.0
    places = [float(line.split("│")[3]) for line in laps[laps.index("Measured road") :].splitlines() if "│ B" in line]
    assert len(places) >= 2
    assert all(0.0 <= km <= 0.00955 for km in places)  # of laps, in the first


def test_a_table_of_heights_gets_its_class(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A CSV file that was written from a synthesised road of class E, 1 km."""
    from tests.roads import terrain_of, whole

    road = whole(terrain_of({"length_m": 1000.0, "roughness": {"iso_class": "E"}}))
    rows = "".join(
        f"{k * 0.05:.2f},{left:.6f},{right:.6f}\n" for k, (left, right) in enumerate(zip(*road.data[:2], strict=True))
    )
    Path("table.csv").write_text("distance_m,left_m,right_m\n" + rows)
    found = json.loads(good(capsys, monkeypatch, "table.csv", "--json"))
    for side in ("left", "right"):
        assert found["whole"]["tracks"][side]["fit"]["iso_class"] == "E"
    assert found["length_m"] == pytest.approx(1000.0, abs=1.0)


def test_a_stage_with_everything_in_it_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads(good(capsys, monkeypatch, "mixed_80", "--json"))
    assert found["length_m"] == pytest.approx(80_000.0, rel=0.01)
    assert len(found["grounds"]) >= 4
    assert sum(ground["length_m"] for ground in found["grounds"]) == pytest.approx(found["length_m"])
    assert len(found["iri_100m"][0]) == pytest.approx(found["length_m"] / 100.0, abs=1)


def test_json_has_units_in_its_names_and_null_where_nothing_is_known(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = json.loads(good(capsys, monkeypatch, "dune_loop", "--json"))
    assert {"name", "length_m", "seed", "track_m", "step_m", "whole", "grounds", "obstacles", "excursions"} <= set(
        found
    )
    face = next(ground for ground in found["grounds"] if ground["label"] == "slip face")
    assert face["tracks"]["left"]["fit"] is None
    plain = next(ground for ground in found["grounds"] if ground["label"] == "stony plain")
    assert {"g0_m3", "waviness", "iso_class", "lowest_per_m", "highest_per_m", "windows", "off_db"} <= set(
        plain["tracks"]["right"]["fit"]
    )
    assert 10.0 < plain["tracks"]["left"]["iri_m_per_km"] < 30.0
    assert [one["wavelength_m"] for one in plain["coherence"]] == pytest.approx([10.0, 5.0, 2.0, 1.0])
    assert found["obstacles"][0] == {
        "type": "slip_face", "km": pytest.approx(0.93), "height_m": 0.7, "length_m": pytest.approx(8.6, abs=0.1),
        "side": "both", "label": "slip face",
    }  # fmt: skip


def test_json_of_a_road_too_short_for_everything_is_strict_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No NaN, which other people's readers refuse."""
    found = json.loads(good(capsys, monkeypatch, str(CRG), "--json"), parse_constant=pytest.fail)
    assert found["iri_100m"] == [[None], [None]]
    assert found["whole"]["tracks"]["left"] == {"fit": None, "iri_m_per_km": None, "detrended_rms_m": None}


def test_the_page_opens_offline_and_holds_what_the_screen_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in it is asked of a server; its data is what the script draws; labels are never markup."""
    Path("odd.yaml").write_text(
        "kind: terrain\nname: odd\ndescription: a label like markup\nseed: 1\nsegments:\n"
        "  - {label: '</script><b>x', surface: wadi, soil: gravel, length_m: 900.0, roughness: {iso_class: E}}\n"
        "  - {label: short, surface: wadi, soil: gravel, length_m: 30.0, roughness: {iso_class: E}}\n"
    )
    out = good(capsys, monkeypatch, "odd.yaml", "--html", "odd.html")
    assert "page   odd.html" in out
    page = Path("odd.html").read_text()
    assert not re.search(r"(?:src|href)=|url\(|@import", page)
    assert "</script><b>" not in page
    data = data_of(page)
    titles = [panel["title"] for panel in data["panels"].values()]
    assert titles == ["Height of both tracks", "Elevation", "IRI"]
    assert all(f'id="{name}"' in page for name in data["spectra"])
    spectra = [one for one in data["spectra"].values() if "classes" in one]
    assert [sum("class E" in series["label"] for series in one["series"]) for one in spectra] == [2, 0, 2]
    for one in data["spectra"].values():
        assert one["x"] == sorted(one["x"])
        assert all(len(series["values"]) == len(one["x"]) for series in one["series"])
    assert "too short for a fit" in page


WRONG = {
    "no such file": (("no.yaml",), "no.yaml: road: found no such file; allowed: a terrain, stage, campaign or surface"),
    "a folder": (("./",), "found a folder"),
    "nearly a name": (("dune_lop",), "did you mean 'dune_loop'"),
    "no name at all": (("nowhere",), "the library has back_to_back, belgian_block, big_dunes"),
    "a picture": (("x.png",), "x.png: road: found the suffix '.png'; allowed: a terrain"),
    "no suffix": (("./bare",), "found a file without a suffix"),
    "RPC III alone": (("x.rsp",), "RPC III goes into a terrain file, which names its channels"),
    "a car": ((str(CAR),), "kind: found 'vehicle'; allowed: one of campaign, stage, surface, terrain"),
    "broken OpenCRG": (("x.crg",), "x.crg: (road data): found"),
    "broken table": (("x.csv",), "x.csv"),
    "not YAML": (("x.yaml",), "x.yaml"),
    "too wide for the file": ((str(CRG), "--track-m", "3.9"), "for a track of 3.90 m"),
    "a length for a terrain": (("dune_loop", "--km", "1"), "--km: found 1; allowed: for a surface only"),
    "a length of nothing": (("reg", "--km", "0"), "Invalid value for '--km'"),
    "nowhere to write": (("dune_loop", "--html", "no/such/page.html"), "--html: found no such file or directory"),
    "nothing": ((), "Missing argument"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_road_is_refused_in_a_sentence(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, one sentence of where, what and what is allowed; no traceback."""
    for name in ("x.png", "bare", "x.rsp", "x.crg", "x.csv", "x.yaml"):
        Path(name).write_text("no road: [\n")
    words, said = WRONG[case]
    refused(typed(capsys, monkeypatch, "road", *words), said)


def test_the_help_names_every_kind_of_road_and_all_options(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = " ".join(good(capsys, monkeypatch, "--help").replace("│", " ").split())
    for words in (
        "terrain, stage, surface",
        ".crg, .csv",
        "ISO 8608",
        "--json",
        "--html",
        "--km",
        "--track-m",
        "--seed",
    ):
        assert words in out
