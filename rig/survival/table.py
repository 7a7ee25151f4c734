"""Life data from elsewhere: a CSV table with a line for each specimen."""

import csv
import difflib
import math
from pathlib import Path

from profiles.measured.lap import few
from profiles.schema import Fault, InputError
from profiles.yaml_nodes import shown
from rig.survival.specimens import UNNAMED, LifeData, Specimen

COLUMNS = ("distance_km", "event")
OPTIONAL = ("group", "component", "serial", "mode", "damage")
EVENTS = {"failed": True, "suspended": False}
_ALL = f"the columns {' and '.join(COLUMNS)}; where there are any: {', '.join(OPTIONAL)}"
_DISTANCE = "a number above 0, with a decimal point (a specimen that never ran says nothing: leave it out)"
_SEPARATORS = (",", ";", "\t")
_MEANT = {
    "survived": "suspended: a survivor is suspended at its distance",
    "rig_fault": "suspended: a rig fault is no failure of the part",
    "censored": "suspended",
}


def read_table(path: Path) -> LifeData:
    """The specimens of a table; comments (``#``) and empty lines may stand anywhere, the first other line has names.

    Raises:
        InputError: with the faults of the file, each with its line.
    """
    table = _Table(str(path))
    lines = _lines(path)
    if not lines:
        table.fail(0, "(the whole file)", "nothing", f"a line with {_ALL}")
    separator = next((one for one in _SEPARATORS if one in lines[0][1]), ",")
    rows = [(number, _cells(line, separator)) for number, line in lines]
    names = rows[0][1]
    table.check_names(rows[0][0], names)
    found = [table.specimen(number, names, cells) for number, cells in rows[1:]]
    if not found:
        table.fail(rows[0][0], "(rows)", "none", "a line for each specimen")
    table.refuse()
    others = [name for name in names if name not in (*COLUMNS, *OPTIONAL)]
    notices = [f"columns that are not used: {', '.join(others)}"] if others else []
    if "serial" not in names:
        notices.append("no column serial: each line is taken to be a specimen of its own")
    return LifeData(str(path), tuple(one for one in found if one is not None), tuple(notices))


def _lines(path: Path) -> list[tuple[int, str]]:
    """All lines that say something, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            [Fault(str(path), line, "(the text)", f"byte {error.start} is no UTF-8", "UTF-8 text")]
        ) from None
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(path), 0, "(the whole file)", found, "a file that can be read")]) from None
    numbered = ((number, line.strip(" \r")) for number, line in enumerate(text.split("\n"), 1))
    return [(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]


class _Table:
    """A file on its way to specimens; what is wrong in it is collected."""

    def __init__(self, file: str) -> None:
        self.file, self.faults, self.line_of = file, list[Fault](), dict[tuple[str, str], int]()

    def fault(self, line: int, key: str, found: str, allowed: str) -> None:
        self.faults.append(Fault(self.file, line, key, found, allowed))

    def fail(self, line: int, key: str, found: str, allowed: str) -> None:
        self.fault(line, key, found, allowed)
        self.refuse()

    def refuse(self) -> None:
        """End here if there are faults."""
        if self.faults:
            raise InputError(few(self.faults))

    def check_names(self, line: int, names: list[str]) -> None:
        for name in COLUMNS:
            if name not in names:
                close = difflib.get_close_matches(name, names, n=1)
                self.fault(line, name, f"no such column{f', but {close[0]!r}' if close else ''}", _ALL)
        for name in sorted(set(names)):
            if names.count(name) > 1:
                self.fault(line, name or "(no name)", f"{names.count(name)} columns of this name", "each once")
        self.refuse()

    def specimen(self, line: int, names: list[str], cells: list[str]) -> Specimen | None:
        if len(cells) != len(names):
            self.fault(line, "(the row)", f"{len(cells)} fields", f"{len(names)} fields, as in the line of the columns")
            return None
        row = dict(zip(names, cells, strict=True))
        failed = self._event(line, row["event"])
        distance_km = self._number(line, "distance_km", row["distance_km"], _DISTANCE, above_zero=True)
        damage = None
        if row.get("damage"):
            damage = self._number(line, "damage", row["damage"], "a finite number, at least 0", above_zero=False)
        if not failed and row.get("mode"):
            self.fault(line, "mode", f"{shown(row['mode'])} of a suspended specimen", "a mode of failures only")
        self._once(line, row)
        return Specimen(
            component=row.get("component", ""),
            serial=row.get("serial") or f"line {line}",
            group=row.get("group", ""),
            distance_km=distance_km,
            failed=failed,
            mode=(row.get("mode") or UNNAMED) if failed else None,
            damage=damage,
        )

    def _event(self, line: int, cell: str) -> bool:
        if cell.lower() not in EVENTS:
            meant = _MEANT.get(cell.lower(), "failed or suspended")
            self.fault(line, "event", shown(cell) if cell else "nothing", meant)
        return EVENTS.get(cell.lower(), False)

    def _number(self, line: int, key: str, cell: str, allowed: str, *, above_zero: bool) -> float:
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not (0.0 < value < math.inf or (value == 0.0 and not above_zero)):
            self.fault(line, key, shown(cell) if cell else "nothing", allowed)
        return value

    def _once(self, line: int, row: dict[str, str]) -> None:
        if not row.get("serial"):
            return
        whose = (row.get("component", ""), row["serial"])
        if whose in self.line_of:
            found = f"{shown(row['serial'])} as in line {self.line_of[whose]}"
            self.fault(line, "serial", found, "a line for each specimen, with all its distance")
        self.line_of.setdefault(whose, line)
