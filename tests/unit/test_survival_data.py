"""Life data from failure logs and from tables: each specimen once, a suspension where nothing else is on record."""

from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.failures import Entry, Filter, failure_log
from rig.life.verdict import Outcome
from rig.survival.logs import By, life_data
from rig.survival.specimens import UNNAMED, lives_of, modes_of
from rig.survival.table import read_table
from tests.synthetic_run import Recipe, make_run


def entry(run: str, outcome: Outcome, distance_km: float, **about: str | float | None) -> Entry:
    """An entry of the failure log; ``run`` is its moment too."""
    whose = {"component": "damper", "serial": "D-1", "batch": "a", "variant": "race", "rig": "one", "course": "dunes"}
    return Entry(run=run, created_utc=run, outcome=str(outcome), distance_km=distance_km, **(whose | about))


SUSPENDED, SURVIVED, FAILED = Outcome.SUSPENDED, Outcome.SURVIVED, Outcome.FAILED


def test_whatever_did_not_fail_is_suspended_where_it_ended(tmp_path: Path) -> None:
    """A survivor at its target, parts beside a failure, a run that tripped and one that died: right-censored."""
    make_run(tmp_path / "a", Recipe())
    make_run(tmp_path / "b", Recipe(broken_at_s=10.0))
    make_run(tmp_path / "c", Recipe(closed=False, with_verdict=False))
    entries, unreadable = failure_log([tmp_path / name for name in "abc"], Filter([*Outcome]))
    assert unreadable == []
    assert {one.outcome for one in entries} == {*Outcome}
    data = life_data(entries, "runs", each_run_new=True)
    assert len(data.specimens) == 12
    failed = [one for one in data.specimens if one.failed]
    assert [(one.component, one.mode, one.runs) for one in failed] == [("coil_spring", "fracture", ("b",))]
    assert "every run is taken to have had new parts" in " ".join(data.notices)


def test_a_rig_fault_is_no_failure_of_a_part() -> None:
    """What ended on it is suspended at its distance."""
    tripped = entry("1", SUSPENDED, 80.0, reason="rig fault: force path", mode=None)
    (one,) = life_data([tripped], "runs").specimens
    assert (one.failed, one.distance_km, one.mode) == (False, 80.0, None)
    assert lives_of([one]).failures == 0


def test_a_specimen_counts_once_however_often_it_ran() -> None:
    """Distances and damages add up, the last run in time says how it ended; and that is told."""
    runs = [
        entry("3", FAILED, 50.0, mode="leak", damage=0.25),
        entry("1", SUSPENDED, 100.0, damage=0.5),
        entry("2", SURVIVED, 200.0, damage=0.5, course="wadi"),
        entry("1", SUSPENDED, 70.0, serial="D-2"),
    ]
    first, second = life_data(runs, "runs").specimens
    assert (first.distance_km, first.failed, first.mode, first.damage) == (350.0, True, "leak", 1.25)
    assert first.runs == ("1", "2", "3")
    assert (second.distance_km, second.failed, second.damage) == (70.0, False, None)
    told = " ".join(life_data(runs, "runs").notices)
    assert "1 specimens ran more than once: their distances and damages are added up" in told
    assert "2 courses are taken together (dunes, wadi)" in told


def test_a_part_does_not_run_on_after_its_failure() -> None:
    """The same serial number again is refused, in words; where each run had new parts, both count."""
    runs = [entry("1", FAILED, 50.0, mode="leak"), entry("2", SURVIVED, 90.0)]
    with pytest.raises(
        InputError, match="'D-1' failed in 1 and ran again in 2; allowed: a serial number for each part"
    ):
        life_data(runs, "runs")
    lives = lives_of(life_data(runs, "runs", each_run_new=True).specimens)
    assert (lives.failures, lives.suspensions) == (1, 1)


def test_what_never_moved() -> None:
    """A suspension at 0 km is left out and told; a failure there has no life."""
    runs = [entry("1", SUSPENDED, 0.0), entry("1", SUSPENDED, 5.0, serial="D-2")]
    data = life_data(runs, "runs")
    assert [one.serial for one in data.specimens] == ["D-2"]
    assert "1 specimens never moved" in " ".join(data.notices)
    with pytest.raises(InputError, match="'D-1' failed at 0 km"):
        life_data([entry("1", FAILED, 0.0)], "runs")


