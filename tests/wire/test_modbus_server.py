"""The simulated servo controller's bytes on the wire: golden requests and answers, error replies included."""

import socket
import struct
from collections.abc import Iterator

import pytest
from corner_bench import block, corner, driver, make_ready, served, served_by_process

from drivers.errors import IdentityError
from drivers.frames import Command, DeviceState
from drivers.modbus import ModbusHardware

Address = tuple[str, int]


@pytest.fixture
def address() -> Iterator[Address]:
    with served(corner("stepped")) as (where, _):
        yield where


def ask(address: Address, request: str) -> str:
    """Send bytes, return the bytes of one answer; both in hex, as they are on the wire."""
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(bytes.fromhex(request))
        head = connection.recv(6, socket.MSG_WAITALL)
        return (head + connection.recv(struct.unpack(">HHH", head)[2], socket.MSG_WAITALL)).hex(" ")


GOLDEN = {
    "identity, FC3": (
        "0001 0000 0006 01 03 0000 0008",
        "0001 0000 0013 01 03 10 4552 0002 0003 0007 01f4 0096 00c8 00fa",
    ),
    "identity, FC4": ("0002 0000 0006 01 04 0000 0002", "0002 0000 0007 01 04 04 4552 0002"),
    "status: OFF, at neutral": (
        "0003 0000 0006 01 03 0010 000a",
        "0003 0000 0017 01 03 14 0001 0004 0000 0000 0000 0000 0000 0000 0000 0000",
    ),
    "heartbeat, FC23": (
        "0004 0000 0019 01 17 012c 000e 0064 0007 0e 0005 0000 0000 0008 0000 0000 0000",
        "0004 0000 001f 01 17 1c 0002 0001 0004 0000 0000 0005 0000 0000 0000 0000 0000 0000 0000 0005",
    ),
    "arm, FC23": (
        "0005 0000 0019 01 17 012c 000e 0064 0007 0e 0006 0001 0001 0008 0000 0000 0000",
        "0005 0000 001f 01 17 1c 0002 0003 0006 0000 0000 0006 0000 0000 0000 0000 0000 0000 0000 0006",
    ),
    "the same in two, FC16": (
        "0006 0000 0015 01 10 0064 0007 0e 0007 0000 0000 0008 0000 0000 0000",
        "0006 0000 0006 01 10 0064 0007",
    ),
    "set points cut short": (
        "0007 0000 0019 01 17 012c 000e 0064 0007 0e 0008 0000 0000 0008 0001 0000 0000",
        "0007 0000 0003 01 97 03",
    ),
    "more frames than fit": (
        "0008 0000 0019 01 17 012c 000e 0064 0007 0e 0008 0000 0000 0010 0000 0000 0000",
        "0008 0000 0003 01 97 03",
    ),
    "a command that is none": (
        "0009 0000 0019 01 17 012c 000e 0064 0007 0e 0008 0063 0000 0008 0000 0000 0000",
        "0009 0000 0003 01 97 03",
    ),
    "a write beside the frame": ("000a 0000 0006 01 06 0000 0001", "000a 0000 0003 01 86 02"),
    "a write into the frame": ("000b 0000 0009 01 10 0065 0001 02 0001", "000b 0000 0003 01 90 02"),
    "a read beyond the map": ("000c 0000 0006 01 03 01a9 0001", "000c 0000 0003 01 83 02"),
    "another unit": ("000d 0000 0006 09 03 0000 0001", "000d 0000 0003 09 83 0b"),
}


@pytest.mark.parametrize(("request_hex", "answer_hex"), GOLDEN.values(), ids=GOLDEN.keys())
def test_golden_bytes(address: Address, request_hex: str, answer_hex: str) -> None:
    """Each message of the wire, byte for byte, the error replies too."""
    assert ask(address, request_hex.replace(" ", "")) == bytes.fromhex(answer_hex.replace(" ", "")).hex(" ")


def test_a_frame_with_samples_and_feedback(address: Address) -> None:
    """START with one sample of 0.01 m: RUN, one sample played, one frame of seven codes between the echoes."""
    hardware = driver(address)
    hardware.open()
    make_ready(hardware)
    sequence, key = hardware._sequence + 1, hardware._key + 1
    hardware.close()
    head = f"{sequence:04x} 0002 {key:04x} 0008 0001 0000 0000"
    words = ask(address, f"0001 0000 001f 01 17 012c 0015 0064 000a 14 {head} 03e8 0000 0000").split(" ", 9)[9]
    values = struct.unpack(">21h", bytes.fromhex(words))
    assert values[:5] == (2, DeviceState.RUN, 1, 0, 0)
    assert values[5:13] == (sequence, 0, 0, 1, 0, 1, 0, 0)
    assert values[20] == sequence
    assert abs(values[13]) < 100


def test_a_second_client_only_looks(address: Address) -> None:
    """Reading state, counters and frames takes nothing from the host and is no heartbeat."""
    hardware, looker = driver(address), driver(address)
    hardware.open()
    looker.open()
    make_ready(hardware)
    hardware.exchange(block(Command.START))
    before = looker.status()
    ask(address, "0001 0000 0006 01 03 012c 0015".replace(" ", ""))
    after = looker.status()
    assert (before.state, before.sequence, before.key) == (after.state, after.sequence, after.key)
    hardware.close()
    looker.close()


def test_another_rig_is_not_taken_for_ours(address: Address) -> None:
    """Axes, channels or rate that differ are named, and the connection is closed again."""
    host, port = address
    other = ModbusHardware(host, port, 1, axes=2, channels=7, sample_rate_hz=1000, timeout_s=1.0)
    with pytest.raises(IdentityError, match="axes 3, wanted 2; sample_rate_hz 500, wanted 1000"):
        other.open()


def test_connections_are_without_delay(address: Address) -> None:
    """TCP_NODELAY on our side; the server's side is asyncio's, which sets it on every connection."""
    hardware = driver(address)
    hardware.open()
    assert hardware._link is not None
    assert hardware._link._socket is not None
    assert hardware._link._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    hardware.close()


def test_the_process_ends_when_its_parent_lets_go() -> None:
    """The bench's end of the connection is all that keeps it."""
    with served_by_process(corner("stepped")) as address:
        hardware = driver(address)
        assert hardware.open().axes == 3
        hardware.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=1)
