"""The bench: the servo controller and the instruments of a rig file, asked who they are and how soon they answer.

Nothing moves: of the servo controller registers are read (FC3), instruments are asked for identity and errors.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import BusError, IdentityError, InstrumentError
from drivers.frames import DeviceIdentity, DeviceState, DeviceStatus
from drivers.scpi import ScpiSession
from profiles.catalogue import find
from rig.config import LIBRARY, Instrument, Rig
from rig.doctor.attempt import Attempt
from rig.doctor.lines import Line, Mark
from rig.doctor.loop import Glance
from rig.doctor.status import status_reader
from rig.rt.timing import Histogram
from rig.supervisor.launcher import Launched, LaunchError, addresses_of

READS = 250
"""Status reads whose round trips are measured, one in each period of the loop."""
_STOPPED = (DeviceState.FAULT, DeviceState.EMERGENCY_STOP)


@dataclass(frozen=True, slots=True)
class RigFile:
    """A rig and the file that it was read from."""

    path: Path
    rig: Rig


def bench_lines(file: RigFile, attempt: Attempt, glance: Glance) -> Iterator[Line]:
    """What the bench says; one that the rig file launches is launched, asked and ended.

    ``attempt``: the process that stands for the loop; it measures the round trips.

    Raises:
        AttemptError: the process is gone.
    """
    with ExitStack() as stack:
        try:
            launched = _launch(file, stack, glance)
            wanted: dict[str, str] = {one.role: one.resource for one in file.rig.instruments}
            addresses = addresses_of(launched, file.rig.modbus.address, wanted)
        except (LaunchError, OSError) as error:
            do = f"try the command of launch: in {file.path} by hand"
            yield _line("launch", Mark.BAD, str(error), "there is no bench to ask", do)
            return
        if launched:
            yield _line("launch", Mark.GOOD, " ".join(file.rig.launch or ()), "it printed its addresses")
        yield from controller_lines(file, addresses["modbus"], attempt)
        for instrument in file.rig.instruments:
            glance()
            yield instrument_line(file, instrument, addresses[instrument.role])


def _launch(file: RigFile, stack: ExitStack, glance: Glance) -> Launched | None:
    if not file.rig.launch:
        return None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-doctor-")))
    specimens = find("new_parts", LIBRARY / "specimens", "specimens").resolve()
    options = ("--rig", str(file.path.resolve()), "--pace", "real", "--seed", "0", "--specimens", str(specimens))
    command = (*file.rig.launch, *options, "--until-stdin-closes")
    return stack.enter_context(Launched(command, folder / "launch.log", glance))


def controller_lines(file: RigFile, address: str, attempt: Attempt) -> Iterator[Line]:
    """Whether the servo controller is there, is the one described, is ready to be armed, and answers in time."""
    with contextlib.closing(status_reader(file.rig, address)) as hardware:
        try:
            yield from _identity_lines(file, address, hardware.open())
            yield state_line(hardware.status())
            hardware.close()  # some devices serve one client only
            yield trips_line(attempt.read_status(file.rig, address, READS), file)
        except IdentityError as error:
            do = f"compare map, axes, channels and rate with {file.path}, or correct its address"
            yield _line("servo controller", Mark.BAD, f"{address}: {error}", "a run would refuse it", do)
        except BusError as error:
            do = f"is it switched on, and reached from here? {file.path} has its address under modbus:"
            yield _line("servo controller", Mark.BAD, _where(address, str(error)), "a run can't start", do)


def _identity_lines(file: RigFile, address: str, found: DeviceIdentity) -> Iterator[Line]:
    words = f"{found.axes} axes, {found.channels} channels, {found.sample_rate_hz} samples/s, map {found.map_version}"
    yield _line("servo controller", Mark.GOOD, f"{address}: {words}", "as the rig file describes it")
    rig = file.rig
    pairs = (("watchdog", found.watchdog_ms, rig.watchdog_ms), ("ramp", found.ramp_ms, round(1000 * rig.ramp_s)))
    words = ", ".join(f"{name} {has} ms" for name, has, _ in pairs)
    figures = {"watchdog_ms": found.watchdog_ms, "ramp_ms": found.ramp_ms, "fifo_samples": found.fifo_capacity}
    words += f", FIFO of {found.fifo_capacity} samples"
    wrong = [f"{name} of {wanted} ms" for name, has, wanted in pairs if has != wanted]
    if not found.fifo_capacity >= rig.lead_samples:
        means, do = f"too short for the lead of {rig.lead_samples} samples", f"a smaller lead_samples in {file.path}"
        yield _line("watchdog and ramp", Mark.BAD, words, means, do, figures)
    elif wrong:
        means = f"{file.path} says {' and '.join(wrong)}; the device does as it is set itself"
        yield _line("watchdog and ramp", Mark.CAUTION, words, means, "set one of the two right", figures)
    else:
        yield _line("watchdog and ramp", Mark.GOOD, words, "as the rig file says", figures=figures)


def state_line(status: DeviceStatus) -> Line:
    """Whether anything stands in the way of power."""
    bits = [bit for bit in type(status.interlocks) if bit in status.interlocks]
    opened = ", ".join((bit.name or "").lower().replace("_", " ") for bit in bits)
    found = f"{status.state.name}, {f'open interlocks: {opened}' if opened else 'all interlocks closed'}"
    figures = {"state": status.state.name, "open_interlocks": opened, "first_fault": status.first_fault.name}
    if status.state in _STOPPED:
        means = f"latched, what came first: {status.first_fault.name}"
        do = "find out why, put it right, and reset the device; the emergency stop is released by hand"
        return _line("device state", Mark.BAD, found, means, do, figures)
    if opened:
        return _line(
            "device state", Mark.CAUTION, found, "it takes no power like this", "close them before a run", figures
        )
    return _line("device state", Mark.GOOD, found, "nothing was armed, nothing moved", figures=figures)


def trips_line(trips: Histogram, file: RigFile) -> Line:
    """Round trips of status reads against the time-out and the period of the rig file."""
    rig, found = file.rig, trips.quantiles_us()
    period_us = 1e6 * rig.samples_per_cycle / rig.sample_rate_hz
    p99, longest, timeout_us = found["p99"], found["max"], 1e3 * rig.modbus.timeout_ms
    figures = {f"{name}_us": found[name] for name in ("p50", "p99", "max")}
    words = f"p50 {found['p50']:.0f} µs, p99 {p99:.0f} µs, worst {longest:.0f} µs in {found['count']} status reads"
    limits = f"the time-out is {rig.modbus.timeout_ms} ms, the period {period_us:.0f} µs"
    do = "a network of its own for the rig, the shortest way; no switch or VPN that others use"
    if not p99 <= timeout_us:
        return _line("round trip", Mark.BAD, words, f"{limits}: a run would trip", do, figures)
    if not p99 <= period_us:
        means = f"{limits}: cycles would be late"
        return _line("round trip", Mark.CAUTION, words, means, f"{do}; or a longer samples_per_cycle", figures)
    if not longest <= timeout_us:
        return _line("round trip", Mark.CAUTION, words, f"{limits}: a run may trip now and then", do, figures)
    return _line("round trip", Mark.GOOD, words, limits, figures=figures)


def instrument_line(file: RigFile, instrument: Instrument, resource: str) -> Line:
    """Who answers, and what is in its error queue; reading the queue empties it, as the standard has it."""
    what = instrument.role.replace("_", " ")
    session = ScpiSession(resource, instrument.timeout_ms * 1e-3)
    with contextlib.closing(session):
        try:
            identity = session.query("*IDN?")
            if instrument.identity not in identity:
                means = f"the rig file wants a {instrument.identity}"
                do = f"correct the resource or the identity of the {what} in {file.path}"
                return _line(what, Mark.BAD, f"{resource}: {identity!r}", means, do, {"identity": identity})
            errors = session.errors()
        except InstrumentError as error:
            do = f"is it switched on, and reached from here? {file.path} has its resource under instruments:"
            return _line(what, Mark.BAD, _where(resource, str(error)), "a run would go without it", do)
    figures: dict[str, str | float | None] = {"identity": identity, "errors": "; ".join(errors)}
    if errors:
        means = f"it had errors from before: {'; '.join(errors)}"
        return _line(what, Mark.CAUTION, f"{identity} at {resource}", means, "they are cleared now; ask again", figures)
    return _line(what, Mark.GOOD, f"{identity} at {resource}", "no errors", figures=figures)


def _where(address: str, text: str) -> str:
    return text if address in text else f"{address}: {text}"


def _line(
    what: str, mark: Mark, found: str, means: str = "", do: str = "", figures: Mapping[str, float | str | None] = {}
) -> Line:
    return Line("bench", what, mark, found, means, do, figures)
