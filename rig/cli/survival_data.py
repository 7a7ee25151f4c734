"""Life data as a command line names them: runs and folders of runs, or one table."""

from pathlib import Path

import msgspec

from profiles.schema import Fault, InputError
from rig.cli.selecting import runs_of
from rig.failures import Filter, failure_log
from rig.life.verdict import Outcome
from rig.survival.logs import By, life_data, refuse_unknown
from rig.survival.specimens import LifeData
from rig.survival.table import read_table


class Wanted(msgspec.Struct, frozen=True):
    """Which life data: of one component or all, in groups or not, each run with new parts or not."""

    component: str = ""
    by: By | None = None
    each_run_new: bool = False


def read_data(paths: list[Path] | None, wanted: Wanted) -> tuple[LifeData, list[str]]:
    """Life data, and what can't be read, in words.

    Raises:
        InputError: the arguments don't go together, or a table or a serial number is wrong.
    """
    tables = [path for path in paths or () if path.is_file() or path.suffix.lower() == ".csv"]
    if not tables:
        return _of_runs(paths, wanted)
    if len(paths or ()) > 1:
        raise _misfit("RUNS|FILE.csv", f"{len(paths or ())} arguments, a table among them", "runs, or one table")
    for name, given in (("--by", wanted.by is not None), ("--each-run-new", wanted.each_run_new)):
        if given:
            raise _misfit(name, "a table", "runs only; a table has its groups in the column group")
    return _of_component(read_table(tables[0]), wanted.component), []


def _of_runs(paths: list[Path] | None, wanted: Wanted) -> tuple[LifeData, list[str]]:
    runs = runs_of(paths)
    entries, unreadable = failure_log(runs, Filter([*Outcome]))
    source = ", ".join(str(path) for path in paths or [Path("runs")])
    data = life_data(entries, source, wanted.component, wanted.by, each_run_new=wanted.each_run_new)
    notices = [f"from the failure log of {len({one.run for one in entries})} runs"]
    silent = len(runs) - len(unreadable) - len({one.run for one in entries})
    if silent:
        notices.append(f"{silent} runs have no entry yet (they go on, or have no specimens) and are in no figure")
    if unreadable:
        notices.append(f"{len(unreadable)} runs can't be read and are missing from every figure")
    if not data.specimens:
        raise _misfit("RUNS|FILE.csv", f"no specimen that ran in {source}", "runs in which parts went some distance")
    return msgspec.structs.replace(data, notices=(*notices, *data.notices)), unreadable


def _of_component(data: LifeData, component: str) -> LifeData:
    if not component:
        return data
    refuse_unknown(component, {one.component for one in data.specimens}, data.source)
    kept = tuple(one for one in data.specimens if one.component == component)
    return msgspec.structs.replace(data, specimens=kept)


def _misfit(key: str, found: str, allowed: str) -> InputError:
    return InputError([Fault("rig survival", 0, key, found, allowed)])
