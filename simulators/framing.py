"""Bytes into messages."""

from typing import Literal

Framing = Literal["modbus", "lines", "bytes"]
"""What a message is: a Modbus TCP frame by its length, a line with its newline, or whatever one read gives."""

_MBAP_BYTES = 6
_LONGEST_PDU_BYTES = 254
"""Behind the length, the unit number included; what claims to be longer is no Modbus TCP."""


class Splitter:
    """Bytes into messages."""

    def __init__(self, framing: Framing) -> None:
        self._framing, self._buffer = framing, b""

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole with these bytes; what is no frame goes on as it came."""
        if self._framing == "bytes":
            return [data]
        self._buffer += data
        found = []
        while length := self._first():
            found.append(self._buffer[:length])
            self._buffer = self._buffer[length:]
        return found

    def _first(self) -> int:
        """How long the first message is; 0 where it is not there yet."""
        if self._framing == "lines":
            return self._buffer.find(b"\n") + 1
        if len(self._buffer) < _MBAP_BYTES:
            return 0
        protocol, length = int.from_bytes(self._buffer[2:4], "big"), int.from_bytes(self._buffer[4:6], "big")
        if protocol != 0 or not 2 <= length <= _LONGEST_PDU_BYTES:
            return len(self._buffer)
        return _MBAP_BYTES + length if len(self._buffer) >= _MBAP_BYTES + length else 0
