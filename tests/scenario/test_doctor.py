"""``rig doctor`` as people and CI use it: on the simulated rig, on a rig that is wrong, gone, and given up."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from corner_bench import corner, served

from tests.commands import RIG_FILE, environment, typed, wait_for

pytestmark = pytest.mark.alone

MACHINE = ("processors", "kernel", "clock source", "governor", "load", "shared memory", "disk", "software")
LOOP = ("scheduling", "timer slack", "wake-up", "late cycles", "against C", "steal time")
BENCH = ("servo controller", "watchdog and ramp", "device state", "round trip")
INSTRUMENTS = ("data acquisition", "supply", "waveform generator")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the command runs nothing may be left."""
    monkeypatch.chdir(tmp_path)
    before = set(Path(os.environ.get("TMPDIR", "/tmp")).glob("rig-doctor-*"))
    yield
    assert set(Path(os.environ.get("TMPDIR", "/tmp")).glob("rig-doctor-*")) <= before
    assert not Path("runs").exists()


def test_the_simulated_rig_is_fit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line is there, with a mark, one line each; this machine may be busy, but nothing is missing."""
    done = typed(capsys, monkeypatch, "doctor", "--seconds", "1")
    assert done.code in (0, 1), done.out + done.err
    *lines, conclusion = done.out.splitlines()
    found = [re.match(r"(good|caution)\s+([^:]+): ", line) for line in lines]
    assert all(found), done.out
    assert [one[2] for one in found if one] == [*MACHINE, *LOOP, "launch", *BENCH, *INSTRUMENTS]
    assert ("fit for pace real" in conclusion) == (done.code == 0)
    assert "loop test, 1 s" in done.err


def elsewhere(address: str, **changed: str) -> None:
    """The library's rig as ``x.yaml``: at this address, without instruments, with some words changed."""
    text = RIG_FILE.read_text().replace("address: launched", f"address: '{address}'")
    text = text.replace("launch: [python, -m, simulators]\n", "")
    for key, value in changed.items():
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
    Path("x.yaml").write_text(re.sub(r"(?m)^(instruments|fan|shaker):.*\n(  - .*\n)*", "", text))


def test_a_rig_with_another_device_is_told_as_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It plays another rate than the rig file says: exit 3, told with a cure, in JSON that has all the other lines."""
    with served(corner("stepped")) as (address, _):
        elsewhere(f"{address[0]}:{address[1]}", sample_rate_hz="250")
        done = typed(capsys, monkeypatch, "doctor", "--seconds", "1", "--json", "--rig", "x.yaml")
    document = json.loads(done.out)
    assert done.code == document["exit_code"] == 3
    lines = {line["what"]: line for line in document["lines"]}
    assert list(lines) == [*MACHINE, *LOOP, "servo controller"]
    assert [what for what, line in lines.items() if line["mark"] == "bad"] == ["servo controller"]
    assert "sample_rate_hz 500, wanted 250" in lines["servo controller"]["found"]
    assert "compare" in lines["servo controller"]["do"]
    assert lines["wake-up"]["figures"]["p50_us"] > 0
    assert document["grade"] in ("A", "B")


def test_a_rig_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused port: exit 3, the address and what to look at; no traceback."""
    with socket.socket() as unused:  # bound, and nobody listens: the port is refused, and nobody else gets it
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        elsewhere(address)
        done = typed(capsys, monkeypatch, "doctor", "--seconds", "1", "--rig", "x.yaml")
    assert "Traceback" not in done.out + done.err
    assert done.code == 3
    (line,) = [line for line in done.out.splitlines() if line.startswith("bad")]
    assert f"no servo controller at {address}" in line
    assert "What to do: is it switched on, and reached from here? x.yaml has its address under modbus:" in line
    assert "not fit for a run: 1 bad" in done.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--seconds", "0.5"), "--seconds"), (("--seconds", "nan"), "--seconds"), (("--rig", "nope"), "nope")],
)
def test_wrong_words_are_usage(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2 before anything is tried."""
    done = typed(capsys, monkeypatch, "doctor", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def alive(group: int) -> list[str]:
    """The processes of a group that still run, by their ``/proc`` line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text()
            state, _, of_group = text.rpartition(")")[2].split()[:3]
            if int(of_group) == group and state != "Z":
                found.append(text)
    return found


def test_ctrl_c_in_the_loop_test_leaves_nothing() -> None:
    """In the middle of a minute: exit 4 and one word, no process of its group is left."""
    command = [sys.executable, "-m", "rig", "doctor", "--seconds", "60"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )
    wait_for(process, "loop test")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    out, err = process.communicate(timeout=20)
    assert "Traceback" not in out + err
    assert process.returncode == 4, err
    assert "stopped" in err
    deadline = time.monotonic() + 5.0  # Python's own tracker of shared memory ends by itself, after the rest
    while (left := alive(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []
