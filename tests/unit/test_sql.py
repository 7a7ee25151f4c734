"""SQL over many runs, against what their rows and files say; and what it may not do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_run import CHANNELS, COMPONENTS, RATE_HZ, Recipe, make_manifest, make_rows, make_run

import rig.runs
from profiles.schema import InputError
from rig import ledger
from rig.failures import Filter, failure_log
from rig.record import events, manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.manifest import Manifest, Quantity
from rig.record.segments import FOLDER
from rig.sql import Session, open_session
from rig.sql.samples import identifier, literal, short_names
from tests.sql_runs import BROKEN, DIED, LONG, ODD, make_folder

FORCE, TORQUE = CHANNELS[3], CHANNELS[1]


def other_channels(folder: Path, codes: dict[Quantity, np.ndarray], died: bool = False) -> Path:
    """A run without axes, with these channels and their codes."""
    folder.mkdir()
    described: Manifest = msgspec.structs.replace(make_manifest(Recipe()), axes=(), channels=tuple(codes))
    manifest.write(folder, described)
    rows = np.zeros(len(next(iter(codes.values()))), Columns(described).dtype)
    rows["sample"] = np.arange(len(rows))
    rows["feedback"] = np.stack(list(codes.values()), axis=1)
    writer = SampleWriter(folder, Columns(described), 60 * RATE_HZ)
    writer.append(rows)
    (writer.abandon if died else writer.close)()
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("runs of mine; it's"))


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[Session]:
    with open_session(sorted(folder.iterdir())) as opened:
        yield opened


def rows_of(session: Session, sql: str) -> list[tuple]:
    with session.telling():
        return session.ask(sql).fetchall()


def test_samples_are_the_rows_in_units(session: Session) -> None:
    """Of every run, over segments and the journal of the one that died, bit for bit."""
    for name, recipe in ((ODD, LONG), ("broken", BROKEN), ("died", DIED)):
        rows = make_rows(recipe)
        asked = "sample, time_s, distance_km, strut_force_n, command_halfshaft_torque_nm, segment, state"
        found = session.ask(f"SELECT {asked} FROM samples WHERE run = {literal(name)} ORDER BY sample").fetchnumpy()
        assert np.array_equal(found["sample"], np.arange(len(rows)))
        assert np.array_equal(found["time_s"], np.arange(len(rows)) / RATE_HZ)
        assert np.array_equal(found["distance_km"], rows["distance_m"] / 1000.0)
        assert np.array_equal(found["strut_force_n"], FORCE.scale * rows["feedback"][:, 3])
        assert np.array_equal(found["command_halfshaft_torque_nm"], TORQUE.scale * rows["command"][:, 1])
        assert np.array_equal(found["segment"], rows["segment"])
        assert set(found["state"]) == {3}


def test_codes_are_the_rows_as_recorded(session: Session) -> None:
    found = session.ask("SELECT \"feedback.strut_force_n\" AS force FROM codes WHERE run = 'broken'").fetchnumpy()
    assert found["force"].dtype == np.int16
    assert np.array_equal(np.sort(found["force"]), np.sort(make_rows(BROKEN)["feedback"][:, 3]))


def test_grouped_by_surface_as_by_hand(session: Session) -> None:
    """What a reviewer asks: the highest force on each surface, over all runs."""
    sql = "SELECT surface, max(abs(strut_force_n)), count(*) FROM samples JOIN segments USING (run, segment) GROUP BY 1"
    wanted: dict[str, tuple[float, int]] = {}
    for recipe in (LONG, BROKEN, DIED):
        rows = make_rows(recipe)
        for segment in make_manifest(recipe).segments:
            forces = np.abs(3.0 * rows["feedback"][rows["segment"] == segment.index, 3])
            high, count = wanted.get(segment.surface, (0.0, 0))
            wanted[segment.surface] = (max([high, *forces]), count + len(forces))
    found = {surface: (high, count) for surface, high, count in rows_of(session, sql)}
    assert found == {surface: each for surface, each in wanted.items() if each[1]}


def test_runs_events_specimens_and_failures_are_those_of_the_record(session: Session, folder: Path) -> None:
    """Row by row what the other commands say."""
    opened = {path.name: rig.runs.open(path) for path in folder.iterdir()}
    runs = rows_of(session, "SELECT run, state, outcome, samples, seed, version FROM runs ORDER BY seed")
    assert runs == [
        (ODD, "ended", "SURVIVED", 35_000, 7, "0.1.0"),
        ("broken", "ended", "FAILED", 6_000, 8, "0.1.0"),
        ("died", "died", None, 2_500, 9, "0.1.0"),
    ]
    told = rows_of(session, "SELECT run, number, kind, text, sample, distance_km, time_s FROM events ORDER BY ALL")
    assert told == sorted(
        (name, one.number, one.kind, one.text, one.sample, one.distance_km, one.time_s)
        for name, run in opened.items()
        for one in run.events.events
    )
    logged, _ = failure_log(folder.iterdir(), Filter())
    failures = rows_of(session, 'SELECT run, component, outcome, distance_km, mode, "limit", reason FROM failures')
    assert sorted(failures, key=str) == sorted(
        ((f.run, f.component, f.outcome, f.distance_km, f.mode, f.limit, f.reason or None) for f in logged), key=str
    )
    specimens = dict(rows_of(session, "SELECT outcome, count(*) FROM specimens GROUP BY 1"))
    assert specimens == {"FAILED": 1, "SURVIVED": len(COMPONENTS), "SUSPENDED": 2 * len(COMPONENTS) - 1}


def test_the_data_of_an_event_is_json(tmp_path: Path) -> None:
    with events.EventLog(make_run(tmp_path / "a", Recipe(with_verdict=False))) as log:
        log.append("component_warning", "warm", time_s=1.0, data={"component": "damper", "km": 1.5})
    with open_session([tmp_path / "a"]) as opened:
        sql = "SELECT data->>'component', (data->>'km')::DOUBLE FROM events WHERE kind = 'component_warning'"
        assert rows_of(opened, sql) == [("damper", 1.5)]


def test_runs_with_other_channels_stand_side_by_side(tmp_path: Path) -> None:
    """What a run has not is NULL, and so is a sensor that was missing; an offset counts."""
    strain = Quantity("arm_strain_um", "µm/m", 0.1, 5.0)
    other_channels(tmp_path / "a", {FORCE: np.array([1, -32768, 3])})
    other_channels(tmp_path / "b", {strain: np.array([10, 20]), FORCE: np.array([7, 8])})
    with open_session([tmp_path / "a", tmp_path / "b"]) as opened:
        found = rows_of(opened, "SELECT run, sample, strut_force_n, arm_strain_um FROM samples ORDER BY ALL")
        assert opened.warnings == ()
    strains = [5.0 + 0.1 * 10.0, 5.0 + 0.1 * 20.0]
    in_a = [("a", 0, 3.0, None), ("a", 1, None, None), ("a", 2, 9.0, None)]
    assert found == [*in_a, ("b", 0, 21.0, strains[0]), ("b", 1, 24.0, strains[1])]


def test_a_unit_that_differs_is_told(tmp_path: Path) -> None:
    """Newtons are never added to kilonewtons without a word."""
    other_channels(tmp_path / "a", {Quantity("force", "N", 1.0): np.array([1])})
    other_channels(tmp_path / "b", {Quantity("force", "kN", 1.0): np.array([1])})
    with open_session([tmp_path / "a", tmp_path / "b"]) as opened:
        assert opened.warnings == ("samples.force is in 'N' (a) and 'kN' (b)",)


def test_names_that_are_taken_keep_those_of_the_files(tmp_path: Path) -> None:
    """A channel called as a column of every run; one that would be called as an axis' command."""
    codes = {Quantity("span", "1", 0.5): np.array([3]), Quantity("Run", "1", 1.0): np.array([4])}
    run = rig.runs.open(other_channels(tmp_path / "a", codes))
    assert list(short_names(Columns(run.manifest)).values()) == ["feedback.span", "feedback.Run"]
    with open_session([tmp_path / "a"]) as opened:
        assert rows_of(opened, 'SELECT run, span, "feedback.span", "feedback.Run" FROM samples') == [
            ("a", 0.0, 1.5, 4.0)
        ]


