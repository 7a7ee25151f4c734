"""``rig survival`` and ``rig survival plan`` as people type them, and the page."""

import json
import re
from pathlib import Path

import pytest

from rig.survival.answer import Settings, answer
from rig.survival.page import write_survival_page
from rig.survival.table import read_table
from tests.commands import Done, refused, typed
from tests.survival_cases import SHOCK_ABSORBERS, fleet_table
from tests.synthetic_run import Recipe, make_run


class Shell:
    """Commands in a folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._capsys, self._monkeypatch = folder, capsys, monkeypatch
        monkeypatch.chdir(folder)

    def survival(self, *words: str) -> Done:
        return typed(self._capsys, self._monkeypatch, "survival", *words)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    events = ["failed" if failed else "suspended" for failed in SHOCK_ABSORBERS.failed]
    rows = [f"{km},{event}" for km, event in zip(SHOCK_ABSORBERS.distance_km, events, strict=True)]
    (tmp_path / "shock.csv").write_text("\n".join(["distance_km,event", *rows]))
    (tmp_path / "fleet.csv").write_text(fleet_table())
    (tmp_path / "one.csv").write_text("distance_km,event\n5000,suspended\n")
    return Shell(tmp_path, capsys, monkeypatch)


def flat(done: Done) -> str:
    return " ".join(done.out.split())


def test_a_table_as_json(shell: Shell) -> None:
    """The published figures come out of the command, and all of it is JSON."""
    done = shell.survival("shock.csv", "--confidence", "0.95", "--json")
    assert done.code == 0, done.err
    (section,) = json.loads(done.out)["sections"]
    assert section["weibull"]["shape"]["value"] == pytest.approx(3.160470, abs=1e-6)
    assert section["weibull"]["b_lives_km"]["B10"]["wald"] == pytest.approx([10_221.8, 18_094.7], abs=0.05)
    assert section["weibull"]["log_likelihood"] == pytest.approx(-123.9954, abs=5e-5)
    assert len(section["kaplan_meier"]) == 11
    assert section["failure_rate"] == "wear-out"


def test_the_words(shell: Shell) -> None:
    """Figures with their bounds, what kind of failure it is, and what each figure assumes."""
    done = shell.survival("shock.csv", "--at-km", "10000", "--shape", "3")
    assert done.code == 0, done.err
    said = flat(done)
    for words in (
        "38 specimens, 11 failed, 27 suspended; bounds at 90 %",
        "B10, km │ 13,600 │",
        "wear-out: the failure rate grows with distance",
        "Weibayes, β 3 assumed, 11 failed: η at least",
        "Counted at 10,000 km: 33 specimens came so far or failed on the way (5 suspended before, left out)",
        "assumed:",
        "weibayes: the shape that was given; nothing in the data speaks for it",
        "success run: nothing of how lives are distributed",
    ):
        assert words in said


def test_one_survivor_proves_r50_at_50_percent_and_no_more(shell: Shell) -> None:
    """No curve, no life, no B10: the counted statement alone."""
    said = flat(shell.survival("one.csv"))
    assert "1 specimens, 0 failed, 1 suspended" in said
    assert "No distribution can be fitted: nothing failed" in said
    assert "R(5,000 km) of at least 50 % at 50 % confidence, 10 % at 90 %, one-sided, and no more." in said
    assert "B10" not in said
    assert "η at least" in flat(shell.survival("one.csv", "--shape", "2"))
    assert "Nobody reached 9,000 km or failed before" in flat(shell.survival("one.csv", "--at-km", "9000"))


def test_infants_and_wear_out_are_told_apart_by_mode(shell: Shell) -> None:
    """Mixed with suspensions in two batches; taken together neither would be seen."""
    done = shell.survival("fleet.csv", "--json")
    found = json.loads(done.out)
    first = next(one for one in found["sections"] if one["group"] == "2026-02")
    assert {one["mode"]: one["failure_rate"] for one in first["modes"]} == {
        "loose_fitting": "infant",
        "seal_leak": "wear-out",
    }
    assert sum(one["failures"] for one in first["modes"]) == first["failures"]
    assert 0.0 < found["differences"][""]["p_value"] <= 1.0


def test_failure_logs_of_runs(shell: Shell) -> None:
    """Serial numbers that come back add up; after a failure they are refused, unless each run had new parts."""
    make_run(shell.folder / "runs" / "a", Recipe())
    make_run(shell.folder / "runs" / "b", Recipe())
    done = shell.survival("--component", "damper", "--by", "batch")
    assert done.code == 0, done.err
    assert "from the failure log of 2 runs" in done.out
    assert "1 specimens ran more than once" in done.out
    assert "damper, 2026-03: 1 specimens, 0 failed, 1 suspended" in done.out
    make_run(shell.folder / "runs" / "aa", Recipe(broken_at_s=10.0))
    refused(shell.survival("runs"), "coil_spring: serial: found 'C-0001' failed in", "--each-run-new")
    told = json.loads(shell.survival("runs", "--each-run-new", "--json").out)
    spring = next(one for one in told["sections"] if one["component"] == "coil_spring")
    assert (spring["failures"], spring["suspensions"]) == (1, 2)
    (shell.folder / "runs" / "a" / "manifest.json").write_text("{")
    broken = shell.survival("runs/a", "runs/b")
    assert broken.code == 3
    assert "1 runs can't be read and are missing from every figure" in broken.out
    assert "manifest.json" in broken.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none",), "run directories, or a folder of them"),
        (("none.csv",), "none.csv: (the whole file): found no such file"),
        (("shock.csv", "one.csv"), "RUNS|FILE.csv: found 2 arguments, a table among them; allowed: runs, or one table"),
        (("shock.csv", "--by", "rig"), "--by: found a table; allowed: runs only"),
        (("shock.csv", "--component", "damper"), "--component: found 'damper'"),
        (("shock.csv", "--confidence", "90"), "--confidence: found 90; allowed: a number above 0 and below 1"),
        (("shock.csv", "--confidence", "nan"), "--confidence: found nan"),
        (("shock.csv", "--shape", "0"), "--shape: found 0; allowed: a finite number above 0"),
        (("shock.csv", "--at-km", "-3"), "--at-km: found -3"),
        (("shock.csv", "--html", "no/where.html"), "--html: found no such folder"),
        (("plan", "--reliability", "1"), "--reliability: found 1; allowed: a number above 0 and below 1"),
        (("plan", "--lives", "2"), "--shape: found nothing; allowed: Weibull's beta"),
        (("plan", "--shape", "2", "--lives", "2", "--specimens", "3"), "found both; allowed: one of them"),
        (
            ("plan", "--shape", "2", "--failures", "3", "--specimens", "3"),
            "found 3; allowed: more than the 3 that may fail",
        ),
        (("plan", "--reliability", "0.999999999"), "more than 1,000,000 specimens would be needed"),
        (("plan", "--shape", "300", "--lives", "9999"), "allowed: what a test of this world can show"),
    ],
)
def test_wrong_words(shell: Shell, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, what was found and what is allowed, no traceback."""
    refused(shell.survival(*words), said)


