"""Wrong things that people type: a clear word of where, what and what is allowed; the exit code; never a traceback."""

import os
import re
from pathlib import Path

import pytest

from tests.commands import RIG_FILE, ROOT, SHORT_RUN, refused, typed

TERRAIN = ROOT / "profiles" / "library" / "terrain"
CAR = ROOT / "profiles" / "library" / "vehicles" / "d7xr.yaml"
ROAD = ROOT / "profiles" / "library" / "roads" / "belgian_block.crg"
STYLE = ROOT / "profiles" / "library" / "drivers" / "stage_pace.yaml"
PARTS = ROOT / "rig" / "library" / "specimens" / "new_parts.yaml"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run where their files are, so that messages name files as people do."""
    monkeypatch.chdir(tmp_path)


ARGUMENTS = {
    "unknown command": (("frob",), "No such command 'frob'"),
    "unknown option": (("--frob",), "No such option: --frob"),
    "no terrain": (("run",), "Missing argument 'terrain'"),
    "nearly a terrain": (("plan", "dune_lop"), "did you mean 'dune_loop' or 'dune_loop_20km'? the library"),
    "no such file": (("plan", "no.yaml"), "no.yaml: course: found no such file; allowed: a terrain, stage or"),
    "a folder": (("plan", "./"), "./: course: found a folder"),
    "a car as terrain": (
        ("plan", str(CAR)),
        "d7xr.yaml:1: kind: found 'vehicle'; allowed: one of campaign, edit, stage",
    ),
    "unknown car": (("plan", "dune_loop", "--vehicle", "tank"), "the library has d7xr"),
    "unknown rig": (("plan", "dune_loop", "--rig", "nope"), "rig: found 'nope'; allowed: the library has one_corner"),
    "unknown parts": (("run", "dune_loop", "--specimens", "nope"), "the library has new_parts"),
    "seed below 0": (("plan", "dune_loop", "--seed", "-1"), "Invalid value for '--seed'"),
    "seed no number": (("plan", "dune_loop", "--seed", "1e3"), "Invalid value for '--seed'"),
    "seed beyond 63 bits": (("plan", "dune_loop", "--seed", str(2**63)), "Invalid value for '--seed'"),
    "unknown pace": (("run", "dune_loop", "--pace", "fast"), "'fast' is not one of 'real', 'stepped'"),
    "nowhere to go": (("run", "belgian_block", "--until-km", "0"), "--until-km: found 0; allowed: 0.001 to 0.4011 km"),
    "backwards": (("run", "belgian_block", "--until-km", "-1"), "--until-km: found -1; allowed: 0.001 to"),
    "no distance": (("run", "belgian_block", "--until-km", "nan"), "--until-km: found nan; allowed: 0.001 to"),
    "too far": (("run", "belgian_block", "--until-km", "1e9"), "the length of belgian_block"),
    "runs under a file": (
        (*SHORT_RUN[:-1], "/dev/null/x"),
        "--runs: found not a directory; allowed: a folder that can be",
    ),
    "report of nothing": (("report", "nowhere"), "nowhere/manifest.json:1: (the whole file): found no such file"),
    "report of no run": (("report", "."), "allowed: a run directory with a manifest.json"),
    "check of nothing": (("check", "no.yaml"), "no.yaml: (the whole file): found no such file or directory"),
    "check of a folder": (("check", "."), ".: (the whole file): found a folder"),
    "check without end": (("check", "/dev/zero"), "found more than 1048576 bytes"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_wrong_arguments_are_refused(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each says what was typed and what is allowed instead, and nothing is left in the folder."""
    words, said = ARGUMENTS[case]
    refused(typed(capsys, monkeypatch, *words), said)
    assert os.listdir() == []


