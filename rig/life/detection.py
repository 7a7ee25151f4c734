"""One strut, judged on its measured force, travel and temperature: windows for breaks, blocks for slow change."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.blocks import BlockJudge
from rig.life.history import Heard, History
from rig.life.parts import JudgeSettings, StrutParts
from rig.life.strut import Sums, force_rms_n, moments_of, shares, smooth, unexplained_n
from rig.life.sudden import BreakDetector, Candidate
from rig.life.trend import TrendSeries
from rig.life.verdict import Finding
from rig.life.windows import Decoder, Window

FloatArray = NDArray[np.float64]

_FEW_SAMPLES = 0.3
"""A window with fewer of its samples within the travel limit says nothing (design value)."""
_HIDDEN = 0.1
"""Where noise takes more than this share from a property, a window says nothing about it (design value)."""
_STANDS_OUT = 4.0
"""A window says something of a property whose force is so many times what a healthy strut leaves unexplained.

What no travel explains (friction, a slow offset) does not grow with the motion. In half a second that hardly moves it
passes for any stiffness: of 7,900 healthy windows on two stages some show a share of -0.5 to 1.8 where the spring's
force is less than so many times it, and 0.8 to 1.2 beyond (design value; ``python -m tests.slow_windows``).
"""


class StrutDetector:
    """Tells a failing spring, damper or top mount apart by what they do to the same force and travel.

    A window in which a sensor gives no measurement, or one code again and again, or in which the rig does not play in
    full, is left out and breaks off every count of windows in a row. A window that hardly moves says nothing, for or
    against: the count goes on after it.
    """

    def __init__(self, parts: StrutParts, decoder: Decoder, rate_hz: float, settings: JudgeSettings) -> None:
        self._parts, self._decoder = parts, decoder
        self._strut = parts.strut(rate_hz)
        self._blocks = BlockJudge(parts, settings)
        spring, damper = parts.spring, parts.damper
        self._breaks = BreakDetector(
            spring and Candidate(spring[0], "stiffness", spring[1].sudden, spring[1].gradual.mode),
            damper and Candidate(damper[0], "damping", damper[1].sudden, damper[1].gradual.mode),
        )
        self._history = History(self._strut)

    def judge(self, window: Window) -> list[Finding]:
        """What this window shows."""
        if not self._fit(window):
            return self._leave_out()
        force, travel, degc = self._signals(window)
        sums = self._strut.sums(force, travel, degc)
        if not sums.samples >= _FEW_SAMPLES * len(window.rows):
            return self._leave_out()
        findings = self._judge_break(window, (force, travel, degc), sums)
        return findings + self._blocks.judge(window, sums, self._mount_moments(window))

    def _leave_out(self) -> list[Finding]:
        self._breaks.reset()
        self._history.clear()
        return []

    def _fit(self, window: Window) -> bool:
        rows, parts = window.rows, self._parts
        fast = [parts.force_channel, parts.travel_channel]
        if parts.mount is not None:
            fast.append(parts.mount[1].outer_channel)
        warm = parts.damper is None or self._decoder.present(rows, parts.damper[1].temperature_channel)
        return window.moving and warm and all(self._decoder.live(rows, channel) for channel in fast)

    def sums(self, window: Window) -> tuple[Sums, FloatArray] | None:
        """A window's sums, the strut's and those of (deflection, force, 1); None where it is not fit to be judged."""
        if not self._fit(window):
            return None
        sums = self._strut.sums(*self._signals(window))
        enough = sums.samples >= _FEW_SAMPLES * len(window.rows)
        return (sums, self._mount_moments(window)) if enough else None

    def _signals(self, window: Window) -> tuple[FloatArray, FloatArray, float]:
        """Force, travel and the mean temperature of the window (20 °C where no damper is watched)."""
        decode, parts = self._decoder.feedback, self._parts
        warm = 20.0
        if parts.damper is not None:
            warm = float(decode(window.rows, parts.damper[1].temperature_channel).mean())
        return decode(window.rows, parts.force_channel), decode(window.rows, parts.travel_channel), warm

    def _judge_break(self, window: Window, signals: tuple[FloatArray, FloatArray, float], sums: Sums) -> list[Finding]:
        reference, known_n = self._blocks.healthy(window.surface)
        if reference is None:
            return self._leave_out()
        force, travel, degc = signals
        self._history.add(
            Heard(
                window.first_sample, window.rows["distance_m"] / 1000.0, force.astype(np.float32),
                travel.astype(np.float32), degc, reference, unexplained_n(sums.moments, reference),
            )
        )  # fmt: skip
        left = shares(sums.moments, reference)
        if left is None:
            return []
        damper = max(left.compression, left.rebound, key=lambda share: share.value)
        spring_n, damper_n = force_rms_n(sums.moments, reference)
        # before there is a baseline: by the last few windows
        least_n = _STANDS_OUT * (self._history.usual_n() if known_n is None else known_n)
        return self._breaks.judge(
            left.spring if sums.spring_hidden < _HIDDEN and spring_n >= least_n else None,
            damper if sums.damper_hidden < _HIDDEN and damper_n >= least_n else None,
            self._history,
        )

    def _mount_moments(self, window: Window) -> FloatArray:
        """The sums of (deflection, force, 1), float64[3, 3]; zeros where no mount is watched."""
        mount = self._parts.mount
        if mount is None:
            return np.zeros((3, 3))
        decode = self._decoder.feedback
        outer, inner = (decode(window.rows, name) for name in (mount[1].outer_channel, mount[1].inner_channel))
        force = smooth(decode(window.rows, mount[1].force_channel))
        return moments_of(np.stack([smooth(outer - inner), force, np.ones_like(force)]))

    def unseen(self) -> list[str]:
        """The components of which too few blocks, or none for long, could be judged."""
        return self._blocks.unseen()

    def trends(self) -> list[TrendSeries]:
        """What the blocks showed."""
        return self._blocks.trends()

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {
            "blocks": self._blocks.state(),
            "breaks": self._breaks.state(),
            "history": self._history.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._blocks.restore(state["blocks"])
        self._breaks.restore(state["breaks"])
        self._history.restore(state["history"])