def test_plans(shell: Shell) -> None:
    """Distances are rounded up; whole lives are among the rows; as JSON too."""
    said = flat(shell.survival("plan", "--shape", "2", "--life-km", "5000"))
    assert "│ 22 │ 1.000 │ 5,000 │ 110,000 │" in said
    assert "│ 5 │ 2.091 │ 10,454 │ 52,267 │" in said
    assert "n form: binomial" in said
    done = shell.survival("plan", "--shape", "2", "--lives", "2", "--json")
    assert json.loads(done.out)["plans"][0]["specimens"] == 6
    assert "│ 22 │ 1.000 │" in flat(shell.survival("plan"))


def test_the_page(tmp_path: Path) -> None:
    """A failure is a dot in each chart, a suspension an arrow; nothing is asked of a network; names are no markup."""
    (tmp_path / "f.csv").write_text(fleet_table().replace("2026-03,", "<b>x</b>,"))
    found = answer(read_table(tmp_path / "f.csv"), Settings(0.9))
    write_survival_page(tmp_path / "f.html", found)
    text = (tmp_path / "f.html").read_text()
    groups = text.split("<section>")[1]
    weibull, _, lives, damage = re.findall(
        r'<svg class="chart".*?</svg></figure>|<svg class="chart".*?</figure>', groups
    )
    failures, count = sum(one.failures for one in found.sections), sum(len(one.specimens) for one in found.sections)
    assert weibull.count("<circle") == failures
    for chart in (lives, damage):
        assert (chart.count("<circle"), chart.count('class="open')) == (failures, count - failures)
    assert text.count('class="badge infant"') >= 1
    assert text.count('class="badge wear-out"') >= 1
    assert "<b>x</b>" not in text
    assert not re.search(r"(src|href)=|url\(|nan|inf\b", text.split("</script>")[0].replace("infant", ""))
