"""The health blocks of a run as a table: what each showed of the strut, in shares of the first one."""

from collections.abc import Mapping
from html import escape
from typing import Any

from rig.life.health import WARNING_LOSS
from rig.record.events import Event
from rig.report.document import section
from rig.report.tables import table
from rig.report.words import spoken
from rig.runs import Run

_HEADS = {
    "stiffness": "spring's stiffness",
    "compression": "damping, compression",
    "rebound": "damping, rebound",
    "mount": "mount's stiffness",
}


def health_section(run: Run) -> str:
    """What the health blocks showed, and how far they went beside the stage; nothing where a run has none."""
    events = [event for event in run.events.events if event.kind == "health_block"]
    planned = run.manifest.health
    if planned is None and not events:
        return ""
    played = len({event.data.get("number") for event in events})
    plan = f"Planned up to the target: {escape(planned.words)}. Ended so far: {played}. " if planned else ""
    note = (
        f'<p class="note">{plan}Always the same drive: what it shows of a part is compared with what the first good one'
        " showed, with the standard error of that. Bold: beyond the limit of a warning.</p>"
    )
    return section("Health blocks", note + (_table(events) if events else ""))


def _table(events: list[Event]) -> str:
    struts = {str(event.data.get("strut", "")) for event in events}
    heads = ["health block", "at km of the stage", *_HEADS.values(), "held against"]
    return table([*heads, "strut"] if len(struts) > 1 else heads, (_row(event, len(struts) > 1) for event in events))


def _row(event: Event, with_strut: bool) -> list[str]:
    data = event.data
    number, reference, shares = data.get("number"), data.get("reference"), data.get("shares") or {}
    if reference is None:
        against = f"not compared: {escape(str(data.get('why', '')))}"
    else:
        against = "the first: 100 %" if reference == number else f"health block {reference}"
    row = [
        str(number),
        f"{event.distance_km or 0.0:,.3f}",
        *(_share(name, shares, reference == number) for name in _HEADS),
    ]
    return [*row, against, escape(spoken(str(data.get("strut", ""))))] if with_strut else [*row, against]


def _share(feature: str, shares: Mapping[str, Any], is_first: bool) -> str:
    if feature not in shares or is_first:
        return "–" if feature not in shares else "100 %"
    value, error = shares[feature]
    text = f"{value:.2%} ± {error:.2%}"
    return f'<b class="bad">{text}</b>' if 1.0 - value >= WARNING_LOSS[feature] else text
