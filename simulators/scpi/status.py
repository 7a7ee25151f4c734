"""Error queue and status registers of an instrument, after IEEE 488.2-1992 chapter 11 and SCPI-1999 volume 1."""

from collections import deque
from enum import IntFlag

from simulators.scpi.syntax import ScpiError

QUEUE_LENGTH = 20


class StandardEvent(IntFlag):
    """Bits of the standard event status register."""

    OPERATION_COMPLETE = 1 << 0
    QUERY_ERROR = 1 << 2
    DEVICE_ERROR = 1 << 3
    EXECUTION_ERROR = 1 << 4
    COMMAND_ERROR = 1 << 5
    POWER_ON = 1 << 7


class StatusByte(IntFlag):
    """Bits of the status byte."""

    ERROR_AVAILABLE = 1 << 2
    QUESTIONABLE = 1 << 3
    MESSAGE_AVAILABLE = 1 << 4
    STANDARD_EVENT = 1 << 5
    MASTER_SUMMARY = 1 << 6
    OPERATION = 1 << 7


_BIT_OF_CLASS = {
    1: StandardEvent.COMMAND_ERROR,
    2: StandardEvent.EXECUTION_ERROR,
    3: StandardEvent.DEVICE_ERROR,
    4: StandardEvent.QUERY_ERROR,
}


class ConditionRegister:
    """A condition, the events latched from its rising bits, and the mask that lets them into the status byte."""

    def __init__(self) -> None:
        self.condition = 0
        self.enable = 0
        self._event = 0

    def set_condition(self, condition: int) -> None:
        """What is true now; a bit that rises is latched as an event."""
        self._event |= condition & ~self.condition
        self.condition = condition

    def read_event(self) -> int:
        """The latched events; reading clears them."""
        event, self._event = self._event, 0
        return event

    @property
    def summary(self) -> bool:
        """Whether an enabled event is latched."""
        return bool(self._event & self.enable)


class Status:
    """All that an instrument reports about itself beside its readings."""

    def __init__(self) -> None:
        self.event = int(StandardEvent.POWER_ON)
        self.event_enable = 0
        self.service_enable = 0
        self.questionable = ConditionRegister()
        self.operation = ConditionRegister()
        self._errors: deque[ScpiError] = deque()

    def report(self, error: ScpiError) -> None:
        """Queue an error; where the queue is full its last entry becomes -350, as SCPI-1999 21.8.1 asks."""
        self.event |= _BIT_OF_CLASS.get(-error.code // 100, StandardEvent.DEVICE_ERROR)
        if len(self._errors) >= QUEUE_LENGTH:
            self._errors[-1] = ScpiError(-350, "Queue overflow")
        else:
            self._errors.append(error)

    def next_error(self) -> str:
        """The oldest error, taken from the queue; ``+0,"No error"`` where there is none."""
        if not self._errors:
            return '+0,"No error"'
        error = self._errors.popleft()
        return f'{error.code:+d},"{error.text}"'

    @property
    def error_count(self) -> int:
        """Errors that wait to be read."""
        return len(self._errors)

    def clear(self) -> None:
        """``*CLS``: events and errors go, masks and conditions stay."""
        self.event = 0
        self._errors.clear()
        self.questionable.read_event()
        self.operation.read_event()

    def read_event(self) -> int:
        """``*ESR?``: the standard events; reading clears them."""
        event, self.event = self.event, 0
        return event

    def byte(self, message_available: bool) -> int:
        """``*STB?``."""
        value = StatusByte.ERROR_AVAILABLE if self._errors else StatusByte(0)
        value |= StatusByte.QUESTIONABLE if self.questionable.summary else StatusByte(0)
        value |= StatusByte.OPERATION if self.operation.summary else StatusByte(0)
        value |= StatusByte.MESSAGE_AVAILABLE if message_available else StatusByte(0)
        value |= StatusByte.STANDARD_EVENT if self.event & self.event_enable else StatusByte(0)
        if value & self.service_enable:
            value |= StatusByte.MASTER_SUMMARY
        return int(value)
