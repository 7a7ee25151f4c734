"""What does not start, is stopped while it starts, or has nobody to read it: exit code, a clear word, nothing left."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands import RIG_FILE, SHORT_RUN, environment, rig, typed


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run where their files are, so that messages name files as people do."""
    monkeypatch.chdir(tmp_path)


def synthetic_rig(launch: str) -> None:
    Path("x.yaml").write_text(RIG_FILE.read_text().replace("[python, -m, simulators]", launch))


LAUNCHES = {
    "no such command": ("[/no/such/bench]", 2, "x.yaml: launch: found '/no/such/bench': no such file or directory"),
    "a folder": ("[/]", 2, "permission denied; allowed: a command that can be started here"),
    "dies": ("['false']", 3, "ended with exit code 1 before it printed its addresses"),
    "dies with a word": ("[python, -c, 'import sys; sys.exit(\"no power\")']", 3, "it said last: 'no power'"),
    "talks": ("[python, -c, 'print(\"hello\")']", 3, "printed 'hello' instead of its addresses"),
    "half": ("[python, -c, 'print(\"{}\")']", 3, "no address was printed for modbus, data_acquisition"),
}


@pytest.mark.parametrize("case", LAUNCHES)
def test_launch_commands_that_do_not_launch(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that can't be started is bad input; one that fails is a fault of the rig. Nothing empty is left."""
    launch, code, said = LAUNCHES[case]
    synthetic_rig(launch)
    done = typed(capsys, monkeypatch, *SHORT_RUN, "--rig", "x.yaml")
    assert "Traceback" not in done.out + done.err
    assert done.code == code, done.err
    assert said in done.err
    assert [path.name for path in Path("runs").rglob("*") if path.is_file()] in ([], ["launch.log"])


def test_a_device_that_is_not_there_is_a_rig_fault() -> None:
    """A refused port ends as a rig fault with its address in the verdict's reason; components are only suspended."""
    with socket.socket() as unused:  # bound, and nobody listens: the port is refused, and nobody else gets it
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        text = RIG_FILE.read_text().replace("address: launched", f"address: '{address}'")
        text = text.replace("launch: [python, -m, simulators]\n", "")
        Path("x.yaml").write_text(re.sub(r"(?m)^(instruments|fan|shaker):.*\n(  - .*\n)*", "", text))
        done = rig(*SHORT_RUN, "--rig", "x.yaml", "--json", cwd=Path.cwd())
    assert "Traceback" not in done.out + done.err
    assert done.code == 3
    assert address in done.verdict["reason"]
    assert {row["outcome"] for row in done.verdict["verdicts"]} == {"SUSPENDED"}


def shell(command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A shell line with ``$RIG``; the exit codes of its pipe are printed last."""
    words = environment() | {"RIG": f"{sys.executable} -m rig"} | more
    line = f"{command}; echo ${{PIPESTATUS[0]}}"
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=words, timeout=60, check=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("$RIG plan belgian_block --json | true", "0"),
        ("$RIG list >&-", "0"),
        ("$RIG check gone.yaml 2>&1 | true", "2"),
        ("$RIG list > /dev/full", "3"),
    ],
)
def test_closed_and_full_outputs_are_borne(command: str, code: str) -> None:
    """A reader that goes away changes no exit code; a result that can't be written is told."""
    done = shell(command)
    assert done.stdout.split()[-1] == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert ("no space left on device" in done.stderr) == (code == "3")


def test_json_is_json_and_plain_is_plain() -> None:
    """Through a pipe there is nothing but JSON; with an encoding that knows few letters the table still comes."""
    done = shell("$RIG plan belgian_block --json", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout.rsplit("\n", 2)[0])["excesses"] == []
    table = shell("$RIG plan belgian_block", PYTHONIOENCODING="ascii", NO_COLOR="1", COLUMNS="10").stdout
    assert "inside the envelope" in table
    assert "\x1b" not in table


@pytest.mark.parametrize("after_s", [0.5, 0.9, 1.7, 2.4, 3.1])
def test_ctrl_c_before_the_run_leaves_nothing(after_s: float) -> None:
    """In imports, in planning, while processes come up: exit 4 and one word, whatever the program does just then."""
    command = [sys.executable, "-m", "rig", *SHORT_RUN[:2], "--until-km", "0.2", "--runs", "runs"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), start_new_session=True
    )
    time.sleep(after_s)  # not for luck: any moment must do
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in out + err
    assert process.returncode == 4, err
    assert "stopped" in err.lower() + out.lower()
    kept = [path for path in Path("runs").glob("*") if not (path / "verdict.json").exists()]
    assert kept == []


@pytest.mark.parametrize("words", [["--seed", "-1"], ["--seed", "9" * 30], ["--rig", "nope"], ["--pace", "dry"]])
def test_the_bench_refuses_wrong_words(words: list[str]) -> None:
    """``python -m simulators`` says what is allowed and ends with 2."""
    command = [sys.executable, "-m", "simulators", *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode == 2
    assert words[1] in done.stderr
