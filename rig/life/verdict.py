"""What is said about parts: a finding while the rig runs, a verdict at its end."""

from enum import StrEnum

import msgspec

WARNING = "warning"
FAILURE = "failure"
RIG = "rig"
"""The component named by a finding that blames the rig (a sensor, the force path) and no part.

Its ``failure`` says that nothing can be judged any more: a rig fault, on which the run must stop.
"""


UNWATCHED = "nothing on this rig watches it: it must be inspected"
UNJUDGED = "its torque passed through zero too seldom to judge its backlash: it must be inspected"
BLIND = "its temperature was read too briefly, or too long ago, to judge its friction: it must be inspected"
UNSURE = "its blocks did not tell surely enough, or not for a long time, how it is: it must be inspected"
"""Why a part is suspended that has come as far as it should."""


class Outcome(StrEnum):
    """How a specimen's test ended. A rig fault is never FAILED: it suspends."""

    SURVIVED = "SURVIVED"
    FAILED = "FAILED"
    SUSPENDED = "SUSPENDED"


class Evidence(msgspec.Struct, frozen=True):
    """The samples that show it, both inclusive, counted from the start of the run."""

    first_sample: int
    last_sample: int


class Finding(msgspec.Struct, frozen=True):
    """Something that the measured signals show.

    Attributes:
        component: the component's name, or `RIG` where the rig and no part is to blame.
        severity: ``warning`` or ``failure``.
        mode: the failure mode, such as ``fracture``.
        distance_km: the car's distance on the stage where it began.
        sample: the sample at which it began.
        feature: what was judged, such as ``stiffness``.
        value, limit: the feature and the limit it crossed, in the feature's unit (mostly a share of the reference).
        evidence: the window to look at.
        detected_km: the distance at which the decision was made.
        text: one sentence for people, with the numbers.
        mechanism: what physically goes on, by the component's file; None where that does not name the mode.
    """

    component: str
    severity: str
    mode: str
    distance_km: float
    sample: int
    feature: str
    value: float
    limit: float
    evidence: Evidence
    detected_km: float
    text: str
    mechanism: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """How one specimen's test ended.

    ``distance_km`` is where it failed, or how far it came; ``first_detection_km`` where the first finding about it was
    made, warnings included; ``damage`` its Miner sum by the component's own law (1 = the characteristic life);
    ``reason`` why it ended; ``mechanism`` what physically went on, by the component's file; ``cycles`` the load cycles
    that its cycle law has counted (ranges above the law's gate, half cycles of the residue included), None without one;
    ``to_inspect`` that it came as far as it should and is suspended only because nothing has shown how it is;
    ``static_ratio`` the lowest C_0 / P_0 that a bearing has met (below 1 its races are dented).
    """

    component: str
    serial: str
    outcome: Outcome
    distance_km: float
    mode: str | None
    first_detection_km: float | None
    evidence: Evidence | None
    damage: float
    reason: str
    mechanism: str | None = None
    cycles: float | None = None
    to_inspect: bool = False
    static_ratio: float | None = None
