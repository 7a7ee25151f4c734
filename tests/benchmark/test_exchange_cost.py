"""The exchange of a cycle over Modbus TCP, against clients that do nothing but put the same bytes on the wire."""

import ctypes
import ctypes.util
import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest
from corner_bench import corner, make_ready, served_by_process
from pymodbus.client import ModbusTcpClient

from drivers import registers
from drivers.frames import Command, SetpointBlock
from drivers.modbus import ModbusHardware
from rig.clock import RealClock
from rig.config import load_rig
from tests.benchmark.slices import Durations, no_collector, note, note_quantiles, ratio, take_turns, timed

RIG = load_rig("one_corner")
AXES, CHANNELS, LEAD = len(RIG.axes), len(RIG.channels), RIG.lead_samples
FRAMES = min(LEAD, registers.most_frames(CHANNELS))
ANSWER_REGISTERS = registers.feedback_length(FRAMES, CHANNELS)
ECHO = 5  # where the feedback frame echoes the sequence
EXCHANGES, PACED = 1000, 1250
GOAL_P50 = 1.6


class Line:
    """One device that several clients talk to in turns: it counts the samples that all of them have sent."""

    def __init__(self, address: tuple[str, int], hardware: ModbusHardware) -> None:
        self.address, self.hardware = address, hardware
        self.sent = 0
        self.sequence = 0x4000  # the driver numbers from where the device stands, near zero

    def next(self, samples: int) -> tuple[int, int]:
        """Sequence and number of the first sample of the next frame."""
        self.sequence = 0x4000 + (self.sequence + 1) % 0x4000
        first, self.sent = self.sent, self.sent + samples
        return self.sequence, first

    def drive(self, samples: int) -> Callable[[int], None]:
        """Exchange as the loop does."""
        codes = np.zeros((samples, AXES), np.int16)

        def exchange(_: int) -> None:
            _, first = self.next(samples)
            answer = self.hardware.exchange(SetpointBlock(0, Command.NONE, 0, first, codes))
            assert len(answer.codes) == samples

        return exchange


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with served_by_process(corner("stepped")) as address:
        options = (RIG.modbus.unit_id, AXES, CHANNELS, RIG.sample_rate_hz, 1.0, LEAD)
        with closing(ModbusHardware(*address, *options)) as hardware:
            hardware.open()
            make_ready(hardware)
            hardware.exchange(SetpointBlock(0, Command.START, 0, 0, np.zeros((0, AXES), np.int16)))
            yield Line(address, hardware)


def written(line: Line, samples: int) -> list[int]:
    """The registers of a set point frame, as the driver makes them."""
    codes = np.zeros((samples, AXES), np.int16)
    block = SetpointBlock(0, Command.NONE, line.hardware._key, 0, codes, FRAMES)
    return registers.encode_setpoints(block, AXES)


def raw_client(line: Line, samples: int, wire: socket.socket) -> Callable[[int], None]:
    """The floor for Python: a request that is ready but for its numbers, and an answer that nobody decodes."""
    words = written(line, samples)
    head = (registers.FEEDBACK_FRAME_AT, ANSWER_REGISTERS, registers.SETPOINT_FRAME_AT, len(words), 2 * len(words))
    pdu = struct.pack(f">BHHHHB{len(words)}H", 23, *head, *words)
    request = bytearray(struct.pack(">HHHB", 0, 0, len(pdu) + 1, RIG.modbus.unit_id) + pdu)
    answer = bytearray(9 + 2 * ANSWER_REGISTERS)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(number: int) -> None:
        sequence, first = line.next(samples)
        struct.pack_into(">H", request, 0, number & 0xFFFF)
        struct.pack_into(">H", request, 17, sequence)
        struct.pack_into(">I", request, 27, first)
        wire.sendall(request)
        assert wire.recv_into(answer, len(answer), socket.MSG_WAITALL) == len(answer)
        assert struct.unpack_from(">H", answer, 9 + 2 * ECHO) == (sequence,)

    return exchange


