"""What health blocks leave: one event each, whoever writes them, and a table in the report."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from synthetic_run import Recipe, make_manifest, make_run

from rig import runs
from rig.equivalence.measured import health_km
from rig.equivalence.words import notes
from rig.life.health import HealthResult
from rig.record import manifest
from rig.record.events import FILE_NAME, EventLog, read_events
from rig.report.health import health_section
from rig.supervisor.journalist import Journalist

SHARES = {"stiffness": (0.9991, 0.0002), "compression": (0.9642, 0.0005), "rebound": (0.9935, 0.0004)}
FIRST = HealthResult(
    number=1, strut="strut_force_n", first_sample=100, last_sample=38_000, distance_km=0.3, windows=154, reference=1,
    shares=dict.fromkeys(SHARES, (1.0, 0.0)),
)  # fmt: skip
SPOILT = msgspec.structs.replace(FIRST, number=2, reference=None, shares={}, why="it was not <played> in full")
WORN = msgspec.structs.replace(FIRST, number=3, distance_km=1.2, shares=SHARES)
INFO = manifest.HealthInfo(every_min=1.0, block_km=1.1389, block_s=77.7, drive_sha256="0" * 64, at_km=(0.3, 0.8, 1.2))


def tell(folder: Path, results: list[HealthResult]) -> None:
    """As a supervisor does, who has the results so far again and again."""
    with EventLog(folder) as log:
        session: Any = SimpleNamespace()
        journalist = Journalist(session, log, None, "")
        for end in range(len(results) + 1):
            journalist.health(results[:end])
            journalist.health(results[:end])


def test_each_is_on_record_once_also_after_a_restart(tmp_path: Path) -> None:
    """In order, with its numbers; whoever goes on with the run does not tell again what is on record."""
    tell(tmp_path, [FIRST])
    tell(tmp_path, [FIRST, SPOILT, WORN])
    events = read_events(tmp_path / FILE_NAME).events
    assert [event.kind for event in events] == ["health_block"] * 3
    assert [msgspec.convert(event.data, HealthResult) for event in events] == [FIRST, SPOILT, WORN]
    assert (events[2].distance_km, events[2].sample) == (1.2, 38_000)
    assert "compression 96.42% ± 0.05%" in events[2].text
    assert "of health block 1" in events[2].text


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    """A run with three health blocks."""
    folder = make_run(tmp_path_factory.mktemp("run"), Recipe(seconds=3.0))
    described = msgspec.structs.replace(make_manifest(Recipe(seconds=3.0)), health=INFO)
    (folder / manifest.FILE_NAME).unlink()
    manifest.write(folder, described)
    tell(folder, [FIRST, SPOILT, WORN])
    return runs.open_run(folder)


@pytest.fixture(scope="module")
def page(run: runs.Run) -> str:
    """Its report's section of them."""
    return health_section(run)


def test_an_equivalence_says_whose_damage_it_is(run: runs.Run) -> None:
    """That of the stage and of the health blocks beside it, each with its kilometres."""
    assert health_km(run) == pytest.approx(3 * 1.1389)
    found: Any = SimpleNamespace(excluded={}, run_km=2.0, health_km=health_km(run))
    first, _ = notes(found)
    assert "2 km of their stages and of 3.4167 km of health blocks" in first
    found.health_km = 0.0
    assert len(list(notes(found))) == 1


def test_the_report_has_a_row_for_each(page: str) -> None:
    """Its km, its shares with their errors, what is beyond a limit in bold; why one is not compared."""
    rows = page.split("<tr>")[2:]
    assert len(rows) == 3
    assert rows[0].count("100 %</td>") == 4
    assert "not compared: it was not &lt;played&gt; in full" in rows[1]
    assert '<td class="number">1.200</td>' in rows[2]
    assert '<b class="bad">96.42% ± 0.05%</b>' in rows[2]
    assert '<td class="number">99.91% ± 0.02%</td>' in rows[2]
    assert rows[2].count('"bad"') == 1
    assert rows[2].count("<td>–</td>") == 1, "no mount was watched"


def test_the_report_tells_kilometres_apart(page: str, tmp_path: Path) -> None:
    """What was driven beside the stage is told in words; a run without health blocks has no such section."""
    assert "3 health blocks of 1.139 km each, 3.417 km in all, beside the stage" in page
    assert "Ended so far: 3." in page
    assert health_section(runs.open_run(make_run(tmp_path, Recipe(seconds=1.0)))) == ""
