"""``python -m simulators``: one JSON line of addresses, and an end that leaves nothing, however it comes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from backdoor import Backdoor

from drivers.scpi import ScpiSession
from simulators.__main__ import main

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "simulators"]


def command(*options: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *options], stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], list[psutil.Process]]]:
    """The bench, its addresses, and the processes it consists of; all of them must be gone afterwards."""
    with command(*options) as bench:
        try:
            assert bench.stdout is not None
            addresses = json.loads(bench.stdout.readline())
            processes = psutil.Process(bench.pid).children(recursive=True)
            shared = shared_memory(bench.pid)
            assert shared
            yield bench, addresses, processes
            bench.wait(20)
            gone_by = time.monotonic() + 20
            while any(process.is_running() for process in processes) or any(path.exists() for path in shared):
                assert time.monotonic() < gone_by, f"left: {processes} {shared}"
                time.sleep(0.02)  # there is no event to wait for: they are another process's children
        finally:
            bench.kill()


def shared_memory(pid: int) -> set[Path]:
    """The blocks that a process has mapped."""
    return {Path(line.split()[-1]) for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "/psm_" in line}


def test_addresses_answer_and_closed_stdin_ends_it() -> None:
    """All six addresses are served when the line is printed; typing does not end it, closing does."""
    with running("--until-stdin-closes", "--pace", "stepped") as (bench, addresses, _):
        doors = {addresses.pop("backdoor"), addresses.pop("backdoor_instruments")}
        assert set(addresses) == {"modbus", "data_acquisition", "supply", "waveform_generator"}
        host, _, port = addresses.pop("modbus").partition(":")
        socket.create_connection((host, int(port)), timeout=5).close()
        assert bench.stdin is not None
        bench.stdin.write("hello\n")
        bench.stdin.flush()
        for resource in addresses.values():
            with closing(ScpiSession(resource)) as session:
                assert session.query("*IDN?").startswith("erg simulators")
        for address in doors:
            with Backdoor(address) as door:
                assert door.faults() == []
        bench.stdin.close()
    assert bench.returncode == 0


def test_faults_from_a_file(tmp_path: Path) -> None:
    """Each process has its own from the start."""
    path = tmp_path / "bad_night.yaml"
    path.write_text(
        "kind: faults\nname: bad_night\nfaults:\n"
        "  - {fault: low_pressure, bar: 12.5, interlock: false}\n"
        "  - {fault: instrument_identity, role: supply, identity: nobody}\n"
    )
    with running("--pace", "stepped", "--faults", str(path)) as (bench, addresses, _):
        with Backdoor(addresses["backdoor"]) as door:
            assert [one["fault"] for one in door.faults()] == ["low_pressure"]
        with closing(ScpiSession(addresses["supply"])) as session:
            assert session.query("*IDN?") == "nobody"
        bench.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(ending: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it cleanly, and it told people how to talk to it."""
    with running() as (bench, addresses, _):
        bench.send_signal(ending)
        bench.wait(20)
        assert bench.stderr is not None
        told = bench.stderr.read()
    assert bench.returncode == 0
    assert "Traceback" not in told
    assert "leaked" not in told  # Python's resource tracker would tidy up, and say so
    assert f"mbpoll -m tcp -p {addresses['modbus'].partition(':')[2]}" in told
    assert "lxi scpi --address 127.0.0.1" in told


def test_killed_bench_leaves_nothing() -> None:
    """After kill -9 of the bench its processes see their connections close, and the shared memory goes too."""
    with running() as (bench, _, processes):
        assert len(processes) >= 2
        bench.kill()


def test_bench_ends_when_one_of_its_processes_dies() -> None:
    """A bench without its servo controller is no bench: it says so and exits 3."""
    with running() as (bench, addresses, processes):
        port = int(addresses["modbus"].partition(":")[2])
        servo = next(one for one in processes if port in {c.laddr.port for c in one.net_connections() if c.laddr})
        os.kill(servo.pid, signal.SIGKILL)
        bench.wait(20)
        assert bench.stderr is not None
        assert "the servo process ended by itself" in bench.stderr.read()
    assert bench.returncode == 3


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--rig", "one_cornr"), "did you mean 'one_corner'?"),
        (("--rig", "no/such.yaml"), "no such file"),
        (("--specimens", "no/such.yaml"), "no such file"),
        (("--faults", "no/such.yaml"), "no such file"),
        (("--pace", "fast"), "invalid choice: 'fast'"),
        (("--seed", "x"), "'x' is no whole number from 0"),
    ],
)
def test_bad_input_is_told(options: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is started, and a sentence on standard error helps."""
    try:
        code = main(list(options))
    except SystemExit as error:  # argparse
        code = int(error.code or 0)
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert told in err


def test_bad_input_exits_with_two_and_no_traceback() -> None:
    """The same from a shell."""
    bench = command("--rig", "one_cornr")
    out, err = bench.communicate(timeout=30)
    assert (bench.returncode, out) == (2, "")
    assert err.startswith("(argument)")
    assert "Traceback" not in err
