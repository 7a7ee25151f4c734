"""Taking up samples whose recorder died: its journal is closed into a segment, what has no seal is sealed."""

from pathlib import Path

import pyarrow.parquet

from rig.record import segments
from rig.record.files import sync_folder
from rig.record.journal import read_journal
from rig.record.seals import Sealer
from rig.record.segments import FOLDER, write_segment


class BrokenSamplesError(ValueError):
    """The segments that are there do not go on from one to the next; in words."""


def take_up(run_dir: Path) -> int:
    """Bring the samples of a run to where a recorder can go on; the number of the next sample.

    Nothing whole is lost: whole batches of a journal become a segment before it goes. Whatever the recorder died in,
    to call it once or again gives the same files. A run without samples is left with none.

    Raises:
        BlockingIOError: another recorder still writes there.
        BrokenSamplesError, BrokenSealsError: a segment is missing, or a seal is not as it was written.
        OSError: the disk refuses.
    """
    folder = run_dir / FOLDER
    if not folder.is_dir():
        return 0
    sealer = Sealer(folder)
    try:
        known = {seal.file for seal in sealer.seals}
        for left in _left_over(folder, known):
            left.unlink()
        done = _sealed(folder, sealer, known)
        for journal in sorted(folder.glob("*.arrows")):
            done = _close(journal, done, sealer)
        sync_folder(folder)
        return done
    finally:
        sealer.close()


def _left_over(folder: Path, known: set[str]) -> list[Path]:
    """What a recorder died over: files on their way, and seconds without a seal, whose segment is still whole."""
    seconds = folder.glob(f"{segments.SECONDS}/*.parquet")
    unsealed = [path for path in seconds if path.relative_to(folder).as_posix() not in known]
    return [*folder.glob("*.tmp"), *folder.glob(f"{segments.SECONDS}/*.tmp"), *unsealed]


def _sealed(folder: Path, sealer: Sealer, known: set[str]) -> int:
    """Seal the segments that have no seal yet; how many samples all of them hold."""
    done = 0
    missing = sorted(name for name in known if not (folder / name).exists())
    if missing:
        raise BrokenSamplesError(f"{missing[0]} was sealed, and is not there")
    for path in sorted(folder.glob("*.parquet")):
        done = _follows(path, done, segments.rows_of(pyarrow.parquet.read_metadata(path)))
        if path.name not in known:
            sealer.seal(path, int(path.stem), done - int(path.stem))
    return done


def _close(journal: Path, done: int, sealer: Sealer) -> int:
    """Close a journal into a segment, unless a segment has its rows already; how many samples there are then."""
    table = read_journal(journal)
    if table is not None and int(journal.stem) >= done:
        done = _follows(journal, done, table.num_rows)
        segment = journal.with_suffix(".parquet")
        write_segment(segment, table)
        sealer.seal(segment, int(journal.stem), table.num_rows)
    journal.unlink()
    return done


def _follows(path: Path, done: int, rows: int) -> int:
    if int(path.stem) != done:
        raise BrokenSamplesError(f"{path.name} begins with sample {int(path.stem)}, wanted {done}: one is missing")
    return done + rows