FILES = {
    "empty": (b"", "x.yaml:1: (the whole file): found nothing; allowed: a mapping"),
    "only a comment": (b"# later\n", "x.yaml:1: (the whole file): found nothing"),
    "binary": (bytes(range(256)), "x.yaml: (the whole file): found byte 128 is no UTF-8"),
    "utf-16": ("kind: terrain\n".encode("utf-16"), "is no UTF-8"),
    "a NUL": (b"kind: terrain\0\n", "x.yaml:1: (the text): found no plain YAML"),
    "a list": (b"- a\n", "x.yaml:1: (the whole file): found a list; allowed: a mapping"),
    "a number": (b"42\n", "x.yaml:1: (the whole file): found '42'; allowed: a mapping"),
    "a tab": (b"kind: terrain\n\tname: x\n", "x.yaml:2: (the text): found no plain YAML"),
    "an open bracket": (b"kind: terrain\nname: [\n", "x.yaml:3: (the text): found no plain YAML"),
    "an open quote": (b'kind: "terrain\n', "found unexpected end of stream"),
    "two documents": (b"kind: terrain\n---\nkind: rig\n", "x.yaml:2: (the text): found no plain YAML"),
    "an alias": (b"a: &a {b: 1}\nc: *a\n", "x.yaml:2: (the text): found no plain YAML: an alias; write it out"),
    "a tag": (b"kind: !!python/name:os.system terrain\n", "x.yaml:1: kind: found the tag"),
    "a deep hole": (b"[" * 5000, "nested too deeply"),
    "half a character": (b'kind: terrain\nname: "\\ud800"\n', "x.yaml:2: name: found '\\ud800', with half a character"),
    "a long number": (b"kind: terrain\nseed: " + b"9" * 5000 + b"\n", "… (5000 characters)"),
    "no kind": (
        b"name: x\n",
        "x.yaml:1: kind: found nothing; allowed: one of campaign, component, driver_style, edit, rig",
    ),
    "nearly a kind": (b"kind: terain\n", "found 'terain'; allowed: (did you mean 'terrain'?) one of"),
}


