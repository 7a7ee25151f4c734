"""The back door: requests and answers, what is refused, and the device's log."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from backdoor import Backdoor, BackdoorError
from corner_bench import block, corner
from faulty_bench import FORCE_N, FaultyBench, faulty, wave

from drivers.frames import Command, DeviceState
from simulators.backdoor import LONGEST_LINE_BYTES


@pytest.fixture
def bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


@pytest.fixture(scope="module")
def lasting_bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


def said(bench: FaultyBench, line: bytes) -> dict[str, Any]:
    """The answer to a line of any bytes."""
    with socket.create_connection(bench.door._socket.getpeername(), timeout=5) as connection:
        connection.sendall(line + b"\n")
        found: dict[str, Any] = json.loads(connection.makefile("rb").readline())
        return found


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"hello", "the line: found no JSON"),
        (b"[1]", "the line: found list; allowed: one JSON object a line"),
        (b"\xff\xfe", "the line: found no JSON"),
        (b'{"do": "' + b"x" * LONGEST_LINE_BYTES + b'"}', f"the line: found more than {LONGEST_LINE_BYTES} bytes"),
        (b"{}", "do: found None; allowed: fault, clear, faults, log, state"),
        (b'{"do": ["fault"]}', "do: found ['fault']; allowed: fault, clear"),
        (b'{"do": "explode"}', "do: found 'explode'; allowed: fault, clear"),
        (b'{"do": "fault"}', "fault: found nothing; allowed: the key 'fault' must be given here"),
        (b'{"do": "fault", "fault": "sensor_stuk"}', "did you mean 'sensor_stuck'?"),
        (b'{"do": "fault", "fault": ["x"]}', "fault: found ['x']; allowed: "),
        (b'{"do": "fault", "fault": "sensor_stuck", "chanel": "x"}', "chanel: found an unknown key; allowed: (did you"),
        (b'{"do": "fault", "fault": "sensor_stuck", "channel": "x"}', "channel: found 'x'; allowed: pan_displacement"),
        (b'{"do": "fault", "fault": "actuator_frozen", "axis": "x"}', "axis: found 'x'; allowed: pan_displacement_m"),
        (b'{"do": "fault", "fault": "sensor_gain", "channel": "strut_force_n", "factor": NaN}', "a finite number"),
        (b'{"do": "fault", "fault": "clock_rate", "factor": 2.0}', "allowed: pace real, where there is a clock"),
        (b'{"do": "fault", "fault": "clock_stop", "for_samples": 3}', "allowed: nothing, as no sample is played until"),
        (b'{"do": "fault", "fault": "reboot", "for_samples": 3}', "allowed: nothing, as reboot happens once"),
        (b'{"do": "fault", "fault": "modbus_exception", "code": 12}', "code: found 12; allowed: at most 11"),
        (b'{"do": "fault", "fault": "modbus_silent", "times": 1, "for_s": 1.0}', "for_s: found for_s beside times"),
        (b'{"do": "fault", "fault": "identity"}', "identity: found a mapping; allowed: at least one of magic"),
        (b'{"do": "fault", "fault": "instrument_timeout", "role": "supply"}', "instruments have a door of their own"),
        (b'{"do": "clear", "number": 1}', "number: found 1; allowed: the numbers of faults so far, of which there"),
        (b'{"do": "clear", "number": "1"}', "number: found '1'; allowed: a whole number from 0"),
        (b'{"do": "clear", "all": 1}', "all: found an unknown key; allowed: do, number"),
        (b'{"do": "state", "x": 1}', "x: found an unknown key; allowed: do"),
    ],
)
def test_what_is_wrong_is_told(lasting_bench: FaultyBench, line: bytes, error: str) -> None:
    """What was found, what is allowed; nothing has begun."""
    answer = said(lasting_bench, line)
    assert answer["ok"] is False
    assert error in answer["error"]
    assert lasting_bench.door.faults() == []


def test_faults_are_listed(bench: FaultyBench) -> None:
    """Each with its parameters, whether it waits, lasts or is over, and since which sample."""
    first = bench.door.fault("sensor_stuck", channel=FORCE_N, at_sample=5, for_samples=5)
    second = bench.door.fault("sensor_offset", channel=FORCE_N, value=3.0)
    bench.door.fault("clock_stop", at_sample=100)
    host = bench.host().ready()
    host.play(wave(8))
    assert (first, second) == (1, 2)
    assert bench.door.faults() == [
        {"number": 1, "fault": "sensor_stuck", "at_sample": 5, "for_samples": 5, "channel": FORCE_N}
        | {"state": "lasts", "begun_at_sample": 5},
        {"number": 2, "fault": "sensor_offset", "channel": FORCE_N, "value": 3.0}
        | {"state": "lasts", "begun_at_sample": 0},
        {"number": 3, "fault": "clock_stop", "at_sample": 100, "state": "waits", "begun_at_sample": None},
    ]
    host.send(wave(12)[8:])
    assert [one["state"] for one in bench.door.faults()] == ["over", "lasts", "waits"]
    bench.door.clear()
    assert [one["state"] for one in bench.door.faults()] == ["over"] * 3


def test_at_sample_counts_from_ready(bench: FaultyBench) -> None:
    """The samples of the run before do not count; a fault whose sample has passed in this run begins at once."""
    host = bench.host().ready()
    host.play(wave(12))
    host.send(command=Command.STOP)
    for _ in range(12):
        host.send()
    bench.door.fault("clock_stop", at_sample=8)
    assert bench.door.faults()[0]["state"] == "waits"
    host.ready().play(wave(12))
    assert bench.door.do("state")["samples_played"] == 8
    bench.door.clear()
    bench.door.fault("clock_stop", at_sample=3)
    assert bench.door.faults()[1]["state"] == "lasts"


def test_two_faults_at_one_sample(bench: FaultyBench) -> None:
    """Both begin, although the first of them stops everything."""
    bench.door.fault("emergency_stop", at_sample=6)
    bench.door.fault("frame_bad_state", at_sample=6)
    host = bench.host().ready()
    with pytest.raises(Exception, match="99 is not a valid"):
        host.play(wave(12))
    assert [one["begun_at_sample"] for one in bench.door.faults()] == [6, 6]


def test_log_of_exchanges(bench: FaultyBench) -> None:
    """Every write that arrived, in order: who, what, when, and what the device was after it."""
    before_ns = time.monotonic_ns()
    host = bench.host()
    host.ready()
    host.play(wave(6), 3)
    replay = block(Command.TRIP)
    replay.sequence = host.hardware._sequence
    bench.device.servo.exchange(replay, time.monotonic())
    log = bench.door.log()["exchanges"]
    shown = [(one["outcome"], one["command"], one["first_sample"], one["count"], one["state"]) for one in log[-4:]]
    assert shown == [
        ("taken", "START", 0, 0, "RUN"),
        ("taken", "NONE", 0, 3, "RUN"),
        ("taken", "NONE", 3, 3, "RUN"),
        ("replayed", "TRIP", 0, 0, "RUN"),
    ]
    assert [one["samples_played"] for one in log[-4:]] == [0, 3, 6, 6]
    assert [one["number"] for one in log] == list(range(1, len(log) + 1))
    times = [before_ns, *(one["time_ns"] for one in log), time.monotonic_ns()]
    assert times == sorted(times)
    name = host.hardware._link._socket.getsockname()  # type: ignore[union-attr]
    assert log[0]["peer"] == f"{name[0]}:{name[1]}"
    assert bench.door.do("log", exchanges_after=len(log) - 1)["exchanges"] == log[-1:]


def test_log_of_changes(bench: FaultyBench) -> None:
    """States, the way to neutral, faults and connections, each with the samples played."""
    bench.door.fault("emergency_stop", at_sample=4)
    host = bench.host().ready()
    host.play(wave(8))
    for _ in range(10):
        host.send()
    host.close()
    while (log := bench.door.log()["changes"])[-1]["what"] != "disconnected":
        pass
    shown = [(one["what"], one["told"], one["state"], one["first_fault"], one["samples_played"]) for one in log]
    peer = log[-1]["told"]
    assert shown[-6:] == [
        ("state", "", "READY", "NONE", 0),
        ("state", "", "RUN", "NONE", 0),
        ("begun", "emergency_stop", "RUN", "NONE", 4),
        ("state", "", "EMERGENCY_STOP", "EMERGENCY_STOP", 4),
        ("neutral", "", "EMERGENCY_STOP", "EMERGENCY_STOP", 4),
        ("disconnected", peer, "EMERGENCY_STOP", "EMERGENCY_STOP", 4),
    ]
    assert ("connected", peer) in [one[:2] for one in shown]


def test_log_is_bounded(bench: FaultyBench) -> None:
    """The last 4096 exchanges are kept."""
    for sequence in range(1, 4200):
        frame = block()
        frame.sequence = sequence
        bench.device.servo.exchange(frame, 0.0)
    numbers = [one["number"] for one in bench.door.log()["exchanges"]]
    assert (len(numbers), numbers[-1]) == (4096, 4199)


def test_the_door_disturbs_nothing(bench: FaultyBench) -> None:
    """Several doors at once; one that goes away in the middle of a line leaves the others alone."""
    with socket.create_connection(bench.door._socket.getpeername()) as rude:
        rude.sendall(b'{"do": "fau')
    host, port = bench.door._socket.getpeername()
    with Backdoor(f"{host}:{port}") as other:
        other.fault("clock_stop")
        assert bench.door.faults()[0]["fault"] == "clock_stop"
        with pytest.raises(BackdoorError, match="allowed: fault"):
            other.do("nonsense")
    assert bench.host().ready().hardware.status().state == DeviceState.READY
