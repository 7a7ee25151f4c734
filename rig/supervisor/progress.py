"""Where a run is: what the display shows, events carry and the verdict ends with."""

from dataclasses import dataclass, field

from rig.state import RigState


@dataclass(slots=True)
class Progress:
    """Distance and speed are the car's on the stage, taken from the rows; readings are the slow instruments'.

    ``note`` is the last event in words.
    """

    distance_m: float = 0.0
    speed_mps: float = 0.0
    sample: int = 0
    segment: int = 0
    state: RigState = RigState.OFFLINE
    feedback: dict[str, float] = field(default_factory=dict)
    damage: dict[str, float] = field(default_factory=dict)
    readings: dict[str, float] = field(default_factory=dict)
    note: str = ""
    late_cycles: int = 0
    underruns: int = 0
