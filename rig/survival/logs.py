"""Life data from the failure logs of runs (`rig.failures`): one value for each specimen, however often it ran."""

import difflib
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby

from profiles.schema import Fault, InputError
from rig.failures import Entry
from rig.life.verdict import Outcome
from rig.survival.specimens import UNNAMED, LifeData, Specimen


class By(StrEnum):
    """What groups of specimens are told apart by."""

    BATCH = "batch"
    VARIANT = "variant"
    RIG = "rig"


def life_data(
    entries: Sequence[Entry], source: str, component: str = "", by: By | None = None, *, each_run_new: bool = False
) -> LifeData:
    """Each specimen once: the distances and damages of its runs add up, its last run says how it ended.

    A survivor at its target is as much a suspension as a test that stopped early or a rig that tripped: right-censored
    at its distance. With ``each_run_new`` every run had specimens of its own, whatever their serial numbers say.

    Raises:
        InputError: there is no such component, or a specimen ran on after it had failed.
    """
    refuse_unknown(component, {entry.component for entry in entries}, source)
    wanted = [entry for entry in entries if component in ("", entry.component)]
    found, faults = [], []
    for (name, serial), mine in _by_specimen(wanted):
        pieces = [[one] for one in mine] if each_run_new else [mine]
        found += [_specimen(piece, by) for piece in pieces]
        if not each_run_new:
            faults += _after_failure(name, serial, mine)
        faults += [_dead_on_arrival(one) for one in found[-len(pieces) :] if one.failed and not one.distance_km > 0.0]
    if faults:
        raise InputError(faults)
    ran = tuple(one for one in found if one.distance_km > 0.0)
    return LifeData(source, ran, tuple(_notices(wanted, found, ran, each_run_new=each_run_new)))


def _by_specimen(entries: Iterable[Entry]) -> list[tuple[tuple[str, str], list[Entry]]]:
    ordered = sorted(entries, key=lambda one: (one.component, one.serial, one.created_utc, one.run))
    return [(whose, list(mine)) for whose, mine in groupby(ordered, lambda one: (one.component, one.serial))]


def _specimen(mine: Sequence[Entry], by: By | None) -> Specimen:
    last, damages = mine[-1], [one.damage for one in mine]
    groups = sorted({str(getattr(one, by)) or f"no {by}" for one in mine}) if by else []
    known = [damage for damage in damages if damage is not None]
    failed = last.outcome == Outcome.FAILED
    return Specimen(
        component=last.component,
        serial=last.serial,
        group=" + ".join(groups),
        distance_km=sum(one.distance_km for one in mine),
        failed=failed,
        mode=(last.mode or UNNAMED) if failed else None,
        damage=sum(known) if len(known) == len(mine) else None,
        runs=tuple(one.run for one in mine),
    )


def refuse_unknown(component: str, known: set[str], source: str) -> None:
    """Check that a component, where one is asked for, is among those that are known.

    Raises:
        InputError: it is not.
    """
    if component and component not in known:
        close = difflib.get_close_matches(component, known, n=1)
        hint = f"(did you mean {close[0]!r}?) " if close else ""
        among = ", ".join(sorted(known)) or "none: there is no entry in these runs"
        raise InputError([Fault(source, 0, "--component", repr(component), f"{hint}one of {among}")])


def _after_failure(component: str, serial: str, mine: Sequence[Entry]) -> list[Fault]:
    """A specimen that fails has no further distance: another part had its number, or it was repaired."""
    failed = next((one for one in mine[:-1] if one.outcome == Outcome.FAILED), None)
    if failed is None:
        return []
    later = mine[mine.index(failed) + 1].run
    found = f"{serial!r} failed in {failed.run} and ran again in {later}"
    allowed = (
        "a serial number for each part (a repaired one is another), or --each-run-new where every run had new parts"
    )
    return [Fault(failed.run, 0, f"{component}: serial", found, allowed)]


def _dead_on_arrival(one: Specimen) -> Fault:
    found = f"{one.serial!r} failed at 0 km"
    return Fault(
        one.runs[-1], 0, f"{one.component}: distance_km", found, "a failure after some distance: it has no life"
    )


def _notices(
    entries: Sequence[Entry], found: Sequence[Specimen], ran: Sequence[Specimen], *, each_run_new: bool
) -> Iterable[str]:
    several = sum(len(one.runs) > 1 for one in found)
    if several:
        yield f"{several} specimens ran more than once: their distances and damages are added up, each counts once"
    if each_run_new:
        yield "every run is taken to have had new parts, whatever their serial numbers say"
    if len(found) > len(ran):
        yield f"{len(found) - len(ran)} specimens never moved: suspended at 0 km, they say nothing and are left out"
    for what, names in (("courses", {one.course for one in entries}), ("rigs", {one.rig for one in entries})):
        if len(names) > 1:
            yield f"{len(names)} {what} are taken together ({_listed(names)}), as if a kilometre were the same on each"


def _listed(names: set[str]) -> str:
    shown = sorted(names)[:5]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
