"""``rig spectrum``: a sine by its closed form, sources side by side, and what is said of what can't be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rig.equivalence.predicted import Predictor
from rig.life.response_spectra import ResponseSpectra
from rig.plan import Wanted, load_plan
from rig.runs import open_run
from tests.commands import Done, refused, typed
from tests.synthetic_run import Recipe, make_run
from tests.thinned_run import make_thinned_run

Ask = Callable[..., Done]
CHANNEL = ("--channel", "body_acceleration_mps2")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """``rig spectrum`` with these words, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: typed(capsys, monkeypatch, "spectrum", *words)


def told(done: Done) -> Any:
    assert (done.code, done.err) == (0, ""), done.err
    return json.loads(done.out)


def write(name: str, values: np.ndarray) -> str:
    Path(name).write_text("\n".join(["a_mps2", *map(repr, values.tolist())]) + "\n")
    return name


def test_a_sine_is_told_by_its_closed_form(ask: Ask) -> None:
    """f0 · T · (A · T_abs)^b at resonance, T_abs(1) = 10.049876 for Q = 10; twice as much of it, 2^b of the damage."""
    time_s = np.arange(60_000) / 1000.0
    one, two = (write(f"{size}.csv", size * np.sin(2.0 * np.pi * 20.0 * time_s)) for size in (1.5, 3.0))
    words = ("--channel", "a_mps2", "--rate-hz", "1000", "--from-hz", "20", "--to-hz", "40", "--points", "2")
    found = told(ask(one, two, *words, "--exponents", "4", "--json"))
    assert [one["frequencies_hz"] for one in found] == [[20.0, 40.0]] * 2
    assert found[0]["damage"]["4"][0] == pytest.approx(20.0 * 60.0 * (1.5 * 10.049876) ** 4, rel=0.02)
    assert found[0]["shock"][0] == pytest.approx(1.5 * 10.049876, rel=0.01)
    assert np.divide(found[1]["damage"]["4"], found[0]["damage"]["4"]) == pytest.approx([16.0, 16.0])
    shown = ask(one, two, *words, "--exponents", "4", "--out", "sine.html")
    assert shown.code == 0, shown.err
    assert "3.0.csv over 1.5.csv" in shown.out
    assert "16" in shown.out
    page = Path("sine.html").read_text()
    assert page.count('"label":') >= 4
    assert 'src="http' not in page


def test_a_stretch_of_a_run(ask: Ask, tmp_path: Path) -> None:
    """The channel's own samples between two kilometres, at the run's own rate."""
    run = open_run(make_run(tmp_path / "one", Recipe(seconds=30.0)))
    found = told(ask("one", *CHANNEL, "--from-km", "0.1", "--to-km", "0.3", "--json"))[0]
    samples = run.samples(["feedback.body_acceleration_mps2", "distance_m"])
    inside = (samples["distance_m"] >= 100.0) & (samples["distance_m"] <= 300.0)
    spectra = ResponseSpectra(500.0, found["frequencies_hz"], (3.0, 5.0, 8.0))
    spectra.count(samples["feedback.body_acceleration_mps2"][inside])
    assert found["samples"] == inside.sum()
    assert (found["unit"], found["rate_hz"], len(found["frequencies_hz"])) == ("m/s²", 500.0, 96)
    assert found["frequencies_hz"][-1] == pytest.approx(50.0)
    np.testing.assert_allclose(found["damage"]["5"], spectra.damage()[:, 1], rtol=1e-12)
    np.testing.assert_allclose(found["shock"], spectra.shock, rtol=1e-12)


def test_a_pseudo_velocity_has_its_own_unit(ask: Ask, tmp_path: Path) -> None:
    """Metres a second, of an acceleration; at low frequencies it is less than that."""
    make_run(tmp_path / "one", Recipe(seconds=5.0))
    shown = ask("one", *CHANNEL, "--response", "pseudo_velocity", "--out", "one.html")
    assert shown.code == 0, shown.err
    assert "shock, m/s " in shown.out
    assert "pseudo velocity, Q = 10" in shown.out
    assert '"y":"(m/s)^3"' in Path("one.html").read_text().replace(" ", "")


