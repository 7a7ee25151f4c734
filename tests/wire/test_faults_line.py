"""Broken frames and a broken line, seen by the driver, and what the device's log says of it."""

import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from corner_bench import corner
from faulty_bench import FaultyBench, Host, faulty, wave

from drivers.errors import BusClosedError, BusProtocolError, BusTimeoutError
from drivers.frames import Command, DeviceState

pytestmark = pytest.mark.alone


@pytest.fixture
def bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


def outcomes(bench: FaultyBench) -> list[str]:
    return [one["outcome"] for one in bench.door.log()["exchanges"]]


def running(bench: FaultyBench) -> Host:
    """A host whose device has played eight samples."""
    host = bench.host().ready()
    host.play(wave(8), 4)
    return host


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("frame_torn", {}, "torn feedback frame"),
        ("frame_stale_echo", {}, "stale feedback frame"),
        ("frame_bad_state", {}, "99 is not a valid DeviceState"),
        ("frame_bad_state", {"state": 12345}, "12345 is not a valid DeviceState"),
        ("frame_map_version", {}, "no feedback frame of map version 2"),
    ],
)
def test_frames_that_are_no_frames(bench: FaultyBench, name: str, parameters: dict[str, Any], said: str) -> None:
    """At its sample, so many times; each is named, and the next ones are good."""
    bench.door.fault(name, at_sample=4, times=2, **parameters)
    host = bench.host().ready()
    host.send(wave(3), Command.START)
    for batch in ([3, 4, 5], [6, 7]):
        with pytest.raises(BusProtocolError, match=said):
            host.send(wave(8)[batch])
        host.hardware.open()
        host.sent += len(batch)
    assert host.send().samples_played == 8
    assert bench.door.faults()[0]["state"] == "over"


def test_frozen_counters(bench: FaultyBench) -> None:
    """Frames come and the numbers stand; the samples are played all the same."""
    bench.door.fault("frame_frozen_counters", at_sample=8)
    host = bench.host().ready()
    host.play(wave(20), 4)
    seen = [(answer.samples_played, answer.first_sample, len(answer.codes)) for answer in host.answers[-5:]]
    assert seen == [(4, 0, 4), (4, 0, 4), (4, 0, 4), (4, 0, 4), (4, 0, 4)]
    assert host.hardware.status().samples_played == 20
    bench.door.clear()
    assert host.send().samples_played == 20


def test_no_frames_any_more(bench: FaultyBench) -> None:
    """Samples are played and counted, and their feedback never comes; afterwards the numbers have a gap."""
    bench.door.fault("frame_none", at_sample=8, for_samples=8)
    host = bench.host().ready()
    host.play(wave(20), 4)
    seen = [(answer.samples_played, answer.first_sample, len(answer.codes)) for answer in host.answers[-5:]]
    assert seen == [(4, 0, 4), (8, 4, 0), (12, 4, 0), (16, 12, 4), (20, 16, 4)]


def test_lost_frames(bench: FaultyBench) -> None:
    """Two are missing, once: a gap in the numbers."""
    bench.door.fault("frame_lost", count=2, at_sample=5)
    host = bench.host().ready()
    host.play(wave(12), 4)
    assert [(answer.first_sample, len(answer.codes)) for answer in host.answers[-3:]] == [(0, 4), (6, 2), (8, 4)]


def test_repeated_frames(bench: FaultyBench) -> None:
    """The frames of the answer before come again under their old number, and once only."""
    bench.door.fault("frame_repeated", at_sample=8)
    host = bench.host().ready()
    codes = host.play(wave(16), 4)
    assert [answer.first_sample for answer in host.answers[-4:]] == [0, 0, 8, 12]
    np.testing.assert_array_equal(codes[:4], codes[4:8])


def test_each_exception_code(bench: FaultyBench) -> None:
    """1 to 11: the driver says which; the command was not executed."""
    host = bench.host()
    for code in range(1, 12):
        bench.door.fault("modbus_exception", code=code, times=1)
        with pytest.raises(BusProtocolError, match=f"exception code {code}$"):
            host.send(command=Command.ARM)
        host.hardware.open()
    assert host.send().state == DeviceState.OFF
    assert outcomes(bench) == ["refused"] * 11 + ["taken"]


def test_exceptions_for_reads_only(bench: FaultyBench) -> None:
    """Writes go on; who reads is refused, until the fault is cleared."""
    host = running(bench)
    bench.door.fault("modbus_exception", code=6, on="reads")
    assert host.send().samples_played == 8
    for _ in range(2):
        with pytest.raises(BusProtocolError, match="exception code 6"):
            host.hardware.open()
    bench.door.clear()
    host.hardware.open()


@pytest.mark.parametrize("executed", [False, True])
def test_silence(bench: FaultyBench, executed: bool) -> None:
    """The driver closes; what was asked has been done, or not, as told; no other write of this host ever arrives."""
    host = bench.host(timeout_s=0.1)
    bench.door.fault("modbus_silent", executed=executed, on="writes", times=1)
    with pytest.raises(BusTimeoutError):
        host.send(command=Command.ARM)
    for _ in range(3):
        with pytest.raises(BusClosedError):
            host.send()
    other = bench.host()
    assert (other.hardware.status().state != DeviceState.OFF) is executed
    log = bench.door.log()
    assert [one["outcome"] for one in log["exchanges"]] == ["taken" if executed else "swallowed"]
    peers = [one["told"] for one in log["changes"] if one["what"] == "disconnected"]
    assert log["exchanges"][0]["peer"] in peers


def test_silence_for_a_time(bench: FaultyBench) -> None:
    """After so many seconds, counted from the first request, there are answers again."""
    bench.door.fault("modbus_silent", for_s=0.25)
    begun_s = time.monotonic()
    for _ in range(40):
        try:
            bench.host(timeout_s=0.1).send()
            break
        except BusTimeoutError:
            pass
    assert time.monotonic() - begun_s > 0.25
    assert bench.door.faults()[0]["state"] == "over"


def test_late_answers(bench: FaultyBench) -> None:
    """Done at once, told late; meanwhile the device answers others."""
    other = bench.host()
    bench.door.fault("modbus_late", by_ms=700.0, on="writes", times=1)
    with socket.create_connection(bench.address, timeout=5.0) as connection:
        asked_s = time.monotonic()
        connection.sendall(bytes.fromhex("000500000019 0117012c000e006400070e 0006000100010008000000000000"))
        while other.hardware.status().state == DeviceState.OFF:
            assert time.monotonic() - asked_s < 5.0
        assert select.select([connection], [], [], 0.0)[0] == []
        assert connection.recv(100)[7] == 23
        assert time.monotonic() - asked_s >= 0.7


def test_answer_that_is_too_late(bench: FaultyBench) -> None:
    """Later than the driver waits is a timeout."""
    host = bench.host(timeout_s=0.1)
    bench.door.fault("modbus_late", by_ms=300.0, times=1)
    with pytest.raises(BusTimeoutError):
        host.send()
