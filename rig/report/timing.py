"""How tight the loop was in this run: its grade and why, its counts, the quantiles and histograms of its times."""

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from rig.record.manifest import Manifest
from rig.report.panels import Panel, plain
from rig.report.tables import GRADES, table
from rig.report.words import number

QUANTILES = {"p50": "median", "p90": "90 %", "p99": "99 %", "p999": "99.9 %", "max": "largest"}
TIMES = {
    "wake_up_us": "wake-up after the deadline",
    "round_trip_us": "exchange, there and back",
    "work_us": "own work",
}
_MARKED = {"p50": "good", "p99": "warn", "max": "bad"}
"""Quantiles that are marked in the histograms, and their colours."""


def timing_table(about: Manifest, timing: Mapping[str, Any]) -> str:
    """The grade with its reason, the counts that matter, the quantiles of the loop's times."""
    rows = [
        (words, *(number(timing[name].get(q), 4) for q in QUANTILES))
        for name, words in TIMES.items()
        if isinstance(timing.get(name), dict)
    ]
    counts = {
        "cycles": _count(timing.get("cycles")),
        "late cycles": _count(timing.get("late_cycles")),
        "FIFO underruns": _count(timing.get("underruns")),
        "samples a second": _count(timing.get("sample_rate_hz")),
        "stolen by the host": _stolen(timing),
    }
    spans = "".join(
        f'<span class="{_alarm(name, timing)}"><b>{shown}</b>{name}</span>' for name, shown in counts.items()
    )
    heads = ("time, µs", *QUANTILES.values())
    return f'{_grade(about, timing)}<div class="counts">{spans}</div>' + (table(heads, rows) if rows else "")


def _grade(about: Manifest, timing: Mapping[str, Any]) -> str:
    grade = str(timing.get("grade", about.timing_grade))
    cpu = "" if about.cpu is None else f"; the loop was kept on CPU {about.cpu}"
    reason = f" – {escape(about.timing_reason)}{cpu}" if about.timing_reason else ""
    return f'<p class="note">Timing grade <b>{escape(GRADES.get(grade, grade))}</b>{reason}</p>'


def _stolen(timing: Mapping[str, Any]) -> str:
    """Processor time that this machine wanted and did not get, and its share of what all its processors have."""
    seconds, share = timing.get("steal_s"), timing.get("steal_share")
    if not isinstance(seconds, int | float):
        return "–"
    return f"{seconds:.2f} s" + (f" ({share:.1%})" if isinstance(share, int | float) else "")


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int | float) else "–"


def _alarm(name: str, timing: Mapping[str, Any]) -> str:
    keys = {"FIFO underruns": ("underruns", "bad"), "late cycles": ("late_cycles", "warn")}
    key, css = keys.get(name, ("", ""))
    return css if timing.get(key) else ""


def histograms(timing: Mapping[str, Any]) -> list[Panel]:
    """The loop's times as histograms, logarithmic both ways, so that a single late cycle is seen among millions."""
    found = timing.get("histograms")
    given = found if isinstance(found, dict) else {}
    panels = [_histogram(words, given[name], timing.get(name)) for name, words in TIMES.items() if name in given]
    return [panel for panel in panels if panel]


def _histogram(words: str, histogram: Mapping[str, Any], quantiles: object) -> Panel:
    edges, counts = np.array(histogram["edges"], float), np.array(histogram["counts"], float)
    used = np.flatnonzero(counts)
    if not len(used):
        return {}
    first, last = used[0], used[-1] + 1
    low = np.maximum(edges[first:last], 1e-3)
    kept = np.where(counts[first:last] > 0, counts[first:last], np.nan)  # a logarithm has no place for none
    values = plain(kept)
    series = [{"label": "cycles", "unit": "", "values": values, "role": "bars", "scale": "y"}]
    at = quantiles if isinstance(quantiles, dict) else {}
    lines = [{"at": at[name], "label": QUANTILES[name], "role": role} for name, role in _MARKED.items() if at.get(name)]
    told = ", ".join(f"{line['label']} {number(line['at'], 4)} µs" for line in lines)
    highest = max([float(edges[last]), *(float(line["at"]) for line in lines)])
    return {
        "title": words[0].upper() + words[1:],
        "note": told,
        "series": series,
        "y": "cycles",
        "own_x": plain(np.sqrt(low * edges[first + 1 : last + 1])),
        "x_label": "µs",
        "log": True,
        "logy": True,
        "lines": lines,
        "ends": [10.0 ** np.floor(np.log10(low[0])), 10.0 ** np.ceil(np.log10(highest))],  # whole decades are labelled
        "floor": 0.5,  # so that a single cycle has a bar
    }