def test_channels_that_sql_can_not_tell_apart_are_refused(tmp_path: Path) -> None:
    """The run is left out, and why is told."""
    other_channels(tmp_path / "a", {Quantity("f", "N", 1.0): np.array([3]), Quantity("F", "N", 1.0): np.array([4])})
    with open_session([tmp_path / "a"]) as opened:
        assert "names that differ by more than capitals" in opened.warnings[0]
        assert rows_of(opened, "SELECT state FROM runs") == [("unreadable",)]
        assert rows_of(opened, "FROM samples") == []


@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_any_text_is_quoted(session: Session, text: str) -> None:
    """As a value and as a name."""
    relation = session.ask(f"SELECT {literal(text)} AS {identifier(text)}")
    assert (relation.fetchall(), relation.columns) == ([(text,)], [text])


def test_names_of_channels_are_no_sql(tmp_path: Path) -> None:
    """Nor is anything else in a manifest that came from elsewhere."""
    evil = "x' AS y, 1\" FROM runs; DROP VIEW runs; --"
    other_channels(tmp_path / "a", {Quantity(evil, "N", 2.0): np.array([3])})
    with open_session([tmp_path / "a"]) as opened:
        assert rows_of(opened, f"SELECT {identifier(evil)} FROM samples") == [(6.0,)]
        assert rows_of(opened, "SELECT count(*) FROM runs") == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{run}/samples/000000000000.parquet'",
        "COPY samples TO '{run}/x.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{run}/x.csv'",
        "ATTACH '{run}/x.db'",
        "EXPORT DATABASE '{run}'",
        "SELECT * FROM read_text('{run}/manifest.json')",
        "SELECT * FROM '{run}/samples/000000000000.parquet'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM query('COPY (SELECT 1) TO ''{run}/x.csv''')",
        "SELECT * FROM sys",
        "SELECT 1; SELECT 2",
        "SET enable_external_access = true",
        "RESET enable_external_access",
        "PRAGMA database_list",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CREATE TABLE t (a INT)",
        "DROP VIEW samples",
        "",
        "SELEC 1",
        "SELECT nothing FROM samples",
    ],
)
def test_what_does_more_than_read_is_refused(session: Session, folder: Path, sql: str) -> None:
    """In words, and nothing in the folder is changed."""
    run = folder / "broken"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match="rig sql: QUERY: found"):
        rows_of(session, sql.replace("{run}", str(run).replace("'", "''")))
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_duckdb_itself_is_sealed(session: Session, tmp_path: Path) -> None:
    """Also behind the look at what kind of statement it is."""
    mine = pa.table({"a": [1]})
    with duckdb.connect(":memory:") as open_one:
        assert open_one.sql("FROM mine").fetchall() == [(1,)]
    with pytest.raises(duckdb.Error, match="mine"):
        session.connection.sql("FROM mine")
    del mine
    for sql in (
        f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
        "SET enable_external_access = true",
        f"ATTACH '{tmp_path}/x.db'",
    ):
        with pytest.raises(duckdb.Error):
            session.connection.execute(sql)
    assert list(tmp_path.iterdir()) == []


