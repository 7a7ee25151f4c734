"""The report in a real browser, offline: its plots are drawn, zoom together, and follow the colour scheme."""

from pathlib import Path

import pytest
from synthetic_run import Recipe, make_checks, make_run

from rig.report import build
from tests.browser import COLOURS, INK, MARKS, Window

pytestmark = MARKS


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    recipes = {
        "failed": Recipe(seconds=30.0, broken_at_s=20.0),
        "empty": Recipe(seconds=0.0, with_slow=False),
        "long": Recipe(seconds=10.0, long=True),
        "interrupted": Recipe(seconds=10.0, with_verdict=False, closed=False),
        "overridden": Recipe(seconds=10.0, checks=make_checks("overridden")),
    }
    return {name: build(make_run(tmp_path_factory.mktemp(name), recipe)) for name, recipe in recipes.items()}


def test_every_report_opens_offline_and_draws_its_plots(window: Window, reports: dict[str, Path]) -> None:
    """Each kind of run opens without a request or complaint, no wider than a laptop, with each curve on its canvas."""
    for name, report in reports.items():
        window.open(report)
        ink = window.page.evaluate(INK)
        assert len(ink) == {"failed": 18, "empty": 2, "long": 14, "interrupted": 12, "overridden": 15}[name]
        assert [title for title, pixels in ink if pixels < 100] == [], name
        assert window.page.evaluate("document.documentElement.scrollWidth") <= 1366
        assert all(url.startswith("file:") for url in window.requests), window.requests
        assert window.complaints == []


def test_panels_zoom_together_and_reset(window: Window, reports: dict[str, Path]) -> None:
    """A drag in one panel zooms all panels over the run alike; a double click shows the whole run again."""
    window.open(reports["failed"])
    whole = window.scales()
    plot = window.page.locator(".plot .u-over").nth(5)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    window.page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    window.page.mouse.down()
    window.page.mouse.move(box["x"] + box["width"] * 0.75, middle, steps=5)
    window.page.mouse.up()
    zoomed = window.scales()
    assert all(scale == zoomed[0] for scale in zoomed)
    width = whole[0][1] - whole[0][0]
    assert zoomed[0][1] - zoomed[0][0] == pytest.approx(width / 2, rel=0.02)
    window.page.mouse.dblclick(box["x"] + box["width"] / 2, middle)
    reset = window.scales()
    assert reset[0][1] - reset[0][0] == pytest.approx(width, rel=0.02)
    assert all(scale == pytest.approx(reset[0], rel=0.05, abs=0.01) for scale in reset)


def test_axis_switches_between_distance_and_time(window: Window, reports: dict[str, Path]) -> None:
    """The horizontal axis of all panels over the run is distance at first and time after one click."""
    window.open(reports["failed"])
    assert window.scales()[0][1] < 1.0
    window.page.click("button[data-x=time_s]")
    assert window.scales()[0][1] == pytest.approx(30.0, rel=0.02)
    assert window.page.get_attribute("button[data-x=time_s]", "aria-pressed") == "true"


def test_plots_follow_the_colour_scheme(window: Window, reports: dict[str, Path]) -> None:
    """In the dark, page and plots are redrawn in colours for the dark, while the page is open."""
    window.open(reports["failed"])
    window.page.emulate_media(color_scheme="light")
    light = window.page.evaluate(COLOURS)
    window.page.emulate_media(color_scheme="dark")
    window.page.wait_for_function(
        f"light => !({COLOURS})().some((one, k) => one === light[k])", arg=light, timeout=8000
    )
