"""The pictures of docs/surfaces.md: ``python -m docs.pictures`` drives each library surface and draws what it is."""

import tempfile
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from profiles.car.vehicle import load_vehicle
from profiles.catalogue import names
from profiles.course.course import Leg
from profiles.driver.speed import plan_speed
from profiles.driver.style import load_style
from profiles.road.builder import PlacedFeature, iter_road, placed_features
from profiles.road.route import Route, stretches_of
from profiles.road.surface import FOLDER, load_surface
from profiles.signal import Road, join_roads
from rig.config import load_rig
from rig.plan.bench import bench_of
from rig.plan.leg import Task, plan_leg
from rig.plan.panels import road_panel
from rig.report.document import Plots, document
from rig.report.panels import Panel, plain

OUT = Path(__file__).parent / "surfaces"
SEED, LENGTH_M = 2026, 3000.0
STYLES = (("attack", "warm"), ("stage_pace", "feedback"), ("careful", "second"))


def panels_of(name: str) -> list[Panel]:
    """Close-up of both tracks, the whole way, the spectrum, what three drivers make of it."""
    surface, car = load_surface(name), load_vehicle("d7xr")
    route = Route(name, stretches_of((surface.segment(LENGTH_M),), SEED))
    road = join_roads(iter_road(route, car.track_m.value))
    x_m = np.arange(road.stations) * road.step_m
    obstacles = placed_features(route)
    worst = max(obstacles, key=lambda one: abs(one.height_m))
    near = _near(worst, x_m, road)
    title = f"Around the largest obstacle ({worst.type.replace('_', ' ')}, {worst.height_m:.2f} m)"
    tracks = [("left", road["left_m"][near], "feedback"), ("right", road["right_m"][near], "warm")]
    whole = [("left track", road["left_m"][::20], "feedback")]
    return [
        _panel(title, "height, m", "m", x_m[near], tracks),
        _panel(f"{LENGTH_M / 1000:.0f} km: {len(obstacles)} obstacles", "height, m", "m", x_m[::20], whole),
        _spectrum(route, car),
        _speeds(route, car),
    ]


def _near(worst: PlacedFeature, x_m: Any, road: Road) -> Any:
    """The stations to show: around the highest or lowest point of an obstacle, or some metres of a patch."""
    inside = np.flatnonzero((x_m >= worst.start_m) & (x_m <= worst.start_m + worst.length_m))
    track = "right_m" if worst.side == "right" else "left_m"
    middle_m = x_m[inside[int(np.argmax(np.abs(road[track][inside])))]]
    half_m = 8.0 if worst.type == "corrugation" else 150.0 if worst.length_m > 100.0 else 60.0
    if worst.length_m < 3.0:
        half_m = 15.0
    middle_m = min(max(middle_m, half_m), LENGTH_M - half_m)
    return (x_m >= middle_m - half_m) & (x_m <= middle_m + half_m)


def _panel(title: str, y: str, unit: str, x: Any, curves: list[tuple[str, Any, str]]) -> Panel:
    series = [
        {"label": label, "unit": unit, "values": plain(values, 5), "role": role, "scale": "y"}
        for label, values, role in curves
    ]
    return {"title": title, "series": series, "y": y, "own_x": plain(x), "x_label": "distance, m"}


def _spectrum(route: Route, car: Any) -> Panel:
    task = Task(Leg(route.name, route), car, load_style("stage_pace"), bench_of(load_rig("one_corner")), "refuse")
    spectrum = plan_leg(task).survey.spectra[route.name]
    return road_panel(f"{route.name}: spectrum of the left track", spectrum)


def _speeds(route: Route, car: Any) -> Panel:
    metres = np.arange(0.0, LENGTH_M, 5.0)
    curves, means = [], []
    for style, role in STYLES:
        plan = plan_speed(route, car, load_style(style))
        curves.append((style, plan.at(plan.time_at(metres)).speed_mps * 3.6, role))
        means.append(f"{style} {plan.length_m / plan.duration_s * 3.6:.0f}")
    return _panel(f"Three drivers: mean {', '.join(means)} km/h", "km/h", "km/h", metres, curves)


def draw(name: str, page: Any, folder: Path) -> None:
    """One picture."""
    plots = Plots()
    about = f"<h1 style='margin:0 0 4px;font-size:20px'>{escape(name)}</h1>"
    body = f'<section>{about}<div class="grid">{plots.boxes(panels_of(name), "half")}</div></section>'
    data = {"x": {"distance_km": []}, "panels": plots.panels, "stretches": [], "surfaces": [], "marks": []}
    path = folder / f"{name}.html"
    path.write_text(document(name, body, data))
    page.goto(path.as_uri())
    page.wait_for_function("document.documentElement.dataset.plots")
    page.locator("section").screenshot(path=str(OUT / f"{name}.png"))


def main() -> None:
    """All pictures, with the Chromium that is installed."""
    from playwright.sync_api import sync_playwright

    from tests.browser import ARGS, CHROMIUM

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = browser.new_page(viewport={"width": 1240, "height": 900}, color_scheme="light")
        for name in names(FOLDER):
            draw(name, page, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
