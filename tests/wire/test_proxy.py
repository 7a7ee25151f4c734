"""The proxy between a Modbus driver and the servo controller, and between a VISA session and an instrument."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from backdoor import Backdoor, BackdoorError
from corner_bench import corner
from faulty_bench import FaultyBench, Host, faulty, wave

from drivers.errors import BusClosedError, BusError, BusProtocolError, BusTimeoutError
from drivers.frames import Command, DeviceState
from drivers.scpi import ScpiSession
from simulators.faults.parsing import FaultError
from simulators.framing import Splitter
from simulators.proxy.__main__ import main
from simulators.proxy.proxy import Proxy, address_of

pytestmark = pytest.mark.alone

STATUS = bytes.fromhex("000700000006 010300100001")
"""A request for the device's state, and its answer in OFF."""
OFF = bytes.fromhex("000700000005 0103020001")


@pytest.fixture
def bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


@pytest.fixture
def proxy(bench: FaultyBench) -> Iterator[Proxy]:
    with Proxy("{}:{}".format(*bench.address)) as running:
        yield running


@contextlib.contextmanager
def connected(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(address_of(proxy.address), timeout=5) as connection:
        yield connection


def answers(proxy: Proxy, requests: int = 1, length: int = len(OFF)) -> bytes:
    """So many bytes of what comes back for so many requests at once, each by itself; their numbers are 7, 8, ..."""
    with connected(proxy) as connection:
        for number in range(requests):
            connection.sendall(bytes([0, 7 + number]) + STATUS[2:])
            while len([one for one in proxy.seen() if one.direction == "replies"]) <= number:
                pass
        return connection.recv(length, socket.MSG_WAITALL)


def through(bench: FaultyBench, proxy: Proxy, timeout_s: float = 2.0) -> Host:
    """A host that has been answered once, so that the proxy has its connection."""
    host = Host(address_of(proxy.address), timeout_s)
    bench.hosts.callback(host.close)
    host.send()
    return host


def test_nothing_changes_without_a_behaviour(bench: FaultyBench, proxy: Proxy) -> None:
    """The driver plays through it as without it, and it has seen each message."""
    host = through(bench, proxy).ready()
    assert len(host.play(wave(12))) == 12
    seen = proxy.seen()
    assert [one.direction for one in seen[:4]] == ["requests", "replies"] * 2
    assert all(one.hex == one.passed for one in seen)
    assert {one.connection for one in seen} == {1, 2}  # to identify, and to play
    assert proxy.connections == 2


@pytest.mark.parametrize(
    ("behaviour", "parameters", "expected"),
    [
        ("duplicate", {}, OFF * 2),
        ("duplicate", {"copies": 3}, OFF * 4),
        ("corrupt", {"byte": -1, "bit": 3}, OFF[:-1] + b"\x09"),
        ("corrupt", {"byte": 99}, OFF),
        ("truncate", {"to_bytes": 9}, OFF[:9]),
        ("insert", {"hex": "00ff"}, b"\x00\xff" + OFF),
        ("insert", {"hex": "00ff", "where": "behind"}, OFF + b"\x00\xff"),
        ("wrong_transaction", {}, b"\x00\x08" + OFF[2:]),
        ("wrong_transaction", {"add": -8}, b"\xff\xff" + OFF[2:]),
        ("wrong_length", {"add": 2}, OFF[:5] + b"\x07" + OFF[6:]),
        ("wrong_unit", {}, OFF[:6] + b"\x02" + OFF[7:]),
        ("wrong_function", {"add": 128}, OFF[:7] + b"\x83" + OFF[8:]),
        ("drop_bytes", {"count": 4}, OFF[4:]),
    ],
)
def test_replies_are_changed(proxy: Proxy, behaviour: str, parameters: dict[str, Any], expected: bytes) -> None:
    """Byte by byte what comes back instead of the device's answer; the next one is good."""
    times = {} if behaviour == "drop_bytes" else {"times": 1}
    proxy.behave(behaviour, **parameters, **times)
    assert answers(proxy, 1, len(expected)) == expected
    assert proxy.behaviours() == []
    assert proxy.seen()[-1].passed == expected.hex()


def test_after_and_times(proxy: Proxy) -> None:
    """The third and fourth reply vanish, no other."""
    number = proxy.behave("drop", after=2, times=2)
    assert answers(proxy, 1) == OFF
    assert proxy.behaviours() == [
        {"number": number, "behaviour": "drop", "direction": "replies", "after": 2, "times": 2, "count": 0}
    ]
    came = answers_until(proxy, 7)
    assert came == [7, 10, 11, 12, 13]


def answers_until(proxy: Proxy, requests: int) -> list[int]:
    """The transaction numbers of the answers to so many requests that are sent at intervals of one answer."""
    with connected(proxy) as connection:
        before = len(proxy.seen())
        for number in range(requests):
            connection.sendall(bytes([0, 7 + number]) + STATUS[2:])
            while len(proxy.seen()) < before + 2 * (number + 1):
                pass
        passed = [one.passed for one in proxy.seen()[before:] if one.direction == "replies" and one.passed]
        data = connection.recv(len(OFF) * len(passed), socket.MSG_WAITALL)
        return [data[at + 1] for at in range(0, len(data), len(OFF))]


def test_reorder_swaps_two_replies(proxy: Proxy) -> None:
    """Once: the second comes before the first, all others in order."""
    proxy.behave("reorder", times=1)
    with connected(proxy) as connection:
        for number in range(4):
            connection.sendall(bytes([0, 7 + number]) + STATUS[2:])
            while len(proxy.seen()) < 2 * (number + 1):
                pass
        data = connection.recv(4 * len(OFF), socket.MSG_WAITALL)
    assert [data[at + 1] for at in range(0, len(data), len(OFF))] == [8, 7, 9, 10]
    assert proxy.behaviours() == []


def test_two_behaviours_act_one_after_the_other(proxy: Proxy) -> None:
    """First truncated, then doubled."""
    proxy.behave("truncate", to_bytes=3)
    number = proxy.behave("duplicate")
    assert answers(proxy, 1, 6) == OFF[:3] * 2
    proxy.clear(number)
    assert answers(proxy, 1, 3) == OFF[:3]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda proxy: proxy.behave("drop"), BusTimeoutError),
        (lambda proxy: proxy.behave("drop", direction="requests"), BusTimeoutError),
        (lambda proxy: proxy.behave("delay", ms=400.0), BusTimeoutError),
        (lambda proxy: proxy.half_open(), BusTimeoutError),
        (lambda proxy: proxy.behave("truncate", to_bytes=20), BusTimeoutError),
        (lambda proxy: proxy.behave("wrong_length", add=2), BusTimeoutError),
        (lambda proxy: proxy.behave("cut"), BusClosedError),
        (lambda proxy: proxy.behave("close", direction="requests"), BusClosedError),
        (lambda proxy: proxy.cut(), BusClosedError),
        (lambda proxy: proxy.close_connections(), BusClosedError),
        (lambda proxy: proxy.behave("wrong_transaction"), BusError),
        (lambda proxy: proxy.behave("wrong_unit"), BusError),
        (lambda proxy: proxy.behave("wrong_function"), BusError),
        (lambda proxy: proxy.behave("corrupt", byte=10), BusProtocolError),
        (lambda proxy: proxy.behave("insert"), BusError),
    ],
    ids=lambda one: None if isinstance(one, type) else "",
)
def test_what_the_driver_says(
    bench: FaultyBench, proxy: Proxy, make: Callable[[Proxy], object], error: type[BusError]
) -> None:
    """Each is an error of its kind, the socket is closed, and the same device is there again behind a good line."""
    host = through(bench, proxy, timeout_s=0.15)
    make(proxy)
    with pytest.raises(error):
        host.send(command=Command.ARM)
    with pytest.raises(BusClosedError):
        host.send()
    proxy.clear()
    through(bench, proxy)


