"""``rig equivalence``: closed forms of runs that measured what the target's plan predicts; its words; its errors."""

import functools
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiles import catalogue
from profiles.car.corner import corner_of
from profiles.car.kernels import strut_over
from profiles.car.vehicle import load_vehicle
from profiles.schema import InputError
from rig.equivalence import Answer, Asked, equivalence
from rig.equivalence.by_surface import by_surface
from rig.equivalence.predicted import Predictor
from rig.equivalence.words import proofs
from rig.life import components
from rig.life.rainflow import RainflowCounter
from rig.plan import Plan, Wanted, load_plan
from rig.runs import open_run
from tests.commands import Done, typed
from tests.equivalence_runs import Played, play, rewrite
from tests.plans import stage_file
from tests.synthetic_run import CHANNELS, Recipe
from tests.thinned_run import make_thinned_run

LAWS = {"rod_fatigue": 5.0, "seal_wear": None, "wire_fatigue": 8.0, "torsion_fatigue": 6.5, "rubber_fatigue": 4.0}
KM = 0.2
PARTS = "  - {surface: reg, length_km: 0.1}\n  - {surface: wadi, length_km: 0.1}\n"
Ask = Callable[..., Done]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short stage, another one over a surface more, and runs of the first."""
    folder = tmp_path_factory.mktemp("equivalence")
    stage_file(folder, parts=PARTS)
    stage_file(folder, "other", "  - {surface: reg, length_km: 0.2}\n  - {surface: dunettes, length_km: 0.05}\n")
    plan = plan_of(folder)
    play(folder / "once", plan)
    play(folder / "again", plan, Played(created="2026-03-02T08:00:00Z"))
    play(folder / "double", plan, Played(scale=2.0))
    play(folder / "laps", plan, Played(laps=2))
    play(folder / "failed", plan, Played(created="2026-03-03T08:00:00Z", serial="0002", outcome="FAILED", missing=3))
    return folder


@functools.cache
def plan_of(folder: Path) -> Plan:
    return load_plan(Wanted(str(folder / "short.yaml"), over="slow"))


def asked(folder: Path, *names: str, course: str = "short.yaml", **how: Any) -> Answer:
    runs = [open_run(folder / name) for name in names]
    return equivalence(runs, Asked(str(folder / course), **{"over": "slow", **how}))


@pytest.fixture(scope="module")
def once(folder: Path) -> Answer:
    return asked(folder, "once")


def test_the_whole_corner(folder: Path) -> None:
    """Every part of the library is told: laws by turns need the rate, and wear that goes by turns is marked as such."""
    names = catalogue.names(components.FOLDER)
    play(folder / "corner", plan_of(folder), Played(components=tuple(names)))
    found = asked(folder, "corner")
    assert {law.component for law in found.laws} == set(names)
    by_law = {law.law: law for law in found.laws}
    for name, exponent in (("ball_track_fatigue", 3.0), ("race_fatigue", 3.0)):
        assert by_law[name].equivalent_km == pytest.approx(found.target_km, rel=0.02)
        assert (by_law[name].scales_with, by_law[name].exponent) == ("load and turns", exponent)
    rubber = next(law for law in found.laws if law.component == "control_arm_bush")
    assert (rubber.scales_with, rubber.exponent) == ("damage", 2.0)
    told = {words for words in proofs(found) if "load and turns" in words}
    assert len(told) == 2


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Ask:
    """``rig equivalence`` with these words, in the folder of the runs."""
    monkeypatch.chdir(folder)
    return lambda *words: typed(capsys, monkeypatch, "equivalence", *words)


def test_a_run_that_is_its_target(once: Answer) -> None:
    """Each law and each channel gives the target's own length, but for what the codes' steps cost."""
    found = once
    assert {law.law: law.exponent for law in found.laws} == LAWS
    assert [law.equivalent_km for law in found.laws] == pytest.approx([KM] * 5, rel=5e-3)
    assert [one.equivalent_km for one in found.channels] == pytest.approx([KM] * 12, rel=5e-3)
    assert [law.by_surface_km for law in found.laws] == pytest.approx([KM] * 5, rel=1e-3)
    assert (found.target_km, found.run_km) == pytest.approx((KM, KM), abs=1e-3)
    assert found.run_km_by_surface == pytest.approx(found.target_km_by_surface, abs=1e-3)
    assert found.headline == min(found.laws, key=lambda law: law.equivalent_km or 0.0)


def test_channels_count_what_a_plain_counter_does(folder: Path, once: Answer) -> None:
    """The target's pan displacement, counted by itself: largest range, gate and sums, the open ranges as halves."""
    values = np.concatenate([block.setpoint[:, 0] for block in plan_of(folder).blocks()])
    pan = once.channels[0]
    assert (pan.channel, pan.largest_range) == ("pan_displacement_m", values.max() - values.min())
    assert pan.gate == pytest.approx(0.025 * pan.largest_range, rel=0.011)
    counter = RainflowCounter()
    parts = [counter.count(values), counter.residue_cycles()]
    wanted = sum(float((one.weights * one.ranges**3 * (one.ranges >= pan.gate)).sum()) for one in parts)
    assert pan.target_damage == pytest.approx(wanted, rel=1e-12)
    assert float((parts[0].ranges < pan.gate).sum()) > 10


