"""The VISA worker: temperatures and strain in, the damper's fan and the body-mount shaker out, a few times a second.

Runs in a process of its own. Nothing safety-related goes this way: an instrument that fails is reported, tried
again later with a new connection and a full set-up, and never ends a run by itself.
"""

import math
import signal
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import NamedTuple

from drivers.instruments import DataAcquisition, Supply, WaveformGenerator
from drivers.scpi import ScpiSession
from rig.config import Rig
from rig.visa.stations import DAMPER, FanStation, ScannerStation, ShakerStation, Station, Volts


class Poll(NamedTuple):
    """What one poll found.

    Attributes:
        sample, distance_m: where the run was.
        readings: by name; NaN or infinite is a sensor that gives nothing; what could not be had is left out.
        waveform: the shaker's new waveform where it was switched, else None.
        faults: instruments that have failed, or not come back, since the last poll; in words.
    """

    sample: int
    distance_m: float
    readings: dict[str, float]
    waveform: str | None
    faults: tuple[str, ...]

    def row(self) -> dict[str, float | int | None]:
        """One line of the slow record; a sensor that gives nothing is None, which JSON knows."""
        values = {name: value if math.isfinite(value) else None for name, value in self.readings.items()}
        return {"sample": self.sample, "distance_km": self.distance_m / 1000.0, **values}


class Opened(NamedTuple):
    """What `SlowWorker.open` found: identities by role, and what is missing or wrong, in words."""

    identities: dict[str, str]
    faults: tuple[str, ...]


class SlowWorker:
    """The slow instruments of a rig.

    Args:
        rig: the rig file; an instrument that it does not name is not used.
        resources: VISA resource names by role.
        waveforms_v: the shaker's block of each segment, float64[points], volts (see `rig.visa.shaker.shaker_volts`).
    """

    def __init__(self, rig: Rig, resources: Mapping[str, str], waveforms_v: Sequence[Volts]) -> None:
        self._scanner: ScannerStation | None = None
        self._fan: FanStation | None = None
        self._shaker: ShakerStation | None = None
        for one in rig.instruments:
            session = ScpiSession(resources[one.role], one.timeout_ms * 1e-3)
            if one.role == "data_acquisition":
                damper = rig.fan.temperature_channel if rig.fan else None
                self._scanner = ScannerStation(DataAcquisition(session), one.identity, damper)
            elif one.role == "supply" and rig.fan:
                self._fan = FanStation(Supply(session), one.identity, rig.fan, rig.sample_rate_hz)
            elif one.role == "waveform_generator" and rig.shaker:
                self._shaker = ShakerStation(WaveformGenerator(session), one.identity, rig.shaker, waveforms_v)

    def open(self) -> Opened:
        """Identify every instrument, set it up, and upload all waveforms."""
        faults: list[str] = []
        for station in self._stations():
            station.prepare(faults)
        return Opened({one.role: one.identity for one in self._stations() if one.identity}, tuple(faults))

    def poll(self, sample: int, distance_m: float, segment: int) -> Poll:
        """Scan, let the fan follow the damper's temperature, and switch the shaker's waveform at a segment's border."""
        faults: list[str] = []
        readings = self._scanner.scan(faults) if self._scanner else {}
        if self._fan:
            readings |= self._fan.drive(sample, readings.get(DAMPER, math.nan), faults)
        waveform = self._shaker.play(segment, faults) if self._shaker else None
        return Poll(sample, distance_m, readings, waveform, tuple(faults))

    def close(self) -> tuple[str, ...]:
        """Shaker off, fan left to cool down (see `FanStation.leave`), every connection closed.

        Returns:
            The faults met, in words.
        """
        faults: list[str] = []
        for station in reversed(self._stations()):  # the shaker first
            station.finish(faults)
        return tuple(faults)

    def _stations(self) -> list[Station]:
        return [station for station in (self._scanner, self._fan, self._shaker) if station is not None]


def run_worker(connection: Connection, rig: Rig, resources: Mapping[str, str], waveforms_v: Sequence[Volts]) -> None:
    """The process: answers requests until the connection is closed, then leaves the instruments as `close` does.

    Requests and replies: ``("open",)`` → `Opened`; ``("poll", sample, distance_m, segment)`` → `Poll`;
    ``("close",)`` → the faults met, a tuple of texts. Ctrl-C is left to the supervisor.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = SlowWorker(rig, resources, waveforms_v)
    verbs: dict[str, Callable[..., object]] = {"open": worker.open, "poll": worker.poll, "close": worker.close}
    closed = False
    try:
        while True:
            verb, *arguments = connection.recv()
            connection.send(verbs[verb](*arguments))
            closed = verb == "close"
    except (EOFError, ConnectionError):
        if not closed:
            worker.close()
    finally:
        connection.close()
