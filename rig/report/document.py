"""An HTML file that asks no server for anything: plots with their data, styles and scripts, all within it."""

import json
from html import escape
from importlib import resources
from typing import Any

from rig.report.panels import Panel

NOTHING_PLOTTED: dict[str, Any] = {
    "x": {"distance_km": []}, "panels": {}, "stretches": [], "surfaces": [], "marks": [],
}  # fmt: skip
"""The data of a `document` whose pictures are its own."""


class Plots:
    """Collects panels under ids; the page holds an empty box for each, and their data once."""

    def __init__(self) -> None:
        self.panels: dict[str, Panel] = {}

    def boxes(self, panels: list[Panel], css: str = "") -> str:
        """The HTML for some panels."""
        return "".join(self._box(panel, css) for panel in panels)

    def _box(self, panel: Panel, css: str) -> str:
        name = f"plot-{len(self.panels)}"
        self.panels[name] = panel
        note = f'<p class="note">{escape(panel["note"])}</p>' if panel.get("note") else ""
        return f'<figure class="plot {css}" id="{name}"><h3>{escape(panel["title"])}</h3>{note}</figure>'


def section(title: str, body: str) -> str:
    """A part of the page under its heading; nothing where there is nothing in it."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def document(title: str, body: str, data: dict[str, Any]) -> str:
    """The whole file: body is HTML, data what `static/report.js` draws.

    Keys of ``data``: ``x`` (the shared axis by name), ``panels``, ``stretches`` and ``surfaces`` (the shading),
    ``marks``.
    """
    static = resources.files("rig.report") / "static"
    files = ("uPlot.min.css", "report.css", "uPlot.iife.min.js", "report.js")
    plot_css, css, plot_js, js = ((static / name).read_text(encoding="utf-8") for name in files)
    # "<" can't end the element from within a string: a name is never markup.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">"
        f"<style>{plot_css}{css}</style></head><body><main>{body}</main>"
        f'<script type="application/json" id="data">{text}</script>'
        f"<script>{plot_js}</script><script>{js}</script></body></html>\n"
    )
