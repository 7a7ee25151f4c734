"""``rig cycles``: rainflow of a run's channel and of CSV columns; what it says of bad input; its picture."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from rig import histories
from rig.life.rainflow import RainflowCounter
from rig.runs import open_run
from tests.commands import Done, refused, typed
from tests.synthetic_run import Recipe, make_run

ASTM = ["-2", "1", "-3", "5", "-1", "3", "-4", "4", "-2"]
Ask = Callable[..., Done]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """``rig cycles`` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: typed(capsys, monkeypatch, "cycles", *words)


def told(done: Done) -> Any:
    assert (done.code, done.err) == (0, ""), done.err
    return json.loads(done.out)


def write(name: str, *lines: str) -> str:
    Path(name).write_text("\n".join(lines) + "\n")
    return name


def test_astm_example_from_a_file(ask: Ask) -> None:
    """ASTM E1049-85 figure 6 as a column: cycles, Miner sums, the biggest with their samples."""
    file = write("astm.csv", "n,load_n", *(f"{k},{value}" for k, value in enumerate(ASTM)))
    found = told(ask(file, "--channel", "load_n", "--json", "--exponents", "3,5"))
    assert found["pseudo_damage"] == {"3": 1094.0, "5": 67838.0}
    assert (found["cycles"], found["residue_cycles"], found["samples"], found["missing"]) == (4.0, 3.0, 9, 0)
    assert [(one["range"], one["cycles"], one["sample"]) for one in found["biggest"][:3]] == [
        (9.0, 0.5, 6), (8.0, 0.5, 3), (8.0, 0.5, 7),
    ]  # fmt: skip
    assert sum(map(sum, found["matrix"])) == 4.0
    repeated = told(ask(file, "--channel", "load_n", "--json", "--residue", "repeated", "--exponents", "1"))
    assert repeated["pseudo_damage"] == {"1": 3.0 + 4.0 + 7.0 + 9.0}
    gated = told(ask(file, "--channel", "load_n", "--json", "--gate", "4.5"))
    assert [one["range"] for one in gated["biggest"]] == [9.0, 8.0, 7.0, 6.0]


def test_a_run_s_channel_with_kilometres(ask: Ask, tmp_path: Path) -> None:
    """The channel of a run is what its own samples count to; the biggest cycle lies where its sample does."""
    run = open_run(make_run(tmp_path / "one", Recipe(seconds=5.0)))
    found = told(ask("one", "--channel", "strut_force_n", "--json"))
    samples = run.samples(["feedback.strut_force_n", "distance_m"])
    force = samples["feedback.strut_force_n"]
    there = ~np.isnan(force)
    counter = RainflowCounter()
    parts = [counter.count(force[there], np.flatnonzero(there)), counter.residue_cycles()]
    ranges, weights, at = (np.concatenate([getattr(p, n) for p in parts]) for n in ("ranges", "weights", "tags"))
    assert found["pseudo_damage"]["5"] == pytest.approx((weights * ranges**5).sum(), rel=1e-12)
    assert (found["unit"], found["samples"]) == ("N", there.sum())
    assert found["biggest"][0]["range"] == ranges.max()
    km = samples["distance_m"][at[np.argmax(ranges)]] / 1000.0
    assert found["biggest"][0]["km"] == pytest.approx(km, abs=1e-6)


def test_the_table_says_what_was_left_out(ask: Ask) -> None:
    """Empty cells and NaN are no values: left out, and said; places are kilometres where the file has a distance."""
    rows = [f"{250 * k};{value}" for k, value in enumerate([*ASTM[:4], "", "nan", *ASTM[4:]])]
    done = ask(write("gaps.csv", "distance_m;load_n", *rows), "--channel", "load_n")
    assert done.code == 0
    assert "2 samples without a value were left out" in done.out
    assert "range^3: 1094" in done.out
    assert [row.split("│")[1:6] for row in done.out.splitlines() if row.startswith("│ 1  ")] == [
        [" 1       ", " 9     ", " 0.5  ", " 0.5    ", " 2.000 "]
    ]


def test_a_channel_that_never_moves(ask: Ask) -> None:
    """No cycle, no table, no fault; and a picture that is empty."""
    done = ask(write("flat.csv", "load_n", "3", "3"), "--channel", "load_n", "--out", "flat.svg")
    assert done.code == 0
    assert done.out.startswith("load_n: 2 samples from 3 to 3; 0 cycles")
    assert len(ElementTree.parse("flat.svg").getroot().findall(".//*[@class='cell']")) == 2  # the scale


