"""How sure ``rig equivalence`` says it is, of whole runs: exponents in closed form, what is missing, words and page."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from rig.equivalence import Answer, Asked, equivalence
from rig.equivalence.predicted import count_plan
from rig.equivalence.scatter import scatter
from rig.equivalence.shown import unseen
from rig.equivalence.sure_words import demonstrations
from rig.life.components import load_component
from rig.life.watches import NoWatch
from rig.plan import Plan, Wanted, load_plan
from rig.plan.plan import untold
from rig.runs import open_run
from tests.commands import Done, typed
from tests.equivalence_runs import Played, play, rewrite
from tests.plans import stage_file

KM = 0.6
Ask = Callable[..., Done]
PARTS = f"  - {{surface: reg, length_km: {KM}}}\n"
SPRING_AND_MORE = ("coil_spring", "damper", "body_mount")


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    return load_plan(Wanted(str(folder / "short.yaml"), over="slow"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stage with just enough stretches."""
    folder = tmp_path_factory.mktemp("sure")
    stage_file(folder, parts=PARTS)
    return folder


@pytest.fixture(scope="module")
def double(folder: Path, plan: Plan) -> Answer:
    """Of a run that was played twice as hard."""
    play(folder / "double", plan, Played(scale=2.0, components=SPRING_AND_MORE))
    return asked(folder, "double")


def asked(folder: Path, *names: str) -> Answer:
    return equivalence([open_run(folder / name) for name in names], Asked(str(folder / "short.yaml"), over="slow"))


def test_exponents_in_closed_form(double: Answer) -> None:
    """A spring with twice the ranges: 2^8 times the km, and 2^8 to 2^10 over the exponent's range of 8 to 10."""
    spring = next(one for one in double.sure if one.component == "coil_spring")
    assert spring.exponent_range == (8.0, 10.0)
    assert spring.exponent_km == pytest.approx((KM * 2.0**8, KM * 2.0**10), rel=2e-3)
    seal = next(one for one in double.sure if one.law == "seal_wear")
    assert (seal.exponent_range, seal.exponent_km) == (None, None)


def test_one_at_a_time_and_all_at_once(double: Answer, plan: Plan) -> None:
    """The target's roads turned over, the prediction 1 to 1.5, and the product of all three."""
    spring = next(one for one in double.sure if one.component == "coil_spring")
    km = next(law for law in double.laws if law.component == "coil_spring").equivalent_km
    assert km
    count, _ = count_plan(plan, [load_component("coil_spring")], (3.0,), [], plan.distance_m, untold)
    roads = scatter(count.stretches(("coil_spring", "wire_fatigue")), 0.9)
    assert roads
    assert roads.high > 1.05
    assert spring.target_roads_km == pytest.approx((km / roads.high, km / roads.low))
    assert spring.run_roads_km == pytest.approx((km * roads.low, km * roads.high), rel=1e-2)
    assert spring.prediction_km == pytest.approx((km, 1.5 * km))
    assert spring.range_km == pytest.approx((km / roads.high, km / roads.low * 4.0 * 1.5), rel=2e-3)


def test_a_part_that_nothing_watches(double: Answer) -> None:
    """What it shows hangs on an inspection, and the words say so; of the others they do not."""
    watch = load_component("body_mount").watch
    assert isinstance(watch, NoWatch)
    unseen = {one.component: one.unseen for one in double.shown}
    assert unseen == {"coil_spring": "", "damper": "", "body_mount": watch.why}
    said = list(demonstrations(double))
    assert ["if inspected and found sound" in words for words in said] == [False, False, True]
    assert said[2].endswith(watch.why)
    assert all("β" in words and "at 90 %" in words for words in said)


def test_a_part_that_could_not_be_judged(folder: Path, double: Answer) -> None:
    """A watched part that must be inspected by its verdict, with the verdict's words; another serial is not it."""
    assert double.runs == (str(folder / "double"),)
    run, spring = open_run(folder / "double"), load_component("coil_spring")
    assert run.verdict
    assert unseen(spring, [run], "C-0001") == ""
    run.verdict.verdicts[0] |= {"to_inspect": True, "reason": "came too far to see"}
    assert unseen(spring, [run], "C-0001") == "came too far to see"
    assert unseen(spring, [run], "C-0002") == ""


