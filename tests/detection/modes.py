"""What can fail on the simulated corner, and what the judge may call it. Another part or mode is another line."""

import zlib
from dataclasses import dataclass

from simulators.corner.specimens import MODES, SpecimenTruth


@dataclass(frozen=True, slots=True)
class TrueMode:
    """A way to fail.

    Attributes:
        component, mode: as the simulator names them.
        gradual: whether the part shows its end beforehand, so that a warning can be asked for.
        breaks: whether its end is a break, whose sample can be asked for.
        names: what the judge may call it: the last stage first.
        scale_km: the characteristic value of the kilometres that the weak specimens last on the bench.
        silent_until: the share of its life in which it shows nothing at all.
        behind: the share of its life that it has behind it when it comes on the bench, all of it silent: its signals
            are those of a new part. What it lives in all is 1/(1 - behind) times what is played.

    Raises:
        ValueError: it would come on the bench with signs of its end.
    """

    component: str
    mode: str
    gradual: bool
    breaks: bool
    names: tuple[str, ...]
    scale_km: float = 10.0
    silent_until: float = 0.0
    behind: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.behind <= self.silent_until < 1.0:
            raise ValueError(f"{self.label}: {self.behind} of its life behind it, silent until {self.silent_until}")

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.component} {self.mode}"

    @property
    def key(self) -> int:
        """A number of the mode's name and nothing else, so that modes may come and go without changing the others."""
        return zlib.crc32(self.label.encode())


TRUE_MODES = (
    TrueMode(
        "damper", "leak", gradual=True, breaks=False, names=("leak",), scale_km=20.0, silent_until=0.9, behind=0.85,
    ),
    TrueMode("coil_spring", "fracture", gradual=True, breaks=True, names=("fracture", "crack"), scale_km=22.0),
    TrueMode("top_mount", "softening", gradual=True, breaks=False, names=("softening",), scale_km=30.0),
    TrueMode("damper", "rod_fracture", gradual=False, breaks=True, names=("rod_fracture",)),
    TrueMode("half_shaft", "fracture", gradual=False, breaks=True, names=("fracture",)),
    TrueMode("cv_joint", "backlash", gradual=True, breaks=False, names=("backlash",), scale_km=60.0),
    TrueMode(
        "hub_bearing", "running_hot", gradual=True, breaks=False, names=("running_hot",), scale_km=30.0,
        silent_until=0.8, behind=0.75,
    ),
)  # fmt: skip

MOUNTED = ("cv_joint", "hub_bearing")
"""Parts of the simulated corner that are there only where they are mounted; on every rig of the demonstration."""


def mounted(*weak: SpecimenTruth) -> tuple[SpecimenTruth, ...]:
    """The weak specimens, and joint and bearing as good as their family where they are not among them."""
    given = {one.component for one in weak}
    return (*weak, *(SpecimenTruth(name, MODES[name][0], 1.0) for name in MOUNTED if name not in given))


def not_covered() -> tuple[str, ...]:
    """Modes of the simulated corner that are not in the table."""
    known = {(each.component, each.mode) for each in TRUE_MODES}
    every = ((component, mode) for component, modes in MODES.items() for mode in modes)
    return tuple(f"{component} {mode}" for component, mode in every if (component, mode) not in known)