def bare_pymodbus(line: Line, samples: int, client: ModbusTcpClient) -> Callable[[int], None]:
    """The library that the driver is built on, without the driver."""
    words = written(line, samples)
    assert client.connect()

    def exchange(_: int) -> None:
        sequence, first = line.next(samples)
        words[0], words[5], words[6] = sequence, first >> 16, first & 0xFFFF
        answer = client.readwrite_registers(
            read_address=registers.FEEDBACK_FRAME_AT,
            read_count=ANSWER_REGISTERS,
            write_address=registers.SETPOINT_FRAME_AT,
            values=words,
            device_id=RIG.modbus.unit_id,
        )
        assert answer.registers[ECHO] == sequence

    return exchange


class LibModbus:
    """libmodbus (C) through ctypes, one connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        name = ctypes.util.find_library("modbus")
        if name is None:
            pytest.skip("libmodbus is not installed (Debian: libmodbus5)")
        self.c = ctypes.CDLL(name)
        self.c.modbus_new_tcp.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.c.modbus_new_tcp(address[0].encode(), address[1]))
        self.c.modbus_set_slave(self.context, RIG.modbus.unit_id)
        assert self.c.modbus_connect(self.context) == 0

    def close(self) -> None:
        self.c.modbus_close(self.context)
        self.c.modbus_free(self.context)

    def exchanger(self, line: Line, samples: int) -> Callable[[int], None]:
        """FC23 from and into C arrays."""
        words = written(line, samples)
        out, back = (ctypes.c_uint16 * len(words))(*words), (ctypes.c_uint16 * ANSWER_REGISTERS)()
        where = (registers.SETPOINT_FRAME_AT, len(words), out, registers.FEEDBACK_FRAME_AT, ANSWER_REGISTERS, back)

        def exchange(_: int) -> None:
            sequence, first = line.next(samples)
            out[0], out[5], out[6] = sequence, first >> 16, first & 0xFFFF
            assert self.c.modbus_write_and_read_registers(self.context, *where) == ANSWER_REGISTERS
            assert back[ECHO] == sequence

        return exchange


@pytest.mark.parametrize("samples", [1, LEAD])
def test_exchange_against_the_same_bytes(benchmark: Any, line: Line, samples: int) -> None:
    """One FC23 of the driver against a raw socket and bare pymodbus, at a cycle of pace real and of pace stepped."""
    with (
        socket.create_connection(line.address) as wire,
        closing(ModbusTcpClient(line.address[0], port=line.address[1])) as bare,
    ):
        ours, numbers = line.drive(samples), range(EXCHANGES)
        references = {
            "raw_socket": raw_client(line, samples, wire),
            "bare_pymodbus": bare_pymodbus(line, samples, bare),
        }
        slices = {name: lambda one=one: timed(one, numbers) for name, one in references.items()}
        pools = take_turns(benchmark, lambda: timed(ours, numbers), slices)
    note_quantiles(benchmark, pools)
    assert ratio(pools, "raw_socket") < 8.0
    assert ratio(pools, "raw_socket", 0.99) < 20.0


def as_the_loop(exchange: Callable[[int], None]) -> Durations:
    """One exchange at the start of each period, woken from sleep: only the exchanges count."""
    result, clock = np.zeros(PACED, np.int64), RealClock()
    period_ns = round(1e9 / RIG.sample_rate_hz)
    with no_collector():
        due_ns = clock.now_ns()
        for number in range(PACED):
            due_ns = max(due_ns + period_ns, clock.now_ns())
            clock.sleep_until_ns(due_ns)
            asked_ns = clock.now_ns()
            exchange(number)
            result[number] = clock.now_ns() - asked_ns
    return result


@pytest.mark.parametrize("paced", [False, True], ids=["back-to-back", "as-the-loop"])
def test_exchange_against_libmodbus(benchmark: Any, line: Line, paced: bool) -> None:
    """One FC23 of the driver against the C library that most masters are built on: back to back, and once a period."""
    slice_of = as_the_loop if paced else lambda exchange: timed(exchange, range(EXCHANGES))
    with closing(LibModbus(line.address)) as library:
        ours, theirs = line.drive(1), library.exchanger(line, 1)
        pools = take_turns(benchmark, lambda: slice_of(ours), {"libmodbus": lambda: slice_of(theirs)})
    note(benchmark, load=os.getloadavg()[0], goal=f"p50 {GOAL_P50} times libmodbus")
    note_quantiles(benchmark, pools)
    assert ratio(pools, "libmodbus") < 5 * GOAL_P50