def test_samples_that_are_not_there_are_refused(ask: Ask, tmp_path: Path) -> None:
    """Of a run that is kept as a summary only a stretch with all of its samples goes; so for its cycles."""
    make_thinned_run(tmp_path / "one", Recipe(seconds=190.0, with_verdict=False))
    refused(ask("one", *CHANNEL), "samples are not there before km", "a run that is recorded in full")
    assert told(ask("one", *CHANNEL, "--from-km", "1.9", "--json"))[0]["samples"] > 10_000
    Path("gap.csv").write_text("a_mps2\n1\n\n2\n")
    refused(ask("gap.csv", "--channel", "a_mps2", "--rate-hz", "100"), "1 samples without a value among the 3")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one", "--channel", "nothing"), ("'nothing'",)),
        (("none", *CHANNEL), ("none", "a run directory or a CSV file")),
        (("one", *CHANNEL, "--to-hz", "90"), ("0.5 to 90 Hz", "up to 50 Hz (10 samples a period)")),
        (("one", *CHANNEL, "--from-hz", "0"), ("0 to 50 Hz",)),
        (("one", *CHANNEL, "--quality", "0.4", "--rate-hz", "10"), ("--quality", "nothing: runs know their own")),
        (("one", *CHANNEL, "--exponents", "3;5"), ("--exponents",)),
        (("one", *CHANNEL, "--out", "some.png"), ("a name that ends with .html",)),
        (("one", *CHANNEL, "--from-km", "9"), ("no sample there",)),
        (("a.csv", "--channel", "a_mps2"), ("--rate-hz", "samples a second, as the file does not tell them")),
        (("a.csv", "--channel", "a_mps2", "--rate-hz", "9", "--from-km", "1"), ("a file without distances",)),
        (("one", *["a.csv"] * 5, *CHANNEL), ("at most 5",)),
    ],
)
def test_what_is_wrong_is_told(ask: Ask, tmp_path: Path, words: tuple[str, ...], said: tuple[str, ...]) -> None:
    """In words, with what is allowed; exit code 2."""
    make_run(tmp_path / "one", Recipe(seconds=3.0))
    write("a.csv", np.sin(np.arange(100)))
    refused(ask(*words), *said)


def test_sources_of_other_rates_need_common_frequencies(ask: Ask, tmp_path: Path) -> None:
    """Each is swept to the highest that it allows; side by side they must be the same."""
    make_run(tmp_path / "one", Recipe(seconds=3.0))
    Path("a.csv").write_text("body_acceleration_mps2\n" + "\n".join(map(str, np.sin(np.arange(400.0)))) + "\n")
    refused(ask("one", "a.csv", *CHANNEL, "--rate-hz", "1000"), "up to 100 Hz, one up to 50 Hz", "--to-hz")
    assert len(told(ask("one", "a.csv", *CHANNEL, "--rate-hz", "1000", "--to-hz", "50", "--json"))) == 2


def test_a_planned_drive_beside_its_own_set_points(ask: Ask) -> None:
    """What the plan says of an axis is what a file of its set points says; rests and other metres are left out."""
    plan = load_plan(Wanted("belgian_block"))
    column = [axis.name for axis in plan.rig.axes].index("pan_displacement_m")
    blocks = list(plan.blocks())
    there = np.concatenate([(b.distance_m >= 10.0) & (b.distance_m <= 30.0) for b in blocks])
    write("set.csv", np.concatenate([block.setpoint[:, column] for block in blocks])[there])
    Path("set.csv").write_text(Path("set.csv").read_text().replace("a_mps2", "pan_displacement_m"))
    words = ("--channel", "pan_displacement_m", "--points", "12", "--json")
    file, planned = (
        told(ask("set.csv", *words, "--rate-hz", "500"))[0],
        told(ask("--plan", "belgian_block", *words, "--from-km", "0.01", "--to-km", "0.03"))[0],
    )
    assert planned["source"] == "plan of belgian_block"
    assert (planned["samples"], planned["rate_hz"]) == (file["samples"], 500)
    assert planned["damage"] == file["damage"]
    assert planned["shock"] == file["shock"]


def test_a_plan_s_strut_is_that_of_the_model(ask: Ask) -> None:
    """Said in its name, as the set point is no measurement of it; and the same as what equivalence counts."""
    words = ("--plan", "belgian_block", "--channel", "strut_force_n", "--points", "4", "--json")
    planned = told(ask(*words))[0]
    plan = load_plan(Wanted("belgian_block"))
    predictor = Predictor(plan)
    force_n = np.concatenate([predictor.channels(block)["strut_force_n"] for block in plan.blocks()])
    write("force.csv", force_n)
    Path("force.csv").write_text(Path("force.csv").read_text().replace("a_mps2", "strut_force_n"))
    file = told(ask("force.csv", "--channel", "strut_force_n", "--points", "4", "--rate-hz", "500", "--json"))[0]
    assert planned["source"] == "plan of belgian_block by strut model"
    assert (planned["damage"], planned["samples"]) == (file["damage"], file["samples"])


def test_a_plan_without_that_channel_is_refused(ask: Ask) -> None:
    """What the rig does not have, and what is no course."""
    refused(ask("--plan", "belgian_block", "--channel", "gear"), "plan of belgian_block", "one of pan_disp")
    refused(ask("--plan", "nowhere", "--channel", "pan_displacement_m"), "'nowhere'")
    refused(ask("--channel", "pan_displacement_m"), "SOURCES, --plan", "found 0")
