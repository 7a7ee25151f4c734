"""Whether a run directory is what the run left: hashes, chains, counters, continuity, in words.

The hash of the event that ended the run stands for everything: it vouches for the events before it, by their chain, and
through what it says for manifest, segments, readings and verdict. Report and JUnit print that hash; whoever has it from
there need not trust the directory.
"""

from pathlib import Path

from profiles.schema import InputError
from rig.record import events, manifest
from rig.runs import open_run
from rig.verify.findings import Finding, Mark, Verification
from rig.verify.samples import look_at_pyramid, look_at_samples, look_at_segments, look_at_summary
from rig.verify.told import end_of, head_of, look_at_events, look_at_files, look_at_manifest, look_at_verdict

__all__ = ["Finding", "Mark", "Verification", "verify"]


def verify(run_dir: Path) -> Verification:
    """Look at all of a run directory; changes nothing, and raises for nothing that it finds there.

    Raises:
        InputError: there is no run in it at all.
    """
    if not (run_dir / manifest.FILE_NAME).exists() and not (run_dir / events.FILE_NAME).exists():
        manifest.read(run_dir)  # says what a run directory is
    told = events.read_events(run_dir / events.FILE_NAME)
    ended = end_of(told.events)
    found = [*look_at_events(run_dir, told, ended)]
    try:
        run = open_run(run_dir)
    except InputError as error:
        found.append(Finding(Mark.BAD, "run", str(error)))
        return Verification(str(run_dir), False, "", tuple(found))
    found += [
        *look_at_manifest(run),
        *look_at_files(run, ended),
        *look_at_verdict(run, ended),
        *look_at_segments(run, ended),
        *look_at_samples(run, ended),
        *look_at_summary(run),
        *look_at_pyramid(run),
    ]
    whole = all(one.mark is not Mark.BAD for one in found)
    return Verification(str(run_dir), whole, head_of(run_dir, ended), tuple(found))
