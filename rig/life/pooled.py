"""Windows that are pooled, in groups that can be left out one at a time: what an error is told by that assumes little.

The standard error is that of a delete-one-group jackknife (Tukey 1958; Efron and Tibshirani 1993, chapter 11). A
regression's own takes every sample's residual for independent, and what a strut leaves unexplained (friction, a slow
offset) is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rig.life.packing import pack, unpack
from rig.life.strut import Sums
from rig.life.windows import FloatArray


@dataclass(slots=True)
class Pooled:
    """Sums of consecutive windows.

    Attributes:
        group: windows in a group. The errors of neighbouring windows go together, those of groups should hardly.
        struts, mounts: by group; of a mount (deflection, force, 1), float64[3, 3].
        windows: how many in all.
    """

    group: int
    struts: list[Sums] = field(default_factory=list)
    mounts: list[FloatArray] = field(default_factory=list)
    windows: int = 0

    @property
    def groups(self) -> int:
        """How many groups, the last of them perhaps smaller."""
        return len(self.struts)

    def add(self, strut: Sums, mount: FloatArray) -> None:
        """Take in the next window."""
        if self.windows % self.group == 0:
            self.struts.append(strut)
            self.mounts.append(mount)
        else:
            self.struts[-1], self.mounts[-1] = self.struts[-1] + strut, self.mounts[-1] + mount
        self.windows += 1

    @property
    def strut(self) -> Sums:
        """Of all windows."""
        return _summed(self.struts)

    @property
    def mount(self) -> FloatArray:
        """Of all windows, float64[3, 3]."""
        return np.asarray(np.sum(self.mounts, axis=0))

    def left_out(self) -> list[tuple[Sums, FloatArray]]:
        """The sums of all windows but those of one group, for each group; empty where there is one only."""
        return [self.without(group) for group in range(self.groups)] if self.groups > 1 else []

    def without(self, group: int) -> tuple[Sums, FloatArray]:
        """The sums of all windows but those of a group."""
        struts = self.struts[:group] + self.struts[group + 1 :]
        mounts = self.mounts[:group] + self.mounts[group + 1 :]
        return _summed(struts), np.asarray(np.sum(mounts, axis=0))

    def state(self) -> dict[str, Any]:
        """As JSON values."""
        struts = [[pack(one.moments), one.travel_noise, one.speed_noise] for one in self.struts]
        return {
            "struts": struts,
            "mounts": [pack(one) for one in self.mounts],
            "windows": self.windows,
            "group": self.group,
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> "Pooled":
        """From a saved state."""
        struts = [Sums(unpack(one[0]).reshape(7, 7), float(one[1]), float(one[2])) for one in state["struts"]]
        return cls(
            int(state["group"]), struts, [unpack(one).reshape(3, 3) for one in state["mounts"]], int(state["windows"])
        )


def _summed(sums: Sequence[Sums]) -> Sums:
    whole = sums[0]
    for one in sums[1:]:
        whole = whole + one
    return whole


def jackknife_error(values: Sequence[float]) -> float:
    """The standard error of a figure whose values without each of some groups these are; infinite of less than two."""
    if len(values) < 2:
        return float("inf")
    spread = np.array(values) - np.mean(values)
    return float(np.sqrt((spread**2).sum() * (len(values) - 1) / len(values)))
