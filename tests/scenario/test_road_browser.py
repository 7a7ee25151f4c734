"""The page of a road in a real browser, offline: every curve is drawn, among the classes, light and dark."""

from pathlib import Path

import pytest

from profiles.road_analysis.source import load_road
from profiles.road_analysis.survey import survey_course
from rig.report.road_page import write_road_page
from tests.browser import INK, MARKS, Window

pytestmark = MARKS

SPECTRA = """() => {
  const style = getComputedStyle(document.documentElement);
  const spectra = JSON.parse(document.getElementById('data').textContent).spectra;
  return Object.entries(spectra).map(([id, one]) => {
    const canvas = document.querySelector(`#${id} canvas`);
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const hex = parseInt(style.getPropertyValue('--' + one.series.at(-1).role).trim().slice(1), 16);
    let count = 0;
    for (let k = 0; k < pixels.length; k += 4) {
      const far = Math.abs(pixels[k] - (hex >> 16)) + Math.abs(pixels[k + 1] - ((hex >> 8) & 255))
                + Math.abs(pixels[k + 2] - (hex & 255));
      count += pixels[k + 3] > 100 && far < 60;
    }
    return [document.querySelector(`#${id} h3`).textContent, count];
  });
}"""
"""Of each spectrum and coherence its title and how many pixels have the colour of its last series."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("roads")
    paths = {name: folder / f"{name}.html" for name in ("dune_loop", "belgian_block")}
    for name, path in paths.items():
        write_road_page(path, *survey_course(load_road(name), 1.77))
    return paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_draws_every_curve_offline(window: Window, pages: dict[str, Path], scheme: str) -> None:
    """No request, no complaint, no wider than a laptop; each panel and each spectrum has its last curve."""
    window.page.emulate_media(color_scheme=scheme)
    for name, page in pages.items():
        window.open(page)
        window.page.wait_for_function("document.documentElement.dataset.spectra")
        ink, spectra = window.page.evaluate(INK), window.page.evaluate(SPECTRA)
        assert len(ink) == 3
        assert len(spectra) == {"dune_loop": 12, "belgian_block": 1}[name]
        assert [title for title, pixels in ink + spectra if pixels < 40] == [], name
        assert window.page.evaluate("document.documentElement.scrollWidth") <= 1366
        assert all(url.startswith("file:") for url in window.requests), window.requests
        assert window.complaints == []
