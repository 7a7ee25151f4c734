"""Commands as people give them, for scenario tests: run to the end, or started and watched; and a bench alone."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rig.cli import run_command_line

ROOT = Path(__file__).parent.parent
RIG_FILE = ROOT / "rig" / "library" / "rigs" / "one_corner.yaml"

SHORT_RUN = ("run", "belgian_block", "--until-km", "0.01", "--runs", "runs")
"""A run of ten metres into a folder of where it is."""


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def verdict(self) -> dict:
        """The JSON that ``--json`` prints."""
        return json.loads(self.out)


def environment() -> dict[str, str]:
    """This environment, with the project importable from anywhere."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def rig(*words: str, timeout_s: float = 110.0, cwd: Path = ROOT) -> Done:
    """Run ``rig`` with these words to its end."""
    command = [sys.executable, "-m", "rig", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=cwd, env=environment()
    )
    return Done(done.returncode, done.stdout, done.stderr)


def start_rig(*words: str) -> subprocess.Popen[str]:
    """Start ``rig`` with these words; the caller ends it. Its progress comes line by line on standard error."""
    command = [sys.executable, "-m", "rig", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    )


def wait_for(process: subprocess.Popen[str], word: str) -> str:
    """Read a started command's standard error up to a line that has a word; fails where it ends without."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if word in line:
            return seen
    raise AssertionError(f"{word!r} never came; the command said:\n{seen}")


@contextmanager
def bench(*words: str) -> Iterator[dict[str, str]]:
    """``python -m simulators`` with these words; gives the addresses it prints, ends it afterwards."""
    command = [sys.executable, "-m", "simulators", *words, "--until-stdin-closes"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment()
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.communicate(timeout=30)


def rig_file_for(addresses: dict[str, str], folder: Path) -> Path:
    """The library's rig, at the addresses of a bench that runs already."""
    text = RIG_FILE.read_text()
    text = text.replace("launch: [python, -m, simulators]\n", "").replace(
        "address: launched", f"address: '{addresses['modbus']}'"
    )
    for role in ("data_acquisition", "supply", "waveform_generator"):
        text = text.replace(f"role: {role}, resource: launched", f"role: {role}, resource: '{addresses[role]}'")
    path = folder / "elsewhere.yaml"
    path.write_text(text.replace("name: one_corner", "name: elsewhere"))
    return path


SELDOM_HELD = (("late_cycles_per_s: .*", "late_cycles_per_s: 2000"),)
"""A busy machine must not hold the rig by itself."""
PATIENT = (*SELDOM_HELD, ("(?m)^checks:.*\n(  .*\n)*", ""))
"""And its checks are for other tests."""


def patient(path: Path, changes: tuple[tuple[str, str], ...] = PATIENT) -> Path:
    """The rig file, changed in place."""
    text = path.read_text()
    for pattern, better in changes:
        text, count = re.subn(pattern, better, text)
        assert count == 1, pattern
    path.write_text(text)
    return path


def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> Done:
    """Run ``rig`` with these words to its end, in this process."""
    monkeypatch.setattr(sys, "argv", ["rig", *words])
    with pytest.raises(SystemExit) as left:
        run_command_line()
    out, err = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return Done(left.value.code, out, err)


def refused(done: Done, *said: str) -> None:
    """Exit code 2, no traceback, and each of these said on standard error."""
    assert "Traceback" not in done.out + done.err
    assert done.code == 2, done.out + done.err
    flat = " ".join(done.err.replace("│", " ").split())
    for words in said:
        assert words in flat
