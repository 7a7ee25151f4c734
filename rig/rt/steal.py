"""What the machine's host took from it while a run was on: time that no program on it can make up for."""

import os

from rig.clock import RealClock
from rig.rt.realtime import steal_ticks


class Steal:
    """Counts from now on."""

    def __init__(self) -> None:
        self._clock = RealClock()
        self._ticks, self._since_ns = steal_ticks(), self._clock.now_ns()

    def report(self) -> dict[str, float | None]:
        """``steal_s``: processor time stolen, s; ``steal_share``: of all processors' time. None where not told."""
        ticks, passed_s = steal_ticks(), (self._clock.now_ns() - self._since_ns) * 1e-9
        if min(ticks, self._ticks) < 0 or not passed_s > 0.0:
            return {"steal_s": None, "steal_share": None}
        stolen_s = (ticks - self._ticks) / os.sysconf("SC_CLK_TCK")
        return {"steal_s": stolen_s, "steal_share": stolen_s / (passed_s * (os.cpu_count() or 1))}
