"""Seals: chained, cut back to the last whole one, and of one file only."""

from pathlib import Path

import pytest

from rig.record import manifest
from rig.record.columns import Columns
from rig.record.events import EventLog
from rig.record.journal import SampleWriter
from rig.record.seals import FILE_NAME, FIRST_PREV, Sealer, is_sealed, read_seals
from rig.verify import Mark, verify
from tests.synthetic_run import Recipe, make_manifest, make_rows, make_run


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    """A folder with two sealed files."""
    sealer = Sealer(tmp_path)
    for number in range(2):
        path = tmp_path / f"{number}.parquet"
        path.write_bytes(b"segment %d" % number)
        sealer.seal(path, 10 * number, 10)
    sealer.close()
    return tmp_path


def test_a_chain(sealed: Path) -> None:
    """Each carries the hash of the line before; the head is that of the last one."""
    record = read_seals(sealed / FILE_NAME)
    assert record.broken is None
    assert [(one.file, one.first, one.rows) for one in record.seals] == [("0.parquet", 0, 10), ("1.parquet", 10, 10)]
    assert record.seals[0].prev == FIRST_PREV
    going_on = Sealer(sealed)
    going_on.close()
    assert record.head == going_on.head
    assert all(is_sealed(record.seals, sealed, one.file) for one in record.seals)
    (sealed / "1.parquet").write_bytes(b"segment 2")
    assert not is_sealed(record.seals, sealed, "1.parquet")


def test_a_file_that_is_to_be_replaced_has_two_seals(sealed: Path) -> None:
    """Whichever of the two is there is sealed; the line before it, cut out or moved, is a break."""
    path = sealed / "1.parquet"
    (sealed / "1.tmp").write_bytes(b"thinned")
    sealer = Sealer(sealed)
    sealer.seal(path, 10, 10, sealed / "1.tmp")
    assert sealer.knows(path)
    (sealed / "1.tmp").replace(path)
    assert sealer.knows(path)
    path.write_bytes(b"segment 0")
    assert not sealer.knows(path)
    sealer.close()
    assert [one.number for one in read_seals(sealed / FILE_NAME).seals] == [0, 1, 2]


def test_seals_without_numbers_are_of_before(sealed: Path) -> None:
    """Records of earlier versions have none, and are read; a wrong number is a break."""
    path = sealed / FILE_NAME
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(first.replace(b'"number":0,', b""))
    assert read_seals(path).broken is None
    path.write_bytes(first.replace(b'"number":0', b'"number":4'))
    assert "it has number 4, wanted 0" in (read_seals(path).broken or "")


def test_a_torn_tail_is_cut_off(sealed: Path) -> None:
    """As a death in the middle of a line leaves it; the next seal goes on from the last whole one."""
    path = sealed / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    record = read_seals(path)
    assert (len(record.seals), record.torn, record.broken) == (1, True, None)
    sealer = Sealer(sealed)
    sealer.seal(sealed / "1.parquet", 10, 10)
    sealer.close()
    assert path.read_bytes() == whole


def test_what_a_loss_of_power_left_of_a_line_is_a_torn_tail(sealed: Path) -> None:
    """Also with line ends in it; before another seal it is a break."""
    path = sealed / FILE_NAME
    first, second = path.read_bytes().splitlines(keepends=True)
    left = bytes(40) + b"\n" + bytes(9)
    path.write_bytes(first + left)
    assert (len(read_seals(path).seals), read_seals(path).torn, read_seals(path).broken) == (1, True, None)
    path.write_bytes(first + left + b"\n" + second)
    assert "seals.jsonl line 2: no seal" in (read_seals(path).broken or "")


def test_a_changed_line_breaks_it(sealed: Path) -> None:
    """In words, with the line."""
    path = sealed / FILE_NAME
    path.write_bytes(path.read_bytes().replace(b'"rows":10', b'"rows":11', 1))
    assert "seals.jsonl line 2: it carries the hash" in (read_seals(path).broken or "")


def test_a_run_that_died_is_whole_with_notes(tmp_path: Path) -> None:
    """Neither verdict nor end nor closed journal: a death leaves that, and nothing of it is bad."""
    found = verify(make_run(tmp_path / "run", Recipe(closed=False, with_verdict=False)))
    assert found.whole, found
    texts = [one.text for one in found.findings if one.mark is Mark.NOTE]
    assert any("never came to its end" in text for text in texts)
    assert any("a journal that was never closed" in text for text in texts)
    assert found.head == ""


def test_a_run_that_died_before_its_first_event_is_whole(tmp_path: Path) -> None:
    """The recorder is there by then, without a row; where there is more, somebody has taken the events away."""
    run = make_run(tmp_path / "run", Recipe(seconds=0.0, closed=False, with_verdict=False, with_slow=False))
    (run / "events.jsonl").unlink()
    found = verify(run)
    assert found.whole, found
    assert "the run died before its first event" in [one.text for one in found.findings if one.mark is Mark.NOTE]
    later = make_run(tmp_path / "later", Recipe(seconds=2.0, closed=False, with_verdict=False, with_slow=False))
    (later / "events.jsonl").write_bytes(b"")
    assert [one.text for one in verify(later).findings if one.mark is Mark.BAD] == [
        "it does not begin with the start of a run"
    ]


def test_a_torn_note_after_the_end_leaves_the_run_whole(tmp_path: Path) -> None:
    """The power went while an engineer's note was written: the head stands for all that came before it."""
    run = make_run(tmp_path / "run", Recipe(seconds=2.0))
    head = verify(run).head
    with (run / "events.jsonl").open("ab") as file:
        file.write(b'{"number":')
    found = verify(run)
    assert (found.whole, found.head) == (True, head)
    assert any("is torn" in one.text for one in found.findings if one.mark is Mark.NOTE)


def test_a_distance_that_is_none_is_bad(tmp_path: Path) -> None:
    """NaN is neither more nor less than the one before: no order."""
    recipe = Recipe(seconds=2.0)
    rows = make_rows(recipe)
    rows["distance_m"][500] = float("nan")
    manifest.write(tmp_path, make_manifest(recipe))
    writer = SampleWriter(tmp_path, Columns(make_manifest(recipe)), 30_000)
    writer.append(rows)
    writer.close()
    with EventLog(tmp_path) as events:
        events.append("run_started", "the run starts", time_s=0.0)
    found = verify(tmp_path)
    assert not found.whole
    assert [one.text for one in found.findings if one.mark is Mark.BAD] == [
        "distance_m goes back within the segment that begins with sample 0"
    ]
