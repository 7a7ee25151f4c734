"""A torque path that no longer carries: the measured torque collapses while the set point asks for it.

Judged on the measured torque against its set point, sample by sample, where the set point is not near zero. A sensor
that repeats one code is dead, not the shaft. A drive that silently delivers nothing would look the same as a broken
shaft from here; such a drive reports a fault of its own, and the rig leaves RUNNING.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.verdict import FAILURE, RIG, Evidence, Finding
from rig.life.watches import TransferWatch
from rig.life.windows import Decoder, Window, trustworthy

_LIVE_CHANGES = 0.25
"""Noise changes a live sensor's code from sample to sample; a share of fewer changes is a dead one (design value)."""


class TransferDetector:
    """Finds the stretch of samples in which the torque is asked for and does not come."""

    def __init__(self, component: str, watch: TransferWatch, decoder: Decoder, rate_hz: float) -> None:
        self._component, self._watch, self._decoder = component, watch, decoder
        self._wanted = max(1, round(watch.persistence_s * rate_hz))
        self._reset()

    def _reset(self) -> None:
        self._count, self._first, self._km, self._changes, self._code = 0, 0, 0.0, 0, 0

    def judge(self, window: Window) -> list[Finding]:
        """What this window shows; a window in which the rig does not play in full shows nothing."""
        if not window.moving:
            self._reset()
            return []
        rows, watch = window.rows, self._watch
        codes = self._decoder.codes(rows, watch.channel)
        wanted = self._decoder.setpoint(rows, watch.channel)
        measured = self._decoder.feedback(rows, watch.channel)
        asked = np.flatnonzero(trustworthy(codes) & (np.abs(wanted) > watch.setpoint_nm))
        lost = np.abs(measured[asked]) < watch.lost_ratio * np.abs(wanted[asked])
        if not lost.any():
            if len(asked):
                self._reset()
            return []
        for index, is_lost in zip(asked, lost, strict=True):
            if not is_lost:
                self._reset()
            elif self._extend(rows, int(index), int(codes[index])):
                return self._speak(window, int(index), abs(float(measured[index] / wanted[index])))
        return []

    def _extend(self, rows: NDArray[np.void], index: int, code: int) -> bool:
        if self._count == 0:
            self._first, self._km = int(rows["sample"][index]), float(rows["distance_m"][index]) / 1000.0
        self._count += 1
        self._changes += code != self._code
        self._code = code
        return self._count == self._wanted

    def _speak(self, window: Window, index: int, ratio: float) -> list[Finding]:
        dead = self._changes < _LIVE_CHANGES * self._wanted
        watch, rows = self._watch, window.rows
        last, last_km = int(rows["sample"][index]), float(rows["distance_m"][index]) / 1000.0
        text = (
            f"{self._component}: torque {ratio:.0%} of its set point, limit {watch.lost_ratio:.0%}, for "
            f"{self._wanted} samples with more than {watch.setpoint_nm:g} N·m asked for"
        )
        if dead:
            text = "the torque sensor repeats one value while torque is asked for; no part is judged by it"
        return [
            Finding(
                component=RIG if dead else self._component,
                severity=FAILURE,
                mode="sensor_stuck" if dead else watch.mode,
                distance_km=self._km,
                sample=self._first,
                feature="torque_ratio",
                value=ratio,
                limit=watch.lost_ratio,
                evidence=Evidence(self._first, last),
                detected_km=last_km,
                text=text,
            )
        ]

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"run": [self._count, self._first, self._km, self._changes, self._code]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._count, self._first, self._km, self._changes, self._code = state["run"]