def test_worse_of_two_laws_is_told(double: Answer) -> None:
    """A damper's seal slid twice as far and its rod bore more than 2^5 times: the seal is what the damper shows."""
    (words,) = [words for words in demonstrations(double) if words.startswith("damper")]
    assert "seal wear: not failed by 2 lives of 0.6 km" in words
    seal = next(one for one in double.shown if one.law == "seal_wear")
    assert seal.reliability == pytest.approx(0.1 ** (1.0 / 2.0**1.75), rel=1e-2)


def test_failed_and_without_a_verdict(folder: Path, plan: Plan) -> None:
    """A failed part shows nothing; nor does one whose run never ended; a suspended one shows what it bore."""
    play(folder / "failed", plan, Played(outcome="FAILED", components=("coil_spring",)))
    failed = asked(folder, "failed")
    assert [one.reliability for one in failed.shown] == [None]
    assert "FAILED: no survival is shown" in next(demonstrations(failed))
    (folder / "failed" / "verdict.json").unlink()
    assert "there is no verdict" in asked(folder, "failed").shown[0].nothing_as
    play(folder / "ended", plan, Played(outcome="SUSPENDED", components=("coil_spring",)))
    assert asked(folder, "ended").shown[0].reliability == pytest.approx(0.1, rel=5e-2)


def test_a_file_without_a_range(folder: Path, plan: Plan) -> None:
    """A run from before files had ranges: its exponent is taken as it stands, and adds up with newer runs."""
    play(folder / "new", plan, Played(components=("coil_spring",)))
    old = play(folder / "old", plan, Played(components=("coil_spring",), created="2026-03-02T08:00:00Z"))
    inputs = open_run(old).manifest.inputs
    texts = [one.text.replace("    exponent_range: [8.0, 10.0]\n", "") for one in inputs]
    rewrite(
        old,
        inputs=tuple(type(one)(one.role, one.name, one.sha256, text) for one, text in zip(inputs, texts, strict=True)),
    )
    (spring,) = asked(folder, "old").sure
    assert (spring.exponent_range, spring.exponent_km) == (None, None)
    assert spring.range_km
    assert asked(folder, "new", "old").laws[0].equivalent_km == pytest.approx(2.0 * KM, rel=5e-3)


def test_screen_json_and_page(
    folder: Path, double: Answer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same range on the screen, in JSON and on the page; the confidence that is asked for is that of all of it."""
    monkeypatch.chdir(folder)
    words = (
        "double",
        "--target",
        "short.yaml",
        "--over-envelope",
        "slow",
        "--confidence",
        "0.5",
        "--html",
        "page.html",
    )
    found = json.loads(typed(capsys, monkeypatch, "equivalence", *words, "--json").out)
    spring, whole = found["sure"][0], double.sure[0].target_roads_km
    assert whole
    narrower = math.log(spring["target_roads_km"][1] / spring["target_roads_km"][0]) / math.log(whole[1] / whole[0])
    assert 0.3 < narrower < 0.45  # t of 5 degrees of freedom: 0.727 / 2.015
    assert found["shown"][0]["reliability"] == found["shown"][0]["reliability_50"]
    page = Path("page.html").read_text()
    assert "<h2>How sure the kilometres are</h2>" in page
    assert page.count('class="reach"') == page.count('class="roads"') == len(found["laws"])
    assert "R at 50 %" in page


@pytest.mark.parametrize("share", ["0", "1", "90", "nan"])
def test_no_such_confidence(
    share: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, and what is allowed."""
    monkeypatch.chdir(folder)
    done = typed(capsys, monkeypatch, "equivalence", "none", "--target", "short.yaml", "--confidence", share)
    assert done.code == 2
    assert "--confidence" in done.err
    assert "between 0 and 1" in done.err
