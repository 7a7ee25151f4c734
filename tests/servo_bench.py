"""A servo controller with time told to it, a plant that does as it is told, and a host that numbers its frames."""

import numpy as np
from corner_bench import AXES, block, corner, pan

from drivers.frames import Command, DeviceState, FeedbackBlock, SetpointBlock
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig

PERIOD_S = 0.002


class Obedient:
    """A plant whose feedback is its set point."""

    def play(self, setpoints: np.ndarray) -> np.ndarray:
        codes = np.zeros((len(setpoints), 7), dtype=np.int16)
        codes[:, :3] = np.rint(setpoints / [axis.channel.scale for axis in AXES])
        return codes


class Bench:
    """A servo controller with a host that numbers its frames, and a clock of its own."""

    def __init__(self, config: BenchConfig) -> None:
        self.servo = Servo(config, Obedient())
        self.now_s = 100.0
        self.sequence = self.key = self.sent = 0
        self.servo.advance(self.now_s)

    def wait(self, seconds: float) -> None:
        """Let time pass as the server does, in steps of a millisecond."""
        for _ in range(round(seconds * 1000)):
            self.now_s += 0.001
            self.servo.advance(self.now_s)

    def send(self, command: Command = Command.NONE, samples_m: float | list[float] | None = None) -> FeedbackBlock:
        """One exchange with a fresh sequence and, where there is a command, a fresh key."""
        values = [] if samples_m is None else np.atleast_1d(samples_m)
        frame = block(command, self.sent, pan(np.asarray(values, dtype=np.float64)))
        self.sent += len(values)
        return self.raw(frame)

    def raw(self, frame: SetpointBlock) -> FeedbackBlock:
        self.sequence += 1
        self.key += frame.command != Command.NONE
        frame.sequence, frame.key, frame.most_frames = self.sequence, self.key, 15
        return self.servo.exchange(frame, self.now_s)

    def run(self, samples: int = 0) -> FeedbackBlock:
        """Bring it to RUN, with some samples at 0.05 m in its FIFO."""
        self.make_ready()
        return self.send(Command.START, [0.05] * samples)

    def make_ready(self) -> None:
        self.wait(0.02)
        self.send(Command.ARM)
        for _ in range(4):
            self.wait(0.01)
            self.send()
        assert self.servo.state == DeviceState.READY

    @property
    def pan_m(self) -> float:
        return float(AXES[0].channel.decode(self.servo.status().setpoint[:1])[0])


def real() -> Bench:
    return Bench(corner("real"))


def stepped() -> Bench:
    return Bench(corner("stepped"))
