"""``rig plan`` as people use it: tables, JSON, page, comparison; and a drive that the rig can't play."""

import json
from pathlib import Path

import pytest

from rig.plan import Wanted, load_plan
from tests.commands import RIG_FILE, refused, typed
from tests.plans import campaign_file, stage_file


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run where their files are, so that messages name files as people do."""
    monkeypatch.chdir(tmp_path)
    stage_file(tmp_path)
    campaign_file(tmp_path)
    (tmp_path / "weak.yaml").write_text(RIG_FILE.read_text().replace("per_s2: 250.0", "per_s2: 90.0"))


def test_plan_says_what_an_engineer_looks_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Length, time, speeds, each ground, each axis, damage, envelope, worst places, both digests."""
    done = typed(capsys, monkeypatch, "plan", "short.yaml")
    assert done.code == 0, done.err
    made = load_plan(Wanted("short.yaml"))
    words = ["short: 0.5 km", "mean", "d7xr, stage_pace, seed 3", "reg", "wadi", "pan displacement", "halfshaft torque"]
    words += ["pseudo-damage", "Envelope of the rig", "acceleration", "The worst places", made.road_sha256]
    words += [made.drive_sha256, "one_corner: inside the envelope"]
    assert [word for word in words if word not in done.out] == []
    assert done.err == ""  # no bar where nobody looks


def test_plan_of_a_campaign_lists_its_stages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stages with days, rests and temperatures; rests count in the time on the rig, not in the driving."""
    done = typed(capsys, monkeypatch, "plan", "days.yaml")
    assert done.code == 0, done.err
    for word in ("with rests", "short (1 of 2)", "short (2 of 2)", "two", "rest before"):
        assert word in done.out


def test_json_is_the_whole_plan(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Valid JSON and nothing else on standard output."""
    document = json.loads(typed(capsys, monkeypatch, "plan", "short.yaml", "--json", "--segments").out)
    assert document["km"] == 0.5
    assert [part["label"] for part in document["segments"]] == ["reg", "wadi"]
    assert document["outside"] == 0


def test_outside_is_refused_after_all_has_been_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2; the tables are there, the places and the way out on standard error; JSON lists the places too."""
    done = typed(capsys, monkeypatch, "plan", "short.yaml", "--rig", "weak.yaml")
    refused(done, "pan_displacement_m: found acceleration", "up to 90 on rig one_corner", "--over-envelope slow")
    assert "OUTSIDE the envelope in" in done.out
    document = json.loads(typed(capsys, monkeypatch, "plan", "short.yaml", "--rig", "weak.yaml", "--json").out)
    assert len(document["excesses"]) == document["outside"] > 0
    assert document["excesses"][0]["label"] in ("reg", "wadi")


@pytest.mark.parametrize(("over", "said"), [("slow", "The car is slowed here"), ("clip", "CLIPPED:")])
def test_over_envelope_is_never_silent(
    over: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 0, inside the envelope, and the plan says what was done for it."""
    done = typed(capsys, monkeypatch, "plan", "short.yaml", "--rig", "weak.yaml", "--over-envelope", over)
    assert done.code == 0, done.err
    assert "inside the envelope" in done.out
    assert said in done.out


def test_comparison_sets_plans_side_by_side(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another vehicle, another style, another course: each told apart, with ratios of damage to the first."""
    words = ("plan", "short.yaml", "--compare", "octa", "--compare", "careful", "--compare", "days.yaml")
    done = typed(capsys, monkeypatch, *words)
    assert done.code == 0, done.err
    _, table = done.out.split("Side by side")
    for word in ("octa, stage_pace", "d7xr, careful", "days", "strut damage a km, m=5", "Mean speed"):
        assert word in table
    assert len(json.loads(typed(capsys, monkeypatch, *words[:4], "--json").out)) == 2


def test_what_cannot_be_compared_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown names with what there is; files that are not there."""
    refused(typed(capsys, monkeypatch, "plan", "short.yaml", "--compare", "octo"), "did you mean 'octa'")
    refused(
        typed(capsys, monkeypatch, "plan", "short.yaml", "--compare", "no.yaml"), "no.yaml: --compare: found no such"
    )


def test_a_page_that_cannot_be_written_is_told_before_planning(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is planned for minutes only to be lost."""
    done = typed(capsys, monkeypatch, "plan", "short.yaml", "--html", "nowhere/plan.html")
    refused(done, "nowhere/plan.html: --html: found no such folder")
    assert done.out == ""


def test_page_opens_by_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One file, without an address in it, that names what the table names; hostile names stay text."""
    Path("evil.yaml").write_text(
        "kind: terrain\nname: evil\ndescription: x\nseed: 1\nsegments:\n  - {label: '</script><b>x', surface: paved, "
        "soil: paved, length_m: 200.0, speed_cap_mps: 8.0, roughness: {iso_class: A}}\n"
    )
    done = typed(capsys, monkeypatch, "plan", "evil.yaml", "--html", "plan.html")
    assert done.code == 0, done.err
    page = Path("plan.html").read_text()
    assert "INSIDE the envelope" in page
    assert "</script><b>x" not in page
    assert "http" not in page.replace("http-equiv", "").split("<script>")[0]


@pytest.mark.parametrize("km", ["5", "-1", "0", "nan"])
def test_a_target_that_does_not_lie_on_the_course_is_refused(
    km: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is planned, with the length that there is."""
    done = typed(capsys, monkeypatch, "plan", "short.yaml", "--until-km", km)
    refused(done, f"--until-km: found {km}; allowed: 0.001 to 0.5 km, the length of short")
    assert done.out == ""
