"""How rows are made: faults of the device by its back door, at the sample `AT`; limits' bounds by their persistence."""

from collections.abc import Callable
from typing import Any

from tests.faults.row import Must, Row, State
from tests.faults.scene import AT, Scene
from tests.faults.stand import RAMP_S, RIG

CYCLE_MS = 1000.0 * RIG.samples_per_cycle / RIG.sample_rate_hz
TIMEOUT_MS = float(RIG.modbus.timeout_ms)
RAMP_MS = 1000.0 * RAMP_S
WATCHDOG_MS = float(RIG.watchdog_ms)
AT_ONCE_MS = 2.0 * CYCLE_MS
"""What the device notices itself, or says in its next answer: at most two cycles."""

CONNECT_MS = 10.0
"""Until a new connection is there, and what answers on it is known to be the device."""


def shown(fault: str, parameters: dict[str, Any]) -> str:
    """A fault as the table names it."""
    return " ".join([fault, *(f"{key}={value}" for key, value in parameters.items())])


def device(name: str, words: str, must: Must, fault: str, *, also: dict[str, Any] | None = None, **params: Any) -> Row:
    """A fault of the device that begins at the sample `AT`; ``also``: other fields of the row."""

    def before(scene: Scene) -> None:
        scene.stand.door.fault(fault, at_sample=AT, **params)

    where = f"device: `{shown(fault, params)}`"
    return Row(name, words, where, must, before=before, begins=fault, **(also or {}))


def from_the_start(name: str, words: str, must: Must, fault: str, **params: Any) -> Row:
    """A fault of the device that is there before the loop begins."""

    def before(scene: Scene) -> None:
        scene.stand.door.fault(fault, **params)

    return Row(name, words, f"device, before the start: `{shown(fault, params)}`", must, before=before)


def through_line(scene: Scene) -> None:
    """Let the loop find the device behind the proxy."""
    scene.address = scene.stand.line_address


def line(
    name: str, words: str, must: Must, behaviour: str, *, also: dict[str, Any] | None = None, **params: Any
) -> Row:
    """Something that happens to messages between loop and device, from the sample `AT` on."""

    def inject(scene: Scene) -> None:
        scene.stand.line_door.do("behave", behaviour=behaviour, **params)

    where = f"line: `{shown(behaviour, params)}`"
    return Row(name, words, where, must, before=through_line, inject=inject, **(also or {}))


def whole_line(name: str, words: str, must: Must, *actions: str, at_start: bool = False) -> Row:
    """Something that happens to all connections, from the sample `AT` on or before the loop begins."""

    def act(scene: Scene) -> None:
        for action in actions:
            scene.stand.line_door.do(action)

    def before(scene: Scene) -> None:
        through_line(scene)
        act(scene)

    when = ", before the start" if at_start else ""
    where = f"line{when}: {', '.join(f'`{action}`' for action in actions)}"
    if at_start:
        return Row(name, words, where, must, before=before)
    return Row(name, words, where, must, before=through_line, inject=act)


def host(name: str, words: str, where: str, must: Must, inject: Callable[[Scene], None], **more: Any) -> Row:
    """A fault within our own process, between two cycles."""
    return Row(name, words, f"host: {where}", must, inject=inject, **more)


def limit(state: State, samples: int, says: str, *kinds: str, **more: Any) -> Must:
    """A limit that must be broken after so many bad samples, and act at most two cycles later."""
    within_ms = CYCLE_MS * (samples + 2)
    wanted = kinds or (("limit_indicated",) if state == "RUNNING" else ("limit_breached",))
    neutral_ms = within_ms + RAMP_MS if state == "TRIPPED" else None
    return Must(state, within_ms, says, wanted, within_samples=samples, neutral_ms=neutral_ms, **more)


def trip(within_ms: float, says: str, *kinds: str, **more: Any) -> Must:
    """A trip within so long; the device is at neutral a ramp later, and later still where it must be connected anew."""
    anew_ms = CONNECT_MS if "bus_fault" in kinds else 0.0
    more.setdefault("neutral_ms", within_ms + anew_ms + RAMP_MS)
    return Must("TRIPPED", within_ms, says, kinds, **more)
