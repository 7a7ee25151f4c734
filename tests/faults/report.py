"""``python -m tests.faults.report`` plays the whole fault table and writes it, with what it measured, into the docs.

With names of rows it plays these only; the others keep what stands in the docs.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.faults.playing import react, react_at_loop, react_shared
from tests.faults.row import ACTIONS, BUSY_MS, RUN_BUSY_MS, Reaction, Row
from tests.faults.run_row import RunRow
from tests.faults.site import RAMP_S as RUN_RAMP_S
from tests.faults.site import site
from tests.faults.stand import RAMP_S, Stand, stand
from tests.faults.table import LOOP_ROWS, RUN_ROWS, SECTIONS, SHARED_RUNS, counted, demand

DOCS = Path(__file__).parents[2] / "docs" / "safety.md"
BEGIN, END = "<!-- fault table: begin -->", "<!-- fault table: end -->"
HEADINGS = ["fault", "injected", "must happen", "within", "recorded", "measured", "the operator reads"]
DEMANDS = 5
TIMES = 3
"""Each row of the loop is played so often; the table has the medians."""


def main(names: list[str]) -> int:
    """Play, write, and say what did not end as it must; returns the exit code."""
    wanted = set(names) or {row.name for rows in SECTIONS.values() for row in rows}
    reactions = {**_of_loop(wanted), **_of_runs(wanted)}
    text = DOCS.read_text()
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    DOCS.write_text(f"{before}{BEGIN}\n{_table(reactions, _cells(inside))}\n{END}{after}")
    wrong = {name: found.complaints for name, found in reactions.items() if found.complaints}
    for name, complaints in wrong.items():
        sys.stderr.write(f"{name}: {'; '.join(complaints)}\n")
    return 1 if wrong else 0


def _of_loop(wanted: set[str]) -> dict[str, Reaction]:
    rows = [row for row in LOOP_ROWS if row.name in wanted]
    if not rows:
        return {}
    with stand() as made:
        return {row.name: _middle([_once(row, made) for _ in range(TIMES)]) for row in rows}


def _once(row: Row, made: Stand) -> Reaction:
    with _folder() as folder:
        return react_at_loop(row, made, folder)


def _of_runs(wanted: set[str]) -> dict[str, Reaction]:
    rows = [row for row in RUN_ROWS if row.name in wanted]
    shared = [one for one in SHARED_RUNS if wanted & {row.name for row in one.rows}]
    found: dict[str, Reaction] = {}
    if not rows and not shared:
        return found
    with _folder() as folder, site(folder) as made:
        for row in rows:
            with _folder() as runs:
                found[row.name] = react(row, made, runs)
        for one in shared:
            with _folder() as runs:
                found |= react_shared(one, made, runs)
    return found


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _middle(found: list[Reaction]) -> Reaction:
    """The medians, in the first of them; the complaints of all."""
    first = found[0]
    for name in ("state_ms", "device_ms", "neutral_ms", "samples"):
        values = [value for one in found if (value := getattr(one, name)) is not None]
        setattr(first, name, median(values) if values else None)
    first.complaints = [words for one in found for words in one.complaints]
    return first


def _table(reactions: dict[str, Reaction], old: list[list[str]]) -> str:
    """The whole part of the docs between the markers."""
    kept = {tuple(cells[:DEMANDS]): cells[DEMANDS:] for cells in old}
    lines = [*_legend()]
    for section, rows in SECTIONS.items():
        lines += ["", f"### {section}", "", _line(HEADINGS), _line(["---"] * len(HEADINGS))]
        for row in rows:
            demands = [_cell(text) for text in demand(row)]
            found = reactions.get(row.name)
            told = [measured(row, found), _reads(found)] if found else kept.get(tuple(demands), ["–", "–"])
            lines.append(_line([*demands, *told]))
    return "\n".join(lines)


def _legend() -> Iterator[str]:
    yield (
        f"Times are from the fault to the state; the device's ramp takes {1000 * RAMP_S:g} ms here, in whole runs "
        f"{1000 * RUN_RAMP_S:g} ms. On a machine that may be busy the tests allow {BUSY_MS:g} ms more, in whole runs "
        f"{RUN_BUSY_MS:g} ms. Measured: medians of {TIMES} runs of the loop, or one whole run. Where the machine's own "
        "host took processor time and the device ran dry for that, not for its fault, a row is played again."
    )
    yield ""
    yield from (f"- **{state}**: {words}." for state, words in ACTIONS.items())


def measured(row: Row | RunRow, found: Reaction) -> str:
    """The reaction in one cell."""
    parts = [] if found.samples is None else [counted(found.samples)]
    if found.state == "RUNNING":
        return ", ".join(parts) or "–"
    if found.state_ms is not None:
        parts.append(f"{found.state_ms:.1f} ms")
    if found.device_ms is not None:
        parts.append(f"device {found.device_ms:.1f} ms")
    if found.neutral_ms is not None and row.must.neutral_ms is not None:
        parts.append(f"neutral {found.neutral_ms:.0f} ms")
    return ", ".join(parts)


def _reads(found: Reaction) -> str:
    """As it was read; what the next run would have otherwise is left out."""
    return _cell(re.sub(r"127\.0\.0\.1(:+)\d+", r"127.0.0.1\1…", found.reads)) or "–"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(inside: str) -> list[list[str]]:
    """The cells of all rows that stand between the markers, without the headings."""
    rows = [line.removeprefix("| ").removesuffix(" |").split(" | ") for line in inside.splitlines()]
    return [cells for cells in rows if len(cells) == len(HEADINGS) and cells[0] not in (HEADINGS[0], "---")]


def demands_in_docs() -> list[list[str]]:
    """The demands that stand in the docs, as `demand` gives them, in their order."""
    inside = DOCS.read_text().partition(BEGIN)[2].partition(END)[0]
    return [cells[:DEMANDS] for cells in _cells(inside)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