def test_the_strut_at_a_speed() -> None:
    """Spring, and damper below and beyond its knee, of the car's file at 20 degC; bump stop on the last way."""
    force, last = np.empty(3), np.array([0.0])
    strut_over(corner_of(load_vehicle("d7xr")), np.array([0.001, 0.0, 0.0]), np.full(3, 20.0), 500.0, last, force)
    compression, rebound = 4500.0 * 0.25 + 2200.0 * 0.25, -(9000.0 * 0.25 + 3600.0 * 0.25)
    assert force.tolist() == pytest.approx([27.0 + compression, 27.0 + rebound, 0.0])
    at_stop, last = np.empty(1), np.array([0.18])
    strut_over(corner_of(load_vehicle("d7xr")), np.array([0.18]), np.full(1, 90.0), 500.0, last, at_stop)
    assert at_stop.tolist() == pytest.approx([54e3 * 0.18 + 6e6 * 0.01**2])


def test_twice_the_amplitude(folder: Path, once: Answer) -> None:
    """2^m by each exponent; a seal slides twice as far, whatever the ranges do. Small cycles stay below the gates."""
    double = asked(folder, "double")
    ratios = {law.law: law.run_damage / base.run_damage for law, base in zip(double.laws, once.laws, strict=True)}
    wanted = {name: 2.0 if exponent is None else 2.0**exponent for name, exponent in LAWS.items()}
    wanted.pop("rod_fatigue")  # its second slope: cycles that were below the knee are above it
    assert {name: ratios[name] for name in wanted} == pytest.approx(wanted, rel=2e-3)
    for one, base in zip(double.channels, once.channels, strict=True):
        assert one.run_damage / base.run_damage == pytest.approx(2.0**one.exponent, rel=2e-3)
        assert one.target_damage == base.target_damage


def test_two_runs_add_up(folder: Path, once: Answer) -> None:
    """The same drive by two runs is worth exactly twice one; two laps in one run as much, or the open ranges more."""
    both, laps = asked(folder, "once", "again"), asked(folder, "laps")
    for law, base, lap in zip(both.laws, once.laws, laps.laws, strict=True):
        assert law.equivalent_km == pytest.approx(2.0 * base.equivalent_km, rel=1e-12)
        assert lap.equivalent_km >= law.equivalent_km * (1.0 - 1e-12)
        assert lap.run_km == pytest.approx(2.0 * KM, abs=2e-3)
    assert both.run_km == pytest.approx(2.0 * once.run_km)


