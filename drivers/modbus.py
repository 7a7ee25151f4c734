"""`Hardware` over Modbus TCP: an exchange is one FC23, never retried; the first error closes the socket for good."""

import logging
import select
import socket
import struct
import time
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from drivers import registers
from drivers.errors import BusClosedError, BusError, BusProtocolError, BusTimeoutError, IdentityError
from drivers.fc23 import WriteReadRequest, WriteReadResponse
from drivers.frames import (
    Command,
    DeviceIdentity,
    DeviceState,
    DeviceStatus,
    FeedbackBlock,
    SetpointBlock,
)

# pymodbus logs what it also raises; the caller of `Hardware` gets the exception, people get no noise.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())

CONNECT_TIMEOUT_S = 1.0
"""Bounds connecting and identifying, when nothing moves yet."""

SAFE_TIMEOUT_S = 0.25
"""Bounds each answer on the connection that `ModbusHardware.safe` makes."""

_READ_BYTES = 4096
"""More than the longest frame: what comes twice is read whole, and its second copy is told by its number."""

_RESET_ON_CLOSE, _ORDERLY_CLOSE = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)

_TRIPPED = (DeviceState.FAULT, DeviceState.EMERGENCY_STOP)


class _Client(ModbusTcpClient):
    """pymodbus gives each piece of an answer the whole timeout anew; here the pieces share that of the answer."""

    _deadline_s = 0.0

    def send(self, request: bytes, addr: Any = None) -> int:
        """The time of the answer begins."""
        self._deadline_s = time.monotonic() + (self.comm_params.timeout_connect or 0.0)
        sent: int = super().send(request, addr)
        return sent

    def recv(self, size: int | None) -> bytes:
        """What has come, as soon as something has; nothing once the time is over."""
        del size
        if self.socket is None:
            raise ConnectionException("closed")
        left_s = max(0.0, self._deadline_s - time.monotonic())
        if not select.select([self.socket], [], [], left_s)[0]:
            return b""
        found = self.socket.recv(_READ_BYTES)
        if not found:
            raise ConnectionException("closed by the other side")
        return found