def test_blocks_and_lines_of_a_long_file(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of many blocks counts as it does in one; a fault far down has its line."""
    values = np.random.default_rng(2).integers(-99, 99, 3000).tolist()
    file = write("long.csv", "load_n", *map(str, values))
    whole = told(ask(file, "--channel", "load_n", "--json"))
    monkeypatch.setattr(histories, "_BLOCK_BYTES", 512)
    assert told(ask(file, "--channel", "load_n", "--json")) == whole
    for bad, words in (("abc", "'abc'"), ("1e999", "inf"), ("-inf", "-inf")):
        write("bad.csv", "load_n", *map(str, values[:2500]), bad)
        refused(ask("bad.csv", "--channel", "load_n"), f"bad.csv:2502: load_n: found {words}; allowed: a")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["a,b", "1,2"], "bad.csv:1: load_n: found nothing; allowed: one of the columns: 'a, b'"),
        (["load_n,load_n", "1,2"], "bad.csv:1: load_n: found 2 columns of that name"),
        (["load_n,b", "1,2", "3"], "bad.csv:3: (the row): found 1 fields; allowed: 2"),
        (["load_n", "1,5"], "bad.csv:2: (the row): found 2 fields; allowed: 1"),
        (["load_n"], "load_n: found 0 samples, all missing; allowed: at least one value"),
        (["load_n", "nan"], "load_n: found 1 samples, all missing; allowed: at least one value"),
        (["", "load_n"], "bad.csv:1: (the columns): found nothing"),
        (["load_n,distance_km", "1,0", "2,"], "bad.csv:3: distance_km: found nothing; allowed: a finite number"),
    ],
)
def test_bad_files(ask: Ask, lines: list[str], words: str) -> None:
    """Each with its line and what to do."""
    refused(ask(write("bad.csv", *lines), "--channel", "load_n"), words)


def test_bad_words(ask: Ask, tmp_path: Path) -> None:
    """No such run, file, channel, option's value or folder; a file that is there is not replaced unasked."""
    make_run(tmp_path / "one", Recipe(seconds=1.0))
    Path("picture.png").write_bytes(b"\x89PNG\xff")
    good = (write("good.csv", "load_n", "1", "2"), "--channel", "load_n")
    refused(ask("nowhere.csv", "--channel", "a"), "nowhere.csv: RUN or FILE: found no such file or directory")
    refused(ask("picture.png", "--channel", "a"), "picture.png:1: (the columns): found no UTF-8 text")
    refused(ask("one", "--channel", "strut_forc_n"), "did you mean 'strut_force_n'?")
    refused(ask(*good, "--gate", "nan"), "--gate: found nan; allowed: 0 or more")
    refused(ask(*good, "--exponents", "3;5"), "--exponents: found '3;5'; allowed: numbers from 1 to 20")
    refused(ask(*good, "--exponents", "3,99"), "--exponents: found '3,99'")
    refused(ask(*good, "--residue", "all"), "--residue")
    refused(ask(*good, "--out", "plot.png"), "allowed: a name that ends with .html or .svg")
    refused(ask(*good, "--out", "no/plot.svg"), "no such folder")
    assert ask(*good, "--out", "plot.svg").code == 0
    refused(ask(*good, "--out", "plot.svg"), "--force to replace it")
    assert ask(*good, "--out", "plot.svg", "--force").code == 0


def test_picture_and_page(ask: Ask) -> None:
    """A cell for each class that has cycles, told in words; no name becomes markup; nothing is asked of a server."""
    name = "<b>load & more"
    file = write("astm.csv", f"k,{name}", *(f"{k},{value}" for k, value in enumerate(ASTM)))
    for out in ("plot.svg", "page.html"):
        assert ask(file, "--channel", name, "--out", out).code == 0
    root = ElementTree.parse("plot.svg").getroot()
    cells = [cell for cell in root.iter() if cell.get("class") == "cell" and len(cell)]
    assert len(cells) == 7
    assert any("range 8.859 to 9, mean 0.5 to 0.6406: 0.5" in (cell[0].text or "") for cell in cells)
    page = Path("page.html").read_text()
    assert "<b>load" not in page
    assert "Cycles of at least a range" in page
    assert page.replace("http://www.w3.org/", "").count("http://") == 0