def test_each_specimen_has_its_own_damage(folder: Path) -> None:
    """Runs with other parts: no specimen gets the kilometres of another; a failed one is told so."""
    found = asked(folder, "once", "failed")
    assert [(law.serial, law.outcome) for law in found.laws if law.component == "half_shaft"] == [
        ("H-0001", "SURVIVED"), ("H-0002", "FAILED"),
    ]  # fmt: skip
    assert all(law.equivalent_km == pytest.approx(KM, rel=5e-3) for law in found.laws)
    assert len(found.laws) == 10
    assert found.excluded == {"strut_force_n": 3}


def test_prediction_is_the_same_in_any_blocks(folder: Path) -> None:
    """The strut's force of a drive in blocks of another length, to the bit."""
    plan = plan_of(folder)
    blocks = list(plan.blocks())
    whole = Predictor(plan)
    want = np.concatenate([whole.channels(block)["strut_force_n"] for block in blocks])
    cut = Predictor(plan)
    parts = []
    for block in blocks:
        for piece in (slice(0, 1), slice(1, 778), slice(778, None)):
            part = replace(block, setpoint=block.setpoint[piece], felt=block.felt[piece])
            parts.append(cut.channels(part)["strut_force_n"])
    assert np.array_equal(np.concatenate(parts), want)
    assert np.abs(want).max() > 5000.0


def test_a_surface_that_was_not_played(folder: Path) -> None:
    """By surfaces it can't be told, and which is missing is said; the plan's own prediction stands."""
    found = asked(folder, "once", course="other.yaml")
    assert {law.unplayed for law in found.laws} == {("dunes",)}
    assert [law.by_surface_km for law in found.laws] == [None] * 5
    assert all(law.equivalent_km for law in found.laws)


def test_by_surface_in_closed_form() -> None:
    """Damage a kilometre times kilometres, or None and what is missing; less than a metre of either is nothing."""
    assert by_surface({"sand": 2.0, "rock": 6.0}, {"sand": 1.0, "rock": 2.0}, {"sand": 10.0, "rock": 1.0}) == (23.0, ())
    assert by_surface({"sand": 2.0}, {"sand": 1.0}, {"sand": 4.0, "rock": 1.0}) == (None, ("rock",))
    assert by_surface({"sand": 2.0}, {"sand": 1.0}, {"sand": 4.0, "rock": 0.0005}) == (8.0, ())


def test_a_channel_that_no_plan_holds(folder: Path, tmp_path: Path) -> None:
    """A law on the body's acceleration is told by the surfaces, or not at all where one was not played."""
    run = play(tmp_path / "strange", plan_of(folder))
    inputs = open_run(run).manifest.inputs
    text = next(one for one in inputs if one.name == "half_shaft.yaml").text
    strange = text.replace(
        "channel: halfshaft_torque_nm\n    exponent", "channel: body_acceleration_mps2\n    exponent"
    )
    rewrite(run, inputs=tuple(
        type(one)(one.role, one.name, one.sha256, strange if one.name == "half_shaft.yaml" else one.text)
        for one in inputs
    ))  # fmt: skip
    law = next(law for law in equivalence([open_run(run)], Asked(str(folder / "short.yaml"))).laws
               if law.component == "half_shaft")  # fmt: skip
    assert (law.basis, law.target_damage, law.equivalent_km) == ("surfaces of the run", 0.0, None)
    assert CHANNELS[5].name == law.channels[0]
    elsewhere = equivalence([open_run(run)], Asked(str(folder / "other.yaml"), over="slow")).laws
    law = next(law for law in elsewhere if law.component == "half_shaft")
    assert (law.basis, law.target_damage, law.equivalent_km) == ("", None, None)