class _Link:
    """One connection. Any failure closes it, so that nothing which was sent can be answered later to another question.

    (A pymodbus client connects again by itself when it is used after an error, and stays "connected" after a timeout
    with the late answer still to come; so this never gives it a second chance.)

    A connection that fails, or whose process is killed, is reset: ended in order, the system would still deliver what
    was written to it, however late the line comes back.
    """

    def __init__(self, host: str, port: int, unit_id: int, timeout_s: float) -> None:
        self._unit_id = unit_id
        try:
            self._socket: socket.socket | None = socket.create_connection((host, port), timeout=CONNECT_TIMEOUT_S)
        except OSError as error:
            raise BusClosedError(f"no servo controller at {host}:{port}: {error.strerror or error}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._socket.setblocking(False)
        self._client = _Client(host, port=port, timeout=timeout_s, retries=0)
        self._client.register(WriteReadResponse)
        self._client.socket = self._socket

    def read(self, address: int, count: int) -> list[int]:
        """FC3."""
        self._check_open()
        try:
            answer = self._client.read_holding_registers(address, count=count, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise self._failed(error) from None
        return self._registers(answer, count)

    def write_read(self, write_at: int, values: list[int], read_at: int, count: int) -> list[int]:
        """FC23: writes, then reads."""
        self._check_open()
        try:
            answer = self._client.execute(False, WriteReadRequest(read_at, count, write_at, values, self._unit_id))
        except (ModbusException, OSError) as error:
            raise self._failed(error) from None
        return self._registers(answer, count)

    def close(self) -> None:
        """In order. Idempotent; sends nothing."""
        if self._socket is not None:
            with suppress(OSError):  # it may be closed already, and was reset then
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ORDERLY_CLOSE)
        self.reset()

    def reset(self) -> None:
        """After a failure: what was written and has not been delivered is forgotten. Idempotent."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._client.socket = None

    def _check_open(self) -> None:
        if self._socket is None:
            raise BusClosedError("the connection to the servo controller is closed")

    def _failed(self, error: Exception) -> BusError:
        self.reset()
        if isinstance(error, ConnectionException | OSError):
            return BusClosedError("the servo controller closed the connection")
        if isinstance(error, ModbusIOException) and "No response" in str(error):
            return BusTimeoutError("no answer from the servo controller; the connection is closed")
        why = "it can't be decoded" if "decode" in str(error) else str(error)
        return BusProtocolError(f"an answer that is no answer: {why}")

    def _registers(self, answer: ModbusPDU, count: int) -> list[int]:
        if answer.isError():
            self.reset()
            raise BusProtocolError(f"the servo controller refused: exception code {answer.exception_code}")
        if len(answer.registers) != count:
            self.reset()
            raise BusProtocolError(f"an answer of {len(answer.registers)} registers, wanted {count}")
        return list(answer.registers)


class ModbusHardware:
    """The servo controller of a rig, see `drivers.hardware.Hardware`.

    Args:
        host, port, unit_id: where it is.
        axes, channels: how many, in the order of the rig file.
        sample_rate_hz: what the device must play at.
        timeout_s: how long an answer may take; then the connection is closed. A few cycles where time counts; at pace
            stepped no time passes for the device, so there a long one only waits out a busy machine.
        lead_samples: how far ahead the FIFO is kept; so no more frames than these can wait for an exchange.
        transaction: how an exchange is made; ``fc16_fc03``, for devices without FC23, has its place here only.

    Raises:
        ValueError: axes, channels and lead do not fit one exchange, or another transaction than FC23.
    """

    def __init__(
        self,
        host: str,
        port: int,
        unit_id: int,
        axes: int,
        channels: int,
        sample_rate_hz: int,
        timeout_s: float,
        lead_samples: int = 4,
        transaction: Literal["fc23", "fc16_fc03"] = "fc23",
    ) -> None:
        if transaction != "fc23":
            raise ValueError(f"exchanges by {transaction} are not built yet; the device must know FC23")
        registers.check_fit(axes, channels, lead_samples)
        self._where = (host, port, unit_id)
        self._axes, self._channels = axes, channels
        self._sample_rate_hz = sample_rate_hz
        self._timeout_s = timeout_s
        self._most_frames = min(lead_samples, registers.most_frames(channels))
        self._link: _Link | None = None
        self._sequence = self._key = 0

    def open(self) -> DeviceIdentity:
        """Connect, identify, and take over the device's numbering of sequence and key; see `Hardware.open`."""
        self.close()
        patient = _Link(*self._where, CONNECT_TIMEOUT_S)
        try:
            identity = self._identify(patient)
            self._follow(self._read_status(patient))
        finally:
            patient.close()
        self._link = _Link(*self._where, self._timeout_s)
        return identity

    def arm(self) -> None:
        """See `Hardware.arm`."""
        self.exchange(self._bare(Command.ARM))

    def reset(self) -> FeedbackBlock:
        """See `Hardware.reset`."""
        return self.exchange(self._bare(Command.RESET))

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """See `Hardware.exchange`."""
        if self._link is None:
            raise BusClosedError("the connection to the servo controller is closed")
        return self._exchange(self._link, block)

    def status(self) -> DeviceStatus:
        """See `Hardware.status`."""
        if self._link is None:
            raise BusClosedError("the connection to the servo controller is closed")
        return self._read_status(self._link)

    def safe(self) -> bool:
        """See `Hardware.safe`; on the present connection, then on a new one: at most two seconds in all.

        On the present one at once, by our own numbering, and again by the device's where somebody else has talked to
        it. On a new one it identifies first: a device that is not the one described is not written to.
        """
        if self._link is not None and (self._trips(self._link) or self._tripped(self._link)):
            return True
        self.close()
        with suppress(BusError):
            self._link = _Link(*self._where, SAFE_TIMEOUT_S)
            self._identify(self._link)
            return self._tripped(self._link)
        return False

    def close(self) -> None:
        """See `Hardware.close`."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def _exchange(self, link: _Link, block: SetpointBlock) -> FeedbackBlock:
        block.sequence = self._sequence = (self._sequence + 1) & 0xFFFF
        if block.command != Command.NONE:
            self._key = (self._key + 1) & 0xFFFF
        block.key, block.most_frames = self._key, self._most_frames
        written = registers.encode_setpoints(block, self._axes)
        count = registers.feedback_length(self._most_frames, self._channels)
        answer = link.write_read(registers.SETPOINT_FRAME_AT, written, registers.FEEDBACK_FRAME_AT, count)
        try:
            return registers.decode_feedback(answer, self._channels, block.sequence)
        except BusProtocolError:
            link.reset()
            raise

    def _tripped(self, link: _Link) -> bool:
        """Trip with a key that the device has not seen, whoever else has talked to it; True if it says that it did."""
        try:
            self._follow(self._read_status(link))
        except BusError:
            return False
        return self._trips(link)

    def _trips(self, link: _Link) -> bool:
        """Ask for a trip; True if the device says that it did."""
        try:
            return self._exchange(link, self._bare(Command.TRIP)).state in _TRIPPED
        except BusError:
            return False

    def _bare(self, command: Command) -> SetpointBlock:
        """A command without samples; `_exchange` numbers it."""
        return SetpointBlock(0, command, 0, 0, np.empty((0, self._axes), dtype=np.int16))

    def _follow(self, status: DeviceStatus) -> None:
        self._sequence, self._key = status.sequence, status.key

    def _read_status(self, link: _Link) -> DeviceStatus:
        words = link.read(registers.STATUS_AT, registers.STATUS_LENGTH)
        return registers.decode_status(words, self._axes, self._channels)

    def _identify(self, link: _Link) -> DeviceIdentity:
        identity = registers.decode_identity(link.read(registers.IDENTITY_AT, registers.IDENTITY_LENGTH))
        self._check_identity(identity)
        return identity

    def _check_identity(self, found: DeviceIdentity) -> None:
        wanted = {
            "map_version": registers.MAP_VERSION,
            "axes": self._axes,
            "channels": self._channels,
            "sample_rate_hz": self._sample_rate_hz,
        }
        wrong = [
            f"{name} {getattr(found, name)}, wanted {value}"
            for name, value in wanted.items()
            if getattr(found, name) != value
        ]
        if wrong:
            raise IdentityError(f"not the device of the rig file: {'; '.join(wrong)}")
