"""``rig edit``: what is retained, counted anew; which windows stay; what is refused; what a run of it says."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from profiles.course.edit import Edit
from profiles.schema import InputError, load
from rig.editing.loads import Need
from rig.editing.search import by_window, find_edit, needed
from rig.editing.source import Source
from rig.equivalence.predicted import Predictor
from rig.life.rainflow import RainflowCounter
from rig.plan import Plan, Wanted, load_plan
from rig.record import manifest
from rig.rt.realtime import Timing
from rig.supervisor.session import Order, make_run_dir, prepare, write_manifest
from tests.commands import Done, typed
from tests.plans import campaign_file, stage_file

PARTS = "  - {surface: sand_track, length_km: 0.2}\n  - {surface: dunettes, length_km: 0.1}\n"
FORCE, PAN = "strut_force_n", "pan_displacement_m"
Ask = Callable[..., Done]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage that begins mildly and ends roughly."""
    folder = tmp_path_factory.mktemp("edit")
    stage_file(folder, "rough", PARTS)
    return folder


@functools.cache
def source_of(folder: Path) -> Source:
    return Source.of(load_plan(Wanted(str(folder / "rough.yaml"), over="slow")))


@functools.cache
def plan_of(edit: Path) -> Plan:
    return load_plan(Wanted(str(edit), over="slow"))


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Ask:
    """``rig`` with these words, in the folder of the stage."""
    monkeypatch.chdir(folder)
    return lambda *words: typed(capsys, monkeypatch, *words)


@pytest.fixture
def edit(ask: Ask, folder: Path) -> Path:
    """The edit of the stage, as the command writes it."""
    path = folder / "short.yaml"
    if not path.exists():
        done = ask("edit", "rough.yaml", "--over-envelope", "slow", "--out", "short.yaml")
        assert done.code == 0, done.err
        assert "accelerated for fatigue only" in done.out
    return path


def counted(setpoints: np.ndarray, predictor: Predictor, degc: np.ndarray, gates: dict[str, float]) -> dict[str, float]:
    """Pseudo-damage by ``load^exponent``, by a counter of its own."""
    found, channels = {}, predictor.of(setpoints, degc)
    for name, gate in gates.items():
        counter = RainflowCounter(gate)
        parts = [counter.count(channels[name]), counter.residue_cycles()]
        for m in (3, 5, 8):
            found[f"{name}^{m}"] = sum(float((one.weights * one.ranges**m).sum()) for one in parts)
    return found


def test_what_is_retained_is_counted_on_the_drive_that_is_played(edit: Path, folder: Path) -> None:
    """The edit planned from its file: less time, each damage at least 95 % of the whole drive's, as the file says."""
    written, source = load(edit, Edit), source_of(folder)
    plan = plan_of(edit)
    blocks = list(plan.blocks())
    assert plan.samples < 0.95 * source.samples
    assert not plan.excesses
    gates = {name: 0.025 * float(np.ptp(source.loads()[name])) for name in source.names()}
    whole = counted(source.setpoint, Predictor(plan), source.temperature_degc, gates)
    setpoint, felt = (np.concatenate([getattr(block, n) for block in blocks]) for n in ("setpoint", "felt"))
    shares = {k: v / whole[k] for k, v in counted(setpoint, Predictor(plan), felt[:, 2], gates).items()}
    assert min(shares.values()) >= 0.95
    assert {one.damage: one.share for one in written.retained} == pytest.approx(shares, abs=2e-6)
    assert len(shares) == 9


def test_distances_are_those_that_were_played(edit: Path, folder: Path) -> None:
    """They grow from 0 to the plan's length without a jump, and that is the speed over the time."""
    plan = plan_of(edit)
    blocks = list(plan.blocks())
    at_m, speed = (np.concatenate([getattr(block, n) for block in blocks]) for n in ("distance_m", "speed_mps"))
    assert (np.diff(at_m) >= 0.0).all()
    assert np.diff(at_m).max() < 0.2
    assert (at_m[0], at_m[-1]) == pytest.approx((0.0, plan.distance_m), abs=0.05)
    assert plan.distance_m == pytest.approx(speed.sum() / 500.0, rel=5e-3)
    assert plan.distance_m < 0.9 * source_of(folder).plan.distance_m
    assert plan.segments[-1].end_m == pytest.approx(plan.distance_m)
    assert all(one.end_m > one.start_m for one in plan.segments)


