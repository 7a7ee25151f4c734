"""The monitor: judges what the device says of itself, and whether it does what was asked of it."""

from drivers.frames import DeviceState, DeviceStatus, FaultCode, FeedbackBlock
from rig.config import Rig


class MonitorFault(Exception):
    """The device is not in order. ``fault`` and ``interlocks`` are what it said; the loop must trip."""

    def __init__(self, text: str, fault: FaultCode = FaultCode.NONE, interlocks: int = 0) -> None:
        self.fault, self.interlocks = fault, int(interlocks)
        super().__init__(text)


class Monitor:
    """Judges each answer of the device. Anything that it does not expect is a fault."""

    def __init__(self, rig: Rig) -> None:
        stale = [limit.persistence_samples for limit in rig.limits if limit.kind == "stale"]
        self._stale_cycles = min(stale) if stale else None
        self._standing_cycles = 0
        self._comes_up = False

    def judge(self, feedback: FeedbackBlock, received: int, sent: int) -> None:
        """Judge an answer while samples are played.

        Raises:
            MonitorFault: a fault or an open interlock, a state other than RUN, frames that do not continue
                what was received, more played than sent or less than received, or no progress for too many cycles.
        """
        self.judge_standing(feedback)
        if feedback.state is not DeviceState.RUN:
            raise MonitorFault(f"the device is in {feedback.state.name} while samples are played")
        count = len(feedback.codes)
        if count and feedback.first_sample != received:
            raise MonitorFault(
                f"feedback goes on at sample {feedback.first_sample}, wanted {received}: frames were lost"
            )
        if received + count > sent or feedback.samples_played > sent:
            raise MonitorFault(
                f"the device says {feedback.samples_played} samples are played, but only {sent} were sent"
            )
        if feedback.samples_played < received + count:
            raise MonitorFault(
                f"the device says {feedback.samples_played} samples are played, but gave frames of {received + count}"
            )
        self._judge_progress(count, waiting=sent - received - count)

    def judge_before_power(self, status: DeviceStatus) -> None:
        """Judge what the device shows to anybody before anything is written to it.

        Raises:
            MonitorFault: as `judge_standing`; and it is not OFF.
        """
        self.judge_standing(status)
        if status.state is not DeviceState.OFF:
            raise MonitorFault(
                f"the device is in {status.state.name}, wanted OFF: another host drives it, or it is not ready yet; "
                "nothing was written to it"
            )

    def judge_powering(self, feedback: FeedbackBlock) -> None:
        """Judge an answer while the device comes up after ARM.

        Raises:
            MonitorFault: it was coming up and is not any more, so it has rebooted and knows nothing of ARM.
        """
        if feedback.state in (DeviceState.PUMP, DeviceState.LOW_PRESSURE):
            self._comes_up = True
        if feedback.state is DeviceState.BOOT or (feedback.state is DeviceState.OFF and self._comes_up):
            raise MonitorFault(f"the device is in {feedback.state.name} after ARM: it has rebooted")

    def judge_standing(self, feedback: FeedbackBlock | DeviceStatus) -> None:
        """Judge an answer in any state.

        Raises:
            MonitorFault: the device is in FAULT or EMERGENCY_STOP, or an interlock is open.
        """
        fault, interlocks = feedback.first_fault, feedback.interlocks
        opened = f"open interlocks: {', '.join(bit.name or '?' for bit in interlocks)}" if interlocks else ""
        if feedback.state is DeviceState.EMERGENCY_STOP:
            raise MonitorFault("emergency stop", fault, interlocks)
        if feedback.state is DeviceState.FAULT or fault is not FaultCode.NONE:
            words = f"the device faulted: first out was {fault.name}"
            raise MonitorFault(f"{words}; {opened}" if opened else words, fault, interlocks)
        if opened:
            raise MonitorFault(opened, fault, interlocks)

    def _judge_progress(self, count: int, waiting: int) -> None:
        """What should move is moving: samples wait to be played, so the count must go on."""
        self._standing_cycles = 0 if count or not waiting else self._standing_cycles + 1
        if self._stale_cycles is not None and self._standing_cycles >= self._stale_cycles:
            raise MonitorFault(f"no new feedback for {self._standing_cycles} cycles although samples wait to be played")