@pytest.mark.parametrize("case", FILES)
def test_broken_files_are_refused(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a file holds, ``rig check`` and ``rig plan`` name it, the line and what is allowed."""
    content, said = FILES[case]
    Path("x.yaml").write_bytes(content)
    refused(typed(capsys, monkeypatch, "check", "x.yaml"), said)
    refused(typed(capsys, monkeypatch, "plan", "x.yaml"), "x.yaml")


def test_the_eight_faults_are_told_all_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown key, duplicate key, missing unit, 1e3 as text, NaN, bounds, type, missing file: with line and allowed."""
    Path("eight.yaml").write_text(
        "kind: terrain\nname: eight\ndescription: all wrong\nseed: 1\nrepeets: 2\nsegments:\n"
        "  - {label: a, surface: dunes, soil: gravel, soil: gravel, length: 100.0, roughness: {g0_m3: 1e3}}\n"
        "  - label: b\n    surface: dunes\n    soil: gravel\n    length_m: .nan\n    grade_pct: 75\n"
        "    speed_cap_mps: fast\n    roughness: {iso_class: C}\n"
        "  - {label: c, surface: paved, soil: paved, road_file: gone.crg}\n"
    )
    done = typed(capsys, monkeypatch, "check", "eight.yaml")
    expected = (
        r"eight.yaml:5: repeets: found an unknown key; allowed: \(did you mean 'repeats'\?\)",
        r"eight.yaml:7: segments.0.soil: found a duplicate key \(first on line 7\); allowed: each key once",
        r"eight.yaml:7: segments.0.length: found an unknown key; allowed: length_m \(the unit is part of the name\)",
        r"eight.yaml:7: segments.0.roughness.g0_m3: found '1e3', which YAML reads as text; allowed: a number such as",
        r"eight.yaml:11: segments.1.length_m: found '.nan', which is not a number; allowed: a finite number",
        r"eight.yaml:12: segments.1.grade_pct: found '75'; allowed: at most 60",
        r"eight.yaml:13: segments.1.speed_cap_mps: found 'fast'; allowed: a number",
        r"eight.yaml:15: segments.2.road_file: found 'gone.crg'; allowed: the path of a file that exists",
    )
    refused(done)
    lines = done.err.splitlines()
    assert len(lines) == len(expected)
    for pattern in expected:
        assert [line for line in lines if re.match(pattern, line)], pattern


def test_a_file_of_another_kind_is_one_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A car given as a terrain is told in one line, not in one for each of its keys."""
    done = typed(capsys, monkeypatch, "plan", str(CAR))
    refused(done, "d7xr.yaml:1: kind: found 'vehicle'; allowed: one of campaign, edit, stage, terrain")
    assert len(done.err.splitlines()) == 1


def test_check_goes_on_after_a_bad_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Good files are called good beside bad ones, and the faults of all of them are told."""
    Path("empty.yaml").write_text("")
    done = typed(capsys, monkeypatch, "check", str(CAR), "empty.yaml", "gone.yaml", str(PARTS))
    refused(done, "empty.yaml:1:", "gone.yaml:")
    assert "good vehicle 'd7xr'" in done.out
    assert "good specimens 'new_parts'" in done.out


@pytest.mark.parametrize(
    ("keep", "said"),
    [(0, "no $KD_DEFINITION block"), (300, "no $KD_DEFINITION block"), (-37, "unexpected end of binary data")],
    ids=["empty", "head only", "cut short"],
)
def test_damaged_road_data_are_refused(
    keep: int, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Check and plan name the road file, what is wrong with it and who names it."""
    Path("cut.crg").write_bytes(ROAD.read_bytes()[:keep])
    Path("x.yaml").write_text((TERRAIN / "belgian_block.yaml").read_text().replace("../roads/belgian_block", "cut"))
    for command in ("check", "plan"):
        refused(typed(capsys, monkeypatch, command, "x.yaml"), "cut.crg: (road data)", said, "named in x.yaml")


RIGS = {
    "range turned round": (
        ("lowest: -0.200", "lowest: 0.3"),
        ":25: axes.0.actuator.lowest: found '0.3'; allowed: less",
    ),
    "limit without value": (("upper, value: 0.198", "upper"), ":69: limits.0.value: found nothing; allowed: a value"),
    "limit out of reach": (("value: 0.198", "value: 0.5"), ":69: limits.0.value: found '0.5'; allowed: between what"),
    "following what is no axis": (
        ("{channel: strut_force_n, kind: upper", "{channel: strut_force_n, kind: following_error"),
        ":72: limits.3.kind: found 'following_error'; allowed: following_error and underpeak only for axes",
    ),
    "axis twice": (("- name: shaft_speed_radps", "- name: halfshaft_torque_nm"), "axes.1 has it already"),
    "unknown axis": (
        ("name: shaft_speed_radps", "name: wheel_wobble_m"),
        ":46: axes.2.name: found 'wheel_wobble_m'; allowed",
    ),
    "another unit": (("    unit: rad/s", "    unit: rpm"), ":47: axes.2.unit: found 'rpm'; allowed: the unit of its"),
    "coarse scale": (("scale: 1.0e-5\n", "scale: 1.0e-9\n"), ":19: axes.0.scale: found '1.0e-9'; allowed: a scale"),
    "no port": (("address: launched", "address: 127.0.0.1"), ":15: modbus.address: found '127.0.0.1'; allowed"),
    "port of letters": (("address: launched", "address: 'here:x'"), "a host and a port such as"),
    "port too high": (("address: launched", "address: 'here:99999'"), "a host and a port such as"),
    "no launch": (
        ("launch: [python, -m, simulators]\n", ""),
        ":14: modbus.address: found 'launched'; allowed: an addr",
    ),
    "empty launch": (("[python, -m, simulators]", "[]"), ":14: launch: found a list; allowed: a list of at least 1"),
    "no VISA name": (("supply, resource: launched", "supply, resource: lanched"), "instruments.1.resource: found 'lan"),
    "fan without supply": (("{role: supply,", "{role: data_acquisition,"), "instrument of the role supply"),
    "band too wide": (("band_high_hz: 40.0", "band_high_hz: 400.0"), "at most a third of the sample rate"),
    "watchdog too quick": (
        ("sample_rate_hz: 500", "sample_rate_hz: 10"),
        ":8: watchdog_ms: found '150'; allowed: more",
    ),
}


@pytest.mark.parametrize("case", RIGS)
def test_rigs_that_do_not_fit_together_are_refused(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rig file whose parts contradict each other is refused before anything is planned or started."""
    (old, new), said = RIGS[case]
    Path("x.yaml").write_text(RIG_FILE.read_text().replace(old, new, 1))
    refused(typed(capsys, monkeypatch, "check", "x.yaml"), f"x.yaml{said}" if said.startswith(":") else said)
    refused(typed(capsys, monkeypatch, "plan", "belgian_block", "--rig", "x.yaml"), "x.yaml")


SPECIMENS = {
    "none": ("specimens: []\n", "specimens: found a list; allowed: a list of at least 1"),
    "no key": ("", "specimens: found nothing"),
    "unknown": ("specimens: [{component: dampr, serial: D}]\n", "did you mean 'damper'?"),
    "twice": (
        "specimens: [{component: damper, serial: A}, {component: damper, serial: B}]\n",
        "one specimen of each component; more than one: damper",
    ),
    "no serial": ("specimens: [{component: damper}]\n", "the key 'serial' must be given here"),
}


@pytest.mark.parametrize("case", SPECIMENS)
def test_wrong_specimens_are_refused(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown, doubled or missing parts are refused by check and by run, and no run directory is made."""
    text, said = SPECIMENS[case]
    Path("x.yaml").write_text(f"kind: specimens\nname: x\n{text}")
    refused(typed(capsys, monkeypatch, "check", "x.yaml"), said)
    refused(typed(capsys, monkeypatch, *SHORT_RUN, "--specimens", "x.yaml"), said)
    assert not Path("runs").exists()


def test_a_channel_that_a_component_needs_is_missed_before_the_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rig with fewer channels than its specimens need is refused, and no run directory is made."""
    kept = [line for line in RIG_FILE.read_text().splitlines(keepends=True) if "strut_travel_m" not in line]
    Path("x.yaml").write_text("".join(kept))
    refused(typed(capsys, monkeypatch, *SHORT_RUN, "--rig", "x.yaml"), "channel 'strut_travel_m'", "one_corner")
    assert not Path("runs").exists()


@pytest.mark.parametrize(("key", "value"), [("wheelbase_m", "1.0e-9"), ("mass_kg", "7.0e+9"), ("knee_mps", "1.0e+12")])
def test_values_that_no_car_has_are_refused(
    key: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip of the pen by many powers of ten is told, not computed until the memory is full."""
    Path("x.yaml").write_text(re.sub(rf"{key}: {{value: [^,]+", f"{key}: {{value: {value}", CAR.read_text()))
    refused(typed(capsys, monkeypatch, "plan", "belgian_block", "--vehicle", "x.yaml"), f"{key}.value: found '{value}'")


def test_values_that_no_driver_has_are_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A creep speed of a nanometre a second would plan for years."""
    Path("x.yaml").write_text(re.sub(r"creep_mps: {value: [^,]+", "creep_mps: {value: 1.0e-9", STYLE.read_text()))
    said = "creep_mps.value: found '1.0e-9'; allowed: 0.5 to 10"
    refused(typed(capsys, monkeypatch, "plan", "belgian_block", "--style", "x.yaml"), said)


def test_a_terrain_beyond_the_envelope_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan and run say which axis, where, how much and what the rig can do; nothing is started."""
    Path("rough.yaml").write_text(
        "kind: terrain\nname: rough\ndescription: too rough\nseed: 1\nsegments:\n"
        "  - {label: boulders, surface: rock_garden, soil: gravel, length_m: 100.0, roughness: {iso_class: H}}\n"
    )
    where = r"found \w+ [-\d.e+]+ at rough at 0\.\d+ km \(boulders\), [\d.]+ s; allowed: up to [-\d.e+]+ on rig one_"
    for words in (("plan", "rough.yaml"), ("run", "rough.yaml", "--runs", "runs")):
        done = typed(capsys, monkeypatch, *words)
        refused(done)
        assert re.search(rf"pan_displacement_m: {where}", done.err), done.err
    assert not Path("runs").exists()