def test_windows_share_out_all_damage(folder: Path) -> None:
    """Half a cycle to each of its ends: the sum over windows is the damage of the whole, less what no cycle closed."""
    source = source_of(folder)
    damage = by_window(source, [Need(FORCE, 3.0, 0.0), Need(PAN, 5.0, 0.001)])
    counter = RainflowCounter()
    parts = [counter.count(source.loads()[FORCE]), counter.residue_cycles()]
    assert damage[0].sum() == pytest.approx(sum(float((one.weights * one.ranges**3).sum()) for one in parts), rel=1e-9)
    assert (damage >= 0.0).all()
    assert damage.shape == (2, -(-source.samples // 1000))


def test_which_windows_are_needed() -> None:
    """The worst until so much is left out; joint: a window stays where any need wants it."""
    one = np.array([[5.0, 1.0, 3.0, 1.0]])
    assert needed(one, np.array([0.25])).tolist() == [True, False, True, False]
    both = np.array([[5.0, 1.0, 3.0, 1.0], [0.0, 0.0, 0.0, 9.0]])
    assert needed(both, np.array([0.25, 0.25])).tolist() == [True, False, True, True]


def test_a_lower_exponent_needs_more(folder: Path) -> None:
    """Of one load: the eighth power needs less time than the third, and both hold what was asked for."""
    source = source_of(folder)
    gate = 0.025 * float(np.ptp(source.loads()[FORCE]))
    third, eighth = (find_edit(source, [Need(FORCE, m, gate)], 0.9) for m in (3.0, 8.0))
    assert eighth.made.samples < third.made.samples < source.samples
    assert all(share >= 0.9 for found in (third, eighth) for share in found.retained.values())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rough.yaml", "--component", "damper"), "seal_wear is no fatigue: it scales with distance"),
        (("rough.yaml", "--component", "top_mount"), "an elastomer"),
        (("rough.yaml", "--component", "nothing"), "component: found 'nothing'"),
        (("rough.yaml", "--component", "coil_spring", "--exponents", "3"), "--exponents, --loads"),
        (("rough.yaml", "--retain", "1"), "--retain: found 1"),
        (("rough.yaml", "--retain", "nan"), "--retain: found nan"),
        (
            ("rough.yaml", "--over-envelope", "slow", "--loads", "shaft_speed_radps"),
            "--loads: found 'shaft_speed_radps'",
        ),
        (("days.yaml", "--over-envelope", "slow"), "found 3 stages; allowed: a course of one stage"),
        (("short.yaml", "--over-envelope", "slow"), "found an edit"),
        (("nowhere",), "nowhere"),
        (("rough.yaml", "--out", "3,5.yaml"), "--out: found '3,5'"),
        (("rough.yaml", "--out", "none.csv"), "a name that ends with .yaml"),
        (("rough.yaml", "--out", "short.yaml"), "a file that is there"),
        (("rough.yaml", "--out", "no/none.yaml"), "no such folder"),
    ],
)
def test_refused(ask: Ask, folder: Path, edit: Path, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, with the reason; nothing is written."""
    if words[0] == "days.yaml":
        beside = folder / "campaign"
        beside.mkdir()
        campaign_file(beside)
        words = ("campaign/days.yaml", *words[1:])
    done = ask("edit", *(words if "--out" in words else (*words, "--out", "none.yaml")))
    assert done.code == 2
    assert told in done.err
    assert not Path("none.yaml").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--over-envelope: found refuse; allowed: slow"),
        (("--over-envelope", "slow", "--vehicle", "octa"), "--vehicle: found octa; allowed: d7xr"),
        (("--over-envelope", "slow", "--style", "careful"), "--style: found careful; allowed: stage_pace"),
        (("--over-envelope", "slow", "--seed", "5"), "--seed: found 5; allowed: 3"),
        (("--over-envelope", "slow", "--until-km", "0.1"), "--until-km: found 0.1; allowed: all of"),
    ],
)
def test_an_edit_goes_with_one_drive(ask: Ask, edit: Path, words: tuple[str, ...], told: str) -> None:
    """Another car, driver, seed or envelope would be another drive."""
    done = ask("plan", "short.yaml", *words)
    assert (done.code, told in done.err) == (2, True), done.err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("source_drive_sha256: '", "source_drive_sha256: '0", "source_drive_sha256"),
        ("  - [0, ", "  - [4, ", "kept_samples: found"),
        ("  - [0, ", "  - [9000000, ", "kept_samples.0: found a list; allowed: first and end"),
        ("course: '", "course: 'no", "no such file"),
        ("retain: 0.95", "retain: 1.95", "retain: found '1.950000'"),
    ],
)
def test_edits_that_are_wrong(ask: Ask, edit: Path, old: str, new: str, told: str) -> None:
    """A hash of another drive, stretches that are none, a course that is not there."""
    text = edit.read_text().replace(old, new, 1)
    if "sha256" in old:
        text = text.replace(new, "source_drive_sha256: '" + "0" * 64 + "' #", 1)
    Path("wrong.yaml").write_text(text.replace("name: short", "name: wrong"))
    done = ask("plan", "wrong.yaml", "--over-envelope", "slow")
    assert (done.code, told in done.err) == (2, True), done.err
    assert "Traceback" not in done.err


def test_a_run_of_an_edit_says_so(edit: Path, folder: Path) -> None:
    """Its manifest: target, source, hash and what is retained; the edit file is among its inputs, whole."""
    session = prepare(Order(terrain=str(edit), over="slow", runs=folder / "runs"))
    run = make_run_dir(session)
    write_manifest(session, run, Timing("C", False, False, "stepped"))
    described, written = manifest.read(run), load(edit, Edit)
    assert described.target_km == session.plan.distance_m / 1000.0 < written.source_km
    assert described.edit is not None
    assert described.edit.source_km == pytest.approx(0.3)
    assert described.edit.source_drive_sha256 == source_of(folder).plan.drive_sha256 != described.drive_sha256
    assert min(described.edit.retained.values()) >= 0.95
    assert edit.read_text() in [one.text for one in described.inputs]
    assert "for seals, elastomers and bearings the distance is what was played" in described.edit.words
    with pytest.raises(InputError, match="all of an edited drive"):
        prepare(Order(terrain=str(edit), over="slow", runs=folder / "runs", until_km=0.1))