def test_json_and_page(ask: Ask) -> None:
    """The keys that others read, and a page with the same headline as the screen."""
    done = ask("once", "--target", "short.yaml", "--json", "--html", "page.html", "--exponents", "3,5")
    found = json.loads(done.out)
    assert done.code == 0
    assert {"runs", "run_km", "target", "target_km", "target_sha256", "headline", "laws", "channels"} <= set(found)
    assert set(found["headline"]) == {
        "component", "serial", "outcome", "law", "scales_with", "exponent", "channels", "run_km", "run_damage", "basis",
        "target_damage", "equivalent_km", "by_surface_km", "unplayed",
    }  # fmt: skip
    assert [one["exponent"] for one in found["channels"][:2]] == [3.0, 5.0]
    screen = ask("once", "--target", "short.yaml").out
    (line,) = [line for line in screen.splitlines() if line.startswith("0.2 km on the rig are worth at most")]
    page = Path("page.html").read_text()
    assert f"<h1>{line}</h1>" in page
    assert page.count("<circle") == 5
    assert "leaving out mild road would not speed it up" in screen


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("once", "--target", "nowhere"), "nowhere"),
        (("none", "--target", "short.yaml"), "none/manifest.json"),
        (("once", "once", "--target", "short.yaml"), "the same run as once"),
        (("once", "copy", "--target", "short.yaml"), "copy: RUN: found the same run as once"),
        (("once", "--target", "short.yaml", "--until-km", "9"), "--until-km"),
        (("once", "--target", "short.yaml", "--exponents", "0"), "--exponents"),
        (("once", "--target", "short.yaml", "--html", "no/page.html"), "no such folder"),
        (("once", "rig2", "--target", "short.yaml"), "rig: found two_corners, and one_corner in once"),
        (("once", "clipped", "--target", "short.yaml"), "over_envelope: found clip, and refuse|slow in once"),
        (("octa", "--target", "short.yaml"), "vehicle: found a vehicle file that is not the one of octa"),
        (("bare", "--target", "short.yaml"), "inputs: found no component file damper.yaml"),
        (("gaps", "--target", "short.yaml"), "7 samples are not there"),
        (("thin", "--target", "short.yaml"), "samples are not there"),
    ],
)
def test_refused(ask: Ask, folder: Path, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, and a sentence that says where and what."""
    made = {name for name in words if name in MAKERS and not (folder / name).exists()}
    for name in made:
        MAKERS[name](folder, folder / name)
    done = ask(*words)
    assert done.code == 2
    assert any(part in done.err for part in told.split("|")), done.err
    assert "Traceback" not in done.err


def _copied(folder: Path, name: Path, **changes: object) -> None:
    shutil.copytree(folder / "once", name)
    rewrite(name, **changes)


def _thin(folder: Path, name: Path) -> None:
    make_thinned_run(name, Recipe(seconds=190.0))
    once = open_run(folder / "once").manifest
    rewrite(name, inputs=once.inputs, specimens=once.specimens)


MAKERS: dict[str, Callable[[Path, Path], object]] = {
    "copy": _copied,
    "rig2": lambda folder, name: _copied(folder, name, rig="two_corners", created_utc="2026-03-04T08:00:00Z"),
    "clipped": lambda folder, name: _copied(folder, name, over_envelope="clip", created_utc="2026-03-04T08:00:00Z"),
    "octa": lambda folder, name: _copied(folder, name, vehicle="octa"),
    "bare": lambda folder, name: _copied(folder, name, inputs=open_run(folder / "once").manifest.inputs[:2]),
    "gaps": lambda folder, name: play(name, plan_of(folder), Played(skip=7)),
    "thin": _thin,
}


def test_runs_whose_laws_differ(folder: Path, tmp_path: Path) -> None:
    """Damage by two laws does not add up."""
    run = play(tmp_path / "other", plan_of(folder), Played(created="2026-03-05T08:00:00Z"))
    inputs = open_run(run).manifest.inputs
    rewrite(run, inputs=tuple(
        type(one)(one.role, one.name, one.sha256, one.text.replace("exponent: 6.5", "exponent: 6.0")) for one in inputs
    ))  # fmt: skip
    with pytest.raises(InputError, match="laws of half_shaft other than"):
        equivalence([open_run(folder / "once"), open_run(run)], Asked(str(folder / "short.yaml")))
