"""The checks before the run: a table of what was measured and allowed, and the small moves as plots."""

from html import escape

import numpy as np

from rig.record.checks import CheckMove, CheckResult, Checks
from rig.report.document import Plots, section
from rig.report.panels import Panel, plain, shown_unit
from rig.report.tables import badge, table
from rig.report.words import in_words, number
from rig.runs import Run

_HEADS = ("check of", "what", "measured", "allowed", "unit", "")


def notice(run: Run) -> str:
    """What a reader must know first: the rig was not in order when the run began, and who let it go on."""
    checks = run.checks
    if checks is None or checks.outcome != "overridden" or checks.override is None:
        return ""
    many = len(checks.failed)
    told = f"{many} check{'s' if many != 1 else ''} before the run failed"
    words = f"{told}; {checks.override.user} let it go on: {checks.override.reason}"
    return f'<p class="notice">{escape(words)}</p>'


def checks_section(run: Run, plots: Plots) -> str:
    """The section of the page; a run without checks says so."""
    title, checks = "Checks before the run", run.checks
    if checks is None:
        said = "" if run.manifest.checks else "The rig file has no checks: nothing was looked at before the drive."
        return section(title, f'<p class="note">{said}</p>' if said else "")
    boxes = plots.boxes([_panel(run, move, checks) for move in checks.moves], "half")
    grid = f'<div class="grid">{boxes}</div>' if boxes else ""
    return section(title, _told(checks) + _tables(checks) + grid)


def _told(checks: Checks) -> str:
    words = {"passed": "PASSED", "failed": "FAILED", "overridden": "OVERRIDDEN", "broken_off": "BROKEN OFF"}
    unneeded = checks.override if checks.outcome == "passed" else None
    also = f"; an override was given and not needed ({unneeded.user}: {unneeded.reason})" if unneeded else ""
    return f"<p>{badge(words[checks.outcome])} {escape(checks.summary() + also)}</p>"


def _tables(checks: Checks) -> str:
    """The failed ones open, with their words; all of them folded up."""
    failed = ""
    if checks.failed:
        failed = table(_HEADS, map(_row, checks.failed))
        failed += "".join(f'<p class="bad">{escape(result.words)}</p>' for result in checks.failed)
    if not checks.results:
        return failed
    every = table(_HEADS, map(_row, checks.results))
    return f"{failed}<details><summary>all {len(checks.results)} checks</summary>{every}</details>"


def _row(result: CheckResult) -> tuple[str, ...]:
    outcome = "passed" if result.passed else '<b class="bad">FAILED</b>'
    found = escape(result.found) or (number(result.measured, 4) if result.measured is not None else "nothing")
    return (escape(result.subject), escape(result.what), found, _allowed(result), result.unit, outcome)


def _allowed(result: CheckResult) -> str:
    if result.expected:
        return escape(result.expected)
    if result.lowest is None:
        return "" if result.highest is None else f"at most {number(result.highest, 4)}"
    low = number(result.lowest, 4)
    return f"at least {low}" if result.highest is None else f"{low} to {number(result.highest, 4)}"


def _panel(run: Run, move: CheckMove, checks: Checks) -> Panel:
    """One small move: what the axis was told and what it did, at full rate."""
    axis = next(axis for axis in run.manifest.axes if axis.name == move.axis)
    unit, factor = shown_unit(axis.unit)
    time_s = np.arange(len(move.setpoint)) / checks.sample_rate_hz
    feedback = np.array([np.nan if value is None else value for value in move.feedback.get(move.axis, [])], float)
    both = (("set point", np.array(move.setpoint), "setpoint"), ("feedback", feedback, "feedback"))
    series = [
        {"label": label, "unit": unit, "values": plain(values * factor), "role": role, "scale": "y"}
        for label, values, role in both
    ]
    title = f"{in_words(move.axis)}: the small move"
    return {"title": title, "series": series, "y": unit, "own_x": plain(time_s, 9), "x_label": "time, s"}
