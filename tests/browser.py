"""A page in a real browser: what it asked for and complained about, and how much of each curve is on its canvas."""

import shutil
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INK = """() => {
  const panels = JSON.parse(document.getElementById('data').textContent).panels;
  const style = getComputedStyle(document.documentElement);
  return Object.entries(panels).map(([id, panel]) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    return [panel.title, Math.min(...panel.series.slice(-1).map((series) => {
      const hex = parseInt(style.getPropertyValue('--' + series.role).trim().slice(1), 16);
      let count = 0;
      for (let k = 0; k < pixels.length; k += 4) {
        const far = Math.abs(pixels[k] - (hex >> 16)) + Math.abs(pixels[k + 1] - ((hex >> 8) & 255))
                  + Math.abs(pixels[k + 2] - (hex & 255));
        count += pixels[k + 3] > 100 && far < 60;
      }
      return count;
    }))];
  });
}"""
"""Of each panel its title and how many pixels have the colour of its last (topmost) series."""

COLOURS = """() => [getComputedStyle(document.body).backgroundColor,
  getComputedStyle(document.querySelectorAll('.u-marker')[1]).borderTopColor]"""
"""The colour of the page and that of the first plot's first curve."""

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH (Debian: apt-get install chromium)"),
]


class Window:
    """A page of a report, with all that it asked for and complained about."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, report: Path) -> None:
        self.page.goto(report.as_uri())
        self.page.wait_for_function("document.documentElement.dataset.plots")

    def scales(self) -> list[list[float]]:
        """Lowest and highest x of each panel over the run."""
        return list(self.page.evaluate("ergReport.scales()"))
