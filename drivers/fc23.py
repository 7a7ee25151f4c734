"""FC23 as pymodbus has it, its registers packed and unpacked in one piece: the message of every cycle.

pymodbus packs registers one by one, and makes a text of every message that it decodes, whether anybody logs it or not.
"""

import struct
from collections.abc import Sequence

from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu.register_message import ReadWriteMultipleRegistersRequest, ReadWriteMultipleRegistersResponse

_HEAD = struct.Struct(">HHHHB")


class WriteReadRequest(ReadWriteMultipleRegistersRequest):
    """Writes registers, then reads registers. On the wire the same as pymodbus's own."""

    def encode(self) -> bytes:
        """What follows the function code.

        Raises:
            ValueError: more registers than one message carries, or an address that is none.
        """
        self.verifyAddress(address=self.read_address)
        self.verifyAddress(address=self.write_address)
        self.verifyCount(self.MAX_READ_COUNT, count=self.read_count)
        self.verifyCount(self.MAX_WRITE_COUNT, count=self.write_count)
        where = (self.read_address, self.read_count, self.write_address, self.write_count, self.write_byte_count)
        return _HEAD.pack(*where) + _packed(self.write_registers)

    def decode(self, data: bytes) -> None:
        """Take what follows the function code.

        Raises:
            ValueError: a count that no message carries.
            struct.error: the message is cut short.
        """
        head = _HEAD.unpack_from(data)
        self.read_address, self.read_count, self.write_address, self.write_count, self.write_byte_count = head
        self.verifyCount(self.MAX_READ_COUNT, count=self.read_count)
        self.verifyCount(self.MAX_READ_COUNT, count=self.write_count)
        self._payload_byte_count = len(data) - _HEAD.size
        self.write_registers = _unpacked(data, _HEAD.size, min(self._payload_byte_count, self.write_byte_count))

    def __str__(self) -> str:
        """Where it writes and reads."""
        return f"FC23 writes {self.write_count} at {self.write_address}, reads {self.read_count} at {self.read_address}"


class WriteReadResponse(ReadWriteMultipleRegistersResponse):
    """The registers that were read. On the wire the same as pymodbus's own."""

    def encode(self) -> bytes:
        """What follows the function code."""
        return bytes([2 * len(self.registers)]) + _packed(self.registers)

    def decode(self, data: bytes) -> None:
        """Take what follows the function code.

        Raises:
            ModbusIOException: the message is shorter than it says.
        """
        length = data[0]
        if length >= len(data):
            raise ModbusIOException(f"{length} bytes, of which {len(data) - 1} came", function_code=self.function_code)
        self.registers = _unpacked(data, 1, length)

    def __str__(self) -> str:
        """How much was read."""
        return f"FC23 read {len(self.registers)}"


def _packed(registers: Sequence[int]) -> bytes:
    return struct.pack(f">{len(registers)}H", *registers)


def _unpacked(data: bytes, start: int, length: int) -> list[int]:
    return list(struct.unpack_from(f">{length // 2}H", data, start))
