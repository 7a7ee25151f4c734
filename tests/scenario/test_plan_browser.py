"""The page of a plan in a real browser, offline: every curve is drawn, of one plan and of two side by side."""

from pathlib import Path

import pytest

from rig.plan import Wanted, load_plan
from rig.plan.page import write_plan_page
from rig.plan.summary import summary_of
from tests.browser import INK, MARKS, Window
from tests.plans import campaign_file

pytestmark = MARKS


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("plans")
    days = str(campaign_file(folder))
    plans = [load_plan(Wanted(days)), load_plan(Wanted(days, vehicle="octa"))]
    planned = [(plan, summary_of(plan)) for plan in plans]
    paths = {"one": folder / "one.html", "two": folder / "two.html"}
    write_plan_page(paths["one"], planned[:1])
    write_plan_page(paths["two"], planned)
    return paths


def test_page_draws_every_curve_offline(window: Window, pages: dict[str, Path]) -> None:
    """No request, no complaint, no wider than a laptop; the last curve of each panel is on its canvas."""
    for name, page in pages.items():
        window.open(page)
        ink = window.page.evaluate(INK)
        assert len(ink) == 4 + 2 + 3 * 3 + 1, name  # over the distance, grounds, axes, strut force
        assert [title for title, pixels in ink if pixels < 60] == [], name
        assert window.page.evaluate("document.documentElement.scrollWidth") <= 1366
        assert all(url.startswith("file:") for url in window.requests), window.requests
        assert window.complaints == []


def test_two_plans_are_told_apart(window: Window, pages: dict[str, Path]) -> None:
    """Speeds and spectra carry a curve for each vehicle, named by what differs."""
    window.open(pages["two"])
    panels = window.page.evaluate("Object.values(JSON.parse(document.getElementById('data').textContent).panels)")
    for title in ("Speed", "Strut force: range pairs"):
        series = next(panel["series"] for panel in panels if panel["title"] == title)
        assert [one["label"] for one in series] == ["d7xr", "octa"]
    assert "octa, stage_pace" in window.page.inner_text("body")
