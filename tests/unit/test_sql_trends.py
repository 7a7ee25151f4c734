"""The view of trends in ``rig sql``."""

from pathlib import Path

import msgspec
from synthetic_run import Recipe, make_run

import rig.runs
from rig.life.trend import TrendPoint, TrendSeries
from rig.sql import open_session


def test_trends_are_those_of_the_verdicts(tmp_path: Path) -> None:
    """A point a row, with its part's serial number and the limits; a run without any has no rows."""
    first, other = (make_run(tmp_path / name, Recipe(seconds=2.0)) for name in ("one", "other"))
    verdict = rig.runs.open(first).verdict
    assert verdict is not None
    point = TrendPoint(0, 9_999, 0.0, 0.2, 2, 0.93, 0.90, 0.96, 0.07)
    trend = TrendSeries("damper", "damping", 0.9, 0.75, 1.0, 0.12, (point,))
    rig.runs.write_verdict(first, msgspec.structs.replace(verdict, trends=[trend]))
    serials = {part.component: part.serial for part in rig.runs.open(first).manifest.specimens}
    with open_session([first, other]) as opened:
        asked = opened.ask("SELECT component, serial, feature, last_km, blocks, mean, cusum, warning FROM trends")
        (row,) = asked.fetchall()
    assert row == ("damper", serials["damper"], "damping", 0.2, 2, 0.93, 0.07, 0.9)