def test_an_answer_twice_is_not_taken_for_the_next(bench: FaultyBench, proxy: Proxy) -> None:
    """The copy lies there when the next request goes out: its transaction number tells."""
    host = through(bench, proxy)
    proxy.behave("duplicate", times=1)
    host.send()
    assert host.send(command=Command.ARM).sequence_echo == 3


def test_a_request_twice_is_a_replay(bench: FaultyBench, proxy: Proxy) -> None:
    """The device takes nothing from the copy."""
    host = through(bench, proxy).ready()
    proxy.behave("duplicate", direction="requests", times=1)
    host.send(wave(3), Command.START)
    while (log := bench.door.log()["exchanges"])[-1]["outcome"] != "replayed":
        pass
    assert (log[-1]["command"], log[-1]["sequence"]) == ("START", log[-2]["sequence"])
    assert bench.door.do("state")["samples_played"] == 3


def test_refused_connections(bench: FaultyBench, proxy: Proxy) -> None:
    """New ones are refused, the one that there is goes on, until cleared."""
    host = through(bench, proxy)
    proxy.refuse()
    for _ in range(2):
        with pytest.raises(BusClosedError, match="no servo controller at"):
            through(bench, proxy)
    assert host.send().state == DeviceState.OFF
    proxy.clear()
    through(bench, proxy)


