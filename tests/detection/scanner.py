"""The data-acquisition unit of the simulated bench, spoken to by the rig's own station and driver, without a socket.

So what the judge gets is what it gets in a run: the same channels, noise, and digits.
"""

from drivers.instruments import DataAcquisition
from drivers.scpi import ScpiSession
from rig.config import Rig
from rig.rt.pacing import MEETING_SAMPLES
from rig.visa.stations import ScannerStation
from simulators.instruments.cabling import cabled_instruments
from simulators.wires import Wires
from tests.instrument_bench import Conversation

EVERY_SAMPLES = MEETING_SAMPLES
"""A run at pace stepped reads its slow instruments at each meeting, one at pace real as often."""
ROLE = "data_acquisition"


class _AtHand(ScpiSession):
    """A session with an instrument of this process."""

    def __init__(self, talk: Conversation) -> None:
        super().__init__("at hand")
        self._talk_to = talk

    def write(self, command: str) -> None:
        self._talk_to(command)

    def query(self, command: str) -> str:
        return self._talk_to(command).strip()


class Scanner:
    """The slow readings of a bench.

    Args:
        rig: names the damper's channel and the instrument's identity.
        wires: the bench's cabling.
        seed: of the readings' noise.

    Raises:
        RuntimeError: the rig names no data-acquisition unit, or the unit refuses to be set up.
    """

    def __init__(self, rig: Rig, wires: Wires, seed: int) -> None:
        identity = next((one.identity for one in rig.instruments if one.role == ROLE), None)
        if identity is None:
            raise RuntimeError("a rig without a data-acquisition unit shows no bearing")
        talk = Conversation(cabled_instruments(wires, seed)[ROLE])
        damper = rig.fan.temperature_channel if rig.fan is not None else None
        self._station = ScannerStation(DataAcquisition(_AtHand(talk)), identity, damper)
        faults: list[str] = []
        self._station.prepare(faults)
        if faults:
            raise RuntimeError("; ".join(faults))

    def scan(self) -> dict[str, float]:
        """Values by the name of their reading, °C and strain.

        Raises:
            RuntimeError: the unit refuses.
        """
        faults: list[str] = []
        found = self._station.scan(faults)
        if faults:
            raise RuntimeError("; ".join(faults))
        return found