def test_damage_is_told_and_only_where_it_is_read(tmp_path: Path) -> None:
    """A flipped bit in the first segment: the error names the run; what lies in the second can be had all the same."""
    make_run(tmp_path / "a", LONG)
    first = tmp_path / "a" / FOLDER / "000000000000.parquet"
    head, data = pyarrow.parquet.read_metadata(first), bytearray(first.read_bytes())
    force = head.row_group(0).column(head.schema.names.index("feedback.strut_force_n"))
    data[force.data_page_offset + force.total_compressed_size // 2] ^= 1
    first.write_bytes(data)
    with open_session([tmp_path / "a"]) as opened:
        with pytest.raises(InputError, match=r"/a: \(the samples\): .*whole segments of this run"):
            rows_of(opened, "SELECT max(strut_force_n) FROM samples")
        found = rows_of(opened, "SELECT max(strut_force_n) FROM samples WHERE sample >= 30000")
    assert found == [(3.0 * make_rows(LONG)["feedback"][30_000:, 3].max(),)]


def test_a_broken_chain_is_told(tmp_path: Path) -> None:
    """The events before the break are there, no later ones; so it is said."""
    path = make_run(tmp_path / "a", Recipe()) / events.FILE_NAME
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], lines[3].replace(b"segment", b"sediment"), *lines[4:]]))
    with open_session([tmp_path / "a"]) as opened:
        assert rows_of(opened, "SELECT count(*) FROM events") == [(3,)]
        assert len(opened.warnings) == 1
        assert "a: the chain of its events breaks: events.jsonl line 4" in opened.warnings[0]


def test_a_torn_journal_counts_up_to_its_last_whole_batch(tmp_path: Path) -> None:
    """Of a run that died: it is said that it did."""
    folder = make_run(tmp_path / "a", replace(LONG, closed=False, with_verdict=False))
    journal = next((folder / FOLDER).glob("*.arrows"))
    journal.write_bytes(journal.read_bytes()[:-100])
    with open_session([folder]) as opened:
        assert rows_of(opened, "SELECT count(*), max(sample) FROM samples") == [(30_000, 29_999)]
        assert opened.notes == (
            "a never came to its end: what it had recorded is here, whole batches of its journal too",
        )


def test_a_run_that_goes_on_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its samples up to now are there; its specimens have no outcome, and nothing of it is a failure."""
    run = make_run(tmp_path / "a", DIED)
    monkeypatch.setattr(ledger, "live_in", lambda folder: {run.resolve()} if folder == tmp_path.resolve() else set())
    with open_session([run]) as opened:
        assert opened.notes == ("a goes on: what it has recorded up to now is here",)
        assert rows_of(opened, "SELECT DISTINCT outcome, reason FROM specimens") == [(None, None)]
        assert rows_of(opened, "SELECT count(*) FROM specimens") == [(len(COMPONENTS),)]
        assert rows_of(opened, "FROM failures") == []
        assert rows_of(opened, "SELECT state, samples FROM runs") == [("live", 2_500)]
        assert rows_of(opened, "SELECT count(*) FROM samples") == [(2_500,)]


def test_runs_of_the_same_name_go_by_their_paths(tmp_path: Path) -> None:
    """And one that is named twice is one."""
    paths = [make_run(tmp_path / top / "a", Recipe(seconds=1.0)) for top in ("x", "y")]
    with open_session([*paths, paths[0]]) as opened:
        assert rows_of(opened, "SELECT run, count(*) FROM samples GROUP BY 1 ORDER BY 1") == [
            (str(p), 500) for p in paths
        ]
