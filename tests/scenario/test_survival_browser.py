"""The page of life data in a real browser: offline, whole, in its colours."""

from pathlib import Path

from rig.survival.answer import Settings, answer
from rig.survival.page import write_survival_page
from rig.survival.table import read_table
from tests.browser import MARKS, Window
from tests.survival_cases import fleet_table

pytestmark = MARKS


def test_page_shows_infants_and_wear_out_offline(window: Window, tmp_path: Path) -> None:
    """No request, no complaint, no wider than a laptop; the colours of two modes differ, in light and in dark."""
    (tmp_path / "fleet.csv").write_text("\n".join(r for r in fleet_table().splitlines() if "2026-03" not in r))
    write_survival_page(tmp_path / "fleet.html", answer(read_table(tmp_path / "fleet.csv"), Settings()))
    window.open(tmp_path / "fleet.html")
    badges = window.page.eval_on_selector_all(".badge", "all => all.map(one => one.textContent)")
    assert {"infant", "wear-out"} <= set(badges)
    seen = set()
    for scheme in ("light", "dark"):
        window.page.emulate_media(color_scheme=scheme)
        seen |= {window.page.evaluate(f"getComputedStyle(document.querySelector('.line.c{k}')).stroke") for k in (0, 1)}
    assert len(seen) == 4
    boxes = window.page.eval_on_selector_all("svg.chart", "all => all.map(one => one.getBoundingClientRect().height)")
    assert len(boxes) == 4
    assert min(boxes) > 100
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert all(url.startswith("file:") for url in window.requests)
    assert window.complaints == []
