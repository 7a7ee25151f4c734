"""``rig sql``: what it prints and writes, and what it says where it can't."""

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet
import pytest
from synthetic_run import Recipe, make_run

from rig.record import manifest
from rig.record.files import to_json
from rig.record.segments import FOLDER
from tests.commands import Done, refused, typed
from tests.sql_runs import LONG, ODD, make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("runs of mine; it's"))


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path):
    def call(*words: str) -> Done:
        return typed(capsys, monkeypatch, "sql", *words, str(folder))

    return call


def test_the_command_prints_and_writes(ask, tmp_path: Path) -> None:
    """The same rows on the screen, as JSON, as CSV, into CSV and Parquet; what is not for good is said beside them."""
    sql = "SELECT run, samples, outcome, duration_s FROM runs ORDER BY seed"
    rows = [(ODD, 35_000, "SURVIVED", 70.0), ("broken", 6_000, "FAILED", 12.0), ("died", 2_500, None, 5.0)]
    shown = ask(sql)
    assert shown.code == 0
    assert "died never came to its end" in shown.err
    assert all(cell in shown.out for cell in (ODD, "35000", "FAILED", "NULL"))
    assert [tuple(row.values()) for row in json.loads(ask(sql, "--json").out)] == rows
    as_text = [
        tuple("" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in r) for r in rows
    ]
    names = ("run", "samples", "outcome", "duration_s")
    assert list(map(tuple, csv.reader(io.StringIO(ask(sql, "--csv").out)))) == [names, *as_text]
    for name in ("some.csv", "some.parquet"):
        assert ask(sql, "--out", str(tmp_path / name)).code == 0
    assert list(map(tuple, csv.reader(io.StringIO((tmp_path / "some.csv").read_text())))) == [names, *as_text]
    written = pyarrow.parquet.read_table(tmp_path / "some.parquet")
    assert [tuple(row.values()) for row in written.to_pylist()] == rows
    again = ask(sql, "--out", str(tmp_path / "some.csv"))
    refused(again, "--force to replace it")


def test_a_screen_gets_some_rows_and_is_told(ask) -> None:
    shown = ask("FROM samples SELECT sample")
    assert "the first 50 rows" in shown.out
    assert len(shown.out.splitlines()) < 60
    assert "the first" not in ask("FROM runs SELECT run").out


def test_the_command_lists_views(ask) -> None:
    """All of them, with the units of what was measured; --schema takes folders only."""
    told = ask("--schema").out.splitlines()
    assert "samples\tstrut_force_n\tDOUBLE\tN" in told
    assert "events\tkind\tVARCHAR" in told
    assert {line.split("\t")[0] for line in told} == {
        "runs", "events", "segments", "specimens", "failures", "trends", "samples", "codes",
    }  # fmt: skip
    listed = json.loads(ask("--schema", "--json").out)
    assert {"view": "samples", "name": "time_s", "kind": "DOUBLE", "unit": "s"} in listed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SELEC 1",), "Parser Error: syntax error"),
        (("SELECT strut_forse_n FROM samples",), 'Candidate bindings: "strut_force_n"'),
        (("SELECT 1 AS a, 2 AS a", "--json"), "more than one column 'a'"),
        (("SELECT [1] AS a", "--csv"), "values that CSV has a form for"),
        (("SELECT 1", "--json", "--csv"), "found more than one; allowed: one of them"),
        (("SELECT 1", "--out", "x.txt"), "a name that ends with .csv or .parquet"),
        (("--schema", "--csv"), "a query, whose rows --csv and --out take"),
        (("SELECT 1", "no_such_folder"), "run directories, or a folder of them"),
    ],
)
def test_the_command_says_what_is_wrong(ask, words: tuple[str, ...], told: str) -> None:
    refused(ask(*words), told)


def test_a_file_is_whole_or_the_old_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A segment that can't be read in the middle of it: what was there stays, and nothing lies beside it."""
    make_run(tmp_path / "a", LONG)
    second = tmp_path / "a" / FOLDER / "000000030000.parquet"
    second.write_bytes(b"PAR1" + bytes(20_000) + second.read_bytes()[20_004:])
    for name in ("some.csv", "some.parquet"):
        (tmp_path / name).write_bytes(b"the old one")
        done = typed(
            capsys, monkeypatch, "sql", "FROM samples", str(tmp_path / "a"), "--force", "--out", str(tmp_path / name)
        )
        refused(done, "whole segments of this run")
        assert (tmp_path / name).read_bytes() == b"the old one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "some.csv", "some.parquet"]


def test_what_is_missing_is_exit_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The rest is told all the same."""
    make_run(tmp_path / "a", Recipe(seconds=1.0))
    make_run(tmp_path / "b", Recipe(seconds=1.0))
    (tmp_path / "b" / manifest.FILE_NAME).write_bytes(to_json({}))
    done = typed(capsys, monkeypatch, "sql", "SELECT run, state FROM runs ORDER BY run", str(tmp_path), "--csv")
    assert (done.code, done.out) == (3, '"run","state"\n"a","ended"\n"b","unreadable"\n')
    assert "b can't be read" in done.err


def test_no_runs_are_empty_views(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = typed(capsys, monkeypatch, "sql", "SELECT count(*) AS n FROM samples", str(tmp_path), "--json")
    assert (done.code, json.loads(done.out)) == (0, [{"n": 0}])
    assert "no run there" in done.err
