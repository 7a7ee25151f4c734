"""A torque path that no longer carries: the measured torque collapses while the set point asks for it.

Judged on the measured torque against its set point, sample by sample, where the set point is not near zero. A shaft may
break while little is asked of it, and that shows only when more is: so the break is placed behind the last torque that
was carried. A sensor that repeats one code is dead, not the shaft. A drive that silently delivers nothing would look
the same as a broken shaft from here; such a drive reports a fault of its own, and the rig leaves RUNNING.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.trend import TrendSeries
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
        self._carried_nm = watch.lost_ratio * watch.setpoint_nm
        self._forget()

    def _forget(self) -> None:
        self._whole: tuple[int, float] | None = None
        self._whole_at_end = False
        self._reset()

    def _reset(self) -> None:
        self._count, self._first, self._km, self._changes, self._code = 0, 0, 0.0, 0, 0

    def judge(self, window: Window) -> list[Finding]:
        """What this window shows; a window in which the rig does not play in full shows nothing."""
        if not window.moving:
            self._forget()
            return []
        rows, watch = window.rows, self._watch
        if self._whole_at_end:
            self._whole = _place(rows, 0)
        codes = self._decoder.codes(rows, watch.channel)
        wanted = self._decoder.setpoint(rows, watch.channel)
        measured = self._decoder.feedback(rows, watch.channel)
        measures = trustworthy(codes)
        carried = np.flatnonzero(measures & (np.abs(measured) >= self._carried_nm))
        asked = np.flatnonzero(measures & (np.abs(wanted) > watch.setpoint_nm))
        lost = np.abs(measured[asked]) < watch.lost_ratio * np.abs(wanted[asked])
        if not lost.any() and len(asked):
            self._reset()
        for index, is_lost in zip(asked, lost, strict=True) if lost.any() else ():
            if not is_lost:
                self._reset()
            elif self._extend(rows, int(index), int(codes[index]), carried):
                return self._speak(window, int(index), abs(float(measured[index] / wanted[index])))
        self._remember(rows, carried)
        return []

    def _extend(self, rows: NDArray[np.void], index: int, code: int, carried: NDArray[np.int64]) -> bool:
        if self._count == 0:
            before = carried[carried < index]
            whole = _place(rows, int(before[-1]) + 1) if len(before) else self._whole
            self._first, self._km = whole or _place(rows, index)
        self._count += 1
        self._changes += code != self._code
        self._code = code
        return self._count == self._wanted

    def _remember(self, rows: NDArray[np.void], carried: NDArray[np.int64]) -> None:
        """The place behind the last torque that was carried; behind a window's end it is the next one's beginning."""
        self._whole_at_end = len(carried) > 0 and int(carried[-1]) == len(rows) - 1
        if len(carried) and not self._whole_at_end:
            self._whole = _place(rows, int(carried[-1]) + 1)

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

    def trends(self) -> list[TrendSeries]:
        """None: a torque path that carries shows no wear."""
        return []

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {
            "run": [self._count, self._first, self._km, self._changes, self._code],
            "whole": [self._whole, self._whole_at_end],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._count, self._first, self._km, self._changes, self._code = state["run"]
        whole, self._whole_at_end = state["whole"]
        self._whole = whole and (whole[0], whole[1])


def _place(rows: NDArray[np.void], index: int) -> tuple[int, float]:
    """Sample number, and the car's distance in km."""
    return int(rows["sample"][index]), float(rows["distance_m"][index]) / 1000.0