def test_groups_and_components() -> None:
    """By batch, variant or rig; an unknown component is refused with the nearest that is there."""
    runs = [
        entry("1", SURVIVED, 5.0),
        entry("2", SURVIVED, 5.0, rig="two"),
        entry("1", SURVIVED, 5.0, serial="2", batch=""),
    ]
    assert [one.group for one in life_data(runs, "runs", by=By.RIG).specimens] == ["one", "one + two"]
    assert [one.group for one in life_data(runs, "runs", by=By.BATCH).specimens] == ["no batch", "a"]
    assert [one.group for one in life_data(runs, "runs").specimens] == ["", ""]
    with pytest.raises(InputError, match=r"'dampr'; allowed: \(did you mean 'damper'\?\) one of damper"):
        life_data(runs, "runs", "dampr")


def test_competing_modes() -> None:
    """For one mode the failures of the others are suspensions at their distance."""
    runs = [
        entry("1", FAILED, 5.0, mode="leak"),
        entry("1", FAILED, 7.0, mode="leak", serial="2"),
        entry("1", FAILED, 6.0, mode=None, serial="3"),
        entry("1", SURVIVED, 9.0, serial="4"),
    ]
    specimens = life_data(runs, "runs").specimens
    assert modes_of(specimens) == ["leak", UNNAMED]
    lives = lives_of(specimens, "leak")
    assert sorted(lives.distance_km[lives.failed]) == [5.0, 7.0]
    assert sorted(lives.distance_km[~lives.failed]) == [6.0, 9.0]


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "lives.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table(tmp_path: Path, separator: str) -> None:
    """Comments, empty lines, quotes; what is not used is told."""
    text = (
        '\ufeff# from the proving ground\n\ndistance_km,event,group,mode,who\n"12.5",Failed,a,leak,x\n13,suspended,,,\n'
    )
    data = read_table(table(tmp_path, text.replace(",", separator)))
    first, second = data.specimens
    assert (first.distance_km, first.failed, first.group, first.mode, first.serial) == (
        12.5,
        True,
        "a",
        "leak",
        "line 4",
    )
    assert (second.distance_km, second.failed, second.group, second.mode) == (13.0, False, "", None)
    assert data.notices == (
        "columns that are not used: who",
        "no column serial: each line is taken to be a specimen of its own",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", r"lives.csv: \(the whole file\): found nothing; allowed: a line with the columns distance_km and event"),
        ("distance_km,event\n", r"lives.csv:1: \(rows\): found none"),
        ("distance,event\n5,failed\n", "lives.csv:1: distance_km: found no such column, but 'distance'"),
        ("distance_km,event,event\n5,failed,failed\n", "lives.csv:1: event: found 2 columns of this name"),
        ("distance_km,event\n5\n", r"lives.csv:2: \(the row\): found 1 fields; allowed: 2 fields"),
        ("distance_km,event\n0,failed\n", "lives.csv:2: distance_km: found '0'; allowed: a number above 0"),
        ("distance_km,event\nnan,failed\n", "lives.csv:2: distance_km: found 'nan'"),
        ("distance_km;event\n5,5;failed\n", "lives.csv:2: distance_km: found '5,5'; .* with a decimal point"),
        ("distance_km,event\n5,survived\n", "event: found 'survived'; allowed: suspended: a survivor is suspended"),
        ("distance_km,event\n5,rig_fault\n", "'rig_fault'; allowed: suspended: a rig fault is no failure of the part"),
        ("distance_km,event\n5,\n", "event: found nothing; allowed: failed or suspended"),
        ("distance_km,event,mode\n5,suspended,leak\n", "mode: found 'leak' of a suspended specimen"),
        ("distance_km,event,damage\n5,failed,-1\n", "damage: found '-1'; allowed: a finite number, at least 0"),
        ("distance_km,event,serial\n5,failed,7\n6,failed,7\n", "lives.csv:3: serial: found '7' as in line 2"),
    ],
)
def test_what_is_wrong_in_a_table_is_said_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    """File, line, key, what was found and what is allowed."""
    with pytest.raises(InputError, match=words):
        read_table(table(tmp_path, text))


def test_all_faults_of_a_table_at_once(tmp_path: Path) -> None:
    """Not the first alone; and what is no text, or not there."""
    with pytest.raises(InputError) as found:
        read_table(table(tmp_path, "distance_km,event\nx,failed\n5,maybe\n"))
    assert [fault.line for fault in found.value.faults] == [2, 3]
    (tmp_path / "bytes.csv").write_bytes(b"distance_km,event\n\xff\n")
    with pytest.raises(InputError, match=r"bytes.csv:2: \(the text\): found byte 18 is no UTF-8"):
        read_table(tmp_path / "bytes.csv")
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
