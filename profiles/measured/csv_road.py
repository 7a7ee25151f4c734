"""Measured roads in tables: distance and both heights, with their units in the names of the columns."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from profiles.measured.lap import WIDEST_GAP_M, WheelTracks, few, make_lap
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray
from profiles.yaml_nodes import shown

LENGTHS_M = {"m": 1.0, "km": 1000.0, "cm": 0.01, "mm": 0.001}
GRADES = {"grade": 1.0, "grade_pct": 0.01}
FINEST_PER_STEP = 50  # points a station is made of at most: 1 mm on stations of 50 mm
COLUMNS = "distance_m, left_m, right_m, and grade or grade_pct where there is one (lengths in m, km, cm or mm)"
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?(nan|inf|infinity)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)


def read_csv_road(file: str, step_m: float) -> WheelTracks:
    """The wheel tracks of a table.

    Comments (``#``) and empty lines may stand anywhere; the first other line names the columns. The distance may start
    anywhere and need not be equally spaced; between points the road is straight. Where there is a grade, heights are
    above the line that it describes; what they still climb as a whole is added to it.

    Raises:
        InputError: with the faults of the file, each with its line.
    """
    table = _Table(file)
    x_m, heights, grade = table.columns()
    spacing_m = np.diff(x_m)
    per_step = int(np.clip(np.ceil(step_m / float(np.median(spacing_m)) - 1e-6), 1, FINEST_PER_STEP))
    from_m = step_m / per_step
    even = np.arange(int((x_m[-1] - x_m[0] + 1e-9) / from_m) + 1) * from_m
    raw = np.stack([np.interp(even, x_m - x_m[0], track) for track in heights])
    own = None if grade is None else np.interp(even, x_m - x_m[0], grade)
    return make_lap(file, raw, from_m, step_m, own)


@dataclass(slots=True)
class _Table:
    """A file on its way to numbers; what is wrong in it is collected."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def columns(self) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Distance float64[rows] and heights float64[2, rows] in m, grade float64[rows] or None."""
        lines = self._lines()
        if not lines:
            self._fail(0, "(the whole file)", "nothing", f"a line with the columns {COLUMNS}")
        number, header = lines[0]
        separator = self._separator(number, header)
        names = [name.strip() for name in header.split(separator)]
        factors = self._factors(number, names)
        rows, at_line = self._rows(lines[1:], separator, names)
        if len(at_line) < 2:
            found = f"{len(at_line)} row{'s' * (len(at_line) != 1)} of numbers"
            self._fail(lines[-1][0], "(rows)", found, "at least 2 rows")
        values = rows * np.array([factors[name] for name in names])
        by_name = {name.partition("_")[0]: values[:, column] for column, name in enumerate(names)}
        self._check_distance(by_name["distance"], at_line)
        return by_name["distance"], np.stack([by_name["left"], by_name["right"]]), by_name.get("grade")

    def _fault(self, line: int, key: str, found: str, allowed: str) -> None:
        self.faults.append(Fault(self.file, line, key, found, allowed))

    def _fail(self, line: int, key: str, found: str, allowed: str) -> None:
        self._fault(line, key, found, allowed)
        self._refuse()

    def _refuse(self) -> None:
        """End here if there are faults."""
        if self.faults:
            raise InputError(few(self.faults))

    def _lines(self) -> list[tuple[int, str]]:
        """All lines that say something, with their numbers."""
        try:
            text = Path(self.file).read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._fail(
                error.object[: error.start].count(b"\n") + 1,
                "(the text)",
                f"byte {error.start} is no UTF-8",
                "UTF-8 text",
            )
        except OSError as error:
            self._fail(0, "(the whole file)", (error.strerror or str(error)).lower(), "a file that can be read")
        numbered = ((number, line.strip(" \r")) for number, line in enumerate(text.split("\n"), 1))
        return [(number, line) for number, line in numbered if line.strip() and not line.startswith("#")]

    def _separator(self, line: int, header: str) -> str:
        used = [separator for separator in SEPARATORS if separator in header]
        if len(used) == 1:
            return used[0]
        found = " and ".join(SEPARATORS[separator] for separator in used) if used else shown(header)
        self._fail(
            line, "(the columns)", found, f"{COLUMNS}, with one kind of separator: {', '.join(SEPARATORS.values())}"
        )
        raise AssertionError

    def _factors(self, line: int, names: list[str]) -> dict[str, float]:
        """What the values of each column are multiplied by to be in m, or in rise over run."""
        factors: dict[str, float] = {}
        units: dict[str, str] = {}
        for name in names:
            what, _, unit = name.partition("_")
            if what in units:
                self._fault(line, name, "a second column of the kind", f"each once: {COLUMNS}")
            elif what in ("distance", "left", "right") and unit in LENGTHS_M:
                units[what], factors[name] = unit, LENGTHS_M[unit]
            elif name in GRADES:
                units[what], factors[name] = unit, GRADES[name]
            else:
                missing = " without its unit" if name in ("distance", "left", "right") else ""
                self._fault(line, name or "(no name)", f"an unknown column{missing}", COLUMNS)
        for what in ("distance", "left", "right"):
            if what not in units and not any(name.partition("_")[0] == what for name in names):
                self._fault(line, f"{what}_m", "nothing", f"the column {what}_m must be there")
        if {"left", "right"} <= units.keys() and units["left"] != units["right"]:
            self._fault(
                line, "right", f"left in {units['left']}, right in {units['right']}", "heights in the same unit"
            )
        self._refuse()
        return factors

    def _rows(self, lines: list[tuple[int, str]], separator: str, names: list[str]) -> tuple[FloatArray, list[int]]:
        rows: list[list[float]] = []
        for number, line in lines:
            cells = [cell.strip() for cell in line.split(separator)]
            if len(cells) != len(names):
                allowed = f"{len(names)} fields, as in the line of the columns; numbers with a decimal point"
                self._fault(number, "(the row)", f"{len(cells)} fields", allowed)
                continue
            rows.append([self._value(number, name, cell) for name, cell in zip(names, cells, strict=True)])
        self._refuse()
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(names)), [number for number, _ in lines]

    def _value(self, line: int, name: str, cell: str) -> float:
        if _NUMBER.fullmatch(cell):
            value = float(cell)
            if np.isfinite(value):
                return value
        if _DECIMAL_COMMA.fullmatch(cell):
            self._fault(line, name, f"{shown(cell)}, with a decimal comma", "a number with a decimal point")
        elif _NO_NUMBER.fullmatch(cell) or _NUMBER.fullmatch(cell):
            self._fault(line, name, f"{shown(cell)}, which is not a number", "a finite number")
        else:
            self._fault(line, name, shown(cell) if cell else "nothing", "a number")
        return np.nan

    def _check_distance(self, x_m: FloatArray, at_line: list[int]) -> None:
        spacing_m = np.diff(x_m)
        for row in np.flatnonzero(~(spacing_m > 0.0)):
            found = f"{x_m[row + 1]:g} m after {x_m[row]:g} m"
            self._fault(at_line[row + 1], "distance", found, "distances that increase from row to row")
        for row in np.flatnonzero(spacing_m > WIDEST_GAP_M + 1e-9):
            found = f"a gap of {spacing_m[row]:g} m"
            self._fault(at_line[row + 1], "distance", found, f"at most {WIDEST_GAP_M:g} m from row to row")
        self._refuse()