def test_delay_and_jitter(proxy: Proxy) -> None:
    """At least so long, at most so much longer, the same for the same seed."""
    proxy.behave("delay", ms=60.0, jitter_ms=40.0, seed=5, times=3)
    with connected(proxy) as connection:
        waited_s = []
        for _ in range(4):
            before_s = time.monotonic()
            connection.sendall(STATUS)
            connection.recv(len(OFF), socket.MSG_WAITALL)
            waited_s.append(time.monotonic() - before_s)
    assert all(one >= 0.06 for one in waited_s[:3])
    assert waited_s[3] < 0.06


def test_scpi_lines_through_the_proxy() -> None:
    """Framed as lines, each is a message of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        resource = f"TCPIP0::127.0.0.1::{listener.getsockname()[1]}::SOCKET"
        with Proxy(resource, framing="lines") as proxy, closing(ScpiSession(proxy.resource)) as session:
            proxy.behave("insert", hex="0a", times=1)
            session.write("A?;B?")
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                assert lines.readline() == b"A?;B?\n"
                connection.sendall(b"1\n2\n")
                while len(proxy.seen()) < 3:
                    pass
            assert [(one.direction, bytes.fromhex(one.passed)) for one in proxy.seen()] == [
                ("requests", b"A?;B?\n"),
                ("replies", b"\n1\n"),
                ("replies", b"2\n"),
            ]


def test_a_device_that_is_not_there() -> None:
    """Whoever connects sees a reset, which may come before the connection is there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        address = "{}:{}".format(*free.getsockname())
    with Proxy(address) as proxy, pytest.raises(ConnectionResetError), connected(proxy) as connection:
        connection.recv(1)


def test_splitting() -> None:
    """Frames in pieces, several at once, and what is no frame goes on as it came."""
    splitter = Splitter("modbus")
    assert splitter.feed(STATUS[:5]) == []
    assert splitter.feed(STATUS[5:] + OFF + OFF[:3]) == [STATUS, OFF]
    assert splitter.feed(OFF[3:]) == [OFF]
    assert splitter.feed(b"hello, world") == [b"hello, world"]
    assert Splitter("bytes").feed(b"\x00\x01") == [b"\x00\x01"]


@pytest.mark.parametrize(
    ("behaviour", "parameters", "said"),
    [
        ("delayy", {"ms": 1.0}, "did you mean 'delay'"),
        ("delay", {}, "the key 'ms' must be given"),
        ("delay", {"ms": -1.0}, "at least 0"),
        ("drop", {"direction": "up"}, "'requests' or 'replies'"),
        ("insert", {"hex": "abc"}, "text of the form"),
        ("drop", {"tims": 1}, "did you mean 'times'"),
    ],
)
def test_refused_behaviours(proxy: Proxy, behaviour: str, parameters: dict[str, Any], said: str) -> None:
    """What was found, what is allowed; nothing is switched on."""
    with pytest.raises(FaultError, match=said):
        proxy.behave(behaviour, **parameters)
    assert proxy.behaviours() == []


def test_modbus_behaviours_need_modbus() -> None:
    """Lines have no transaction number."""
    with Proxy("127.0.0.1:9", framing="lines") as proxy, pytest.raises(FaultError, match="allowed: as modbus"):
        proxy.behave("wrong_transaction")


def test_as_a_process_with_a_back_door(bench: FaultyBench) -> None:
    """One JSON line of addresses; told over its back door; ends with SIGTERM."""
    words = [sys.executable, "-m", "simulators.proxy", "--to", "{}:{}".format(*bench.address)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout is not None
            addresses = json.loads(process.stdout.readline())
            host = Host(address_of(addresses["address"]), timeout_s=0.3)
            with closing(host), Backdoor(addresses["backdoor"]) as door:
                door.do("behave", behaviour="drop", direction="requests")
                with pytest.raises(BusTimeoutError):
                    host.send()
                assert door.do("behaviours")["behaviours"][0]["count"] == 1
                with pytest.raises(BackdoorError, match="did you mean 'drop'"):
                    door.do("behave", behaviour="drp")
                for action in ("refuse", "half_open", "cut", "close", "clear"):
                    door.do(action)
                assert door.do("seen")["connections"] == 2
        finally:
            process.terminate()
            _, told = process.communicate(timeout=20)
    assert (process.returncode, told) == (0, "")


@pytest.mark.parametrize("to", ["nowhere", "host:", ":502", "host:0", "host:65536", "TCPIP0::h::1::INSTR"])
def test_bad_addresses_are_told(to: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence and exit code 2."""
    assert main(["--to", to]) == 2
    assert f"the device's address: found {to!r}; allowed: host:port" in capsys.readouterr().err
