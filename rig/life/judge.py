"""The judge: rows in; damage, findings and at the end a verdict on each specimen out."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rig.config import Rig
from rig.life.components import Component
from rig.life.damage import ComponentDamage
from rig.life.fit import check_fit, law_channels
from rig.life.health import HealthResult
from rig.life.parts import JudgeSettings
from rig.life.specimens import Specimen, SpecimenFile
from rig.life.trend import TrendSeries
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding, Outcome, Verdict
from rig.life.warming import warm_up
from rig.life.watching import detectors_of, health_of, hot_running_of, unseen_of
from rig.life.windows import Decoder, Rows, WindowAssembler, in_motion, surface_index, trustworthy

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NOWHERE = "(no segment)"
"""The surface of rows that lie in no segment."""


class Judge:
    """Judges one run. The same rows give the same findings however they are cut into blocks.

    Args:
        rig: gives the channels and the sample rate.
        components: what is known of each family; see `components.components_of`.
        specimens: what is on the rig.
        surfaces: the surface of each segment, by the segment's index.
        settings: how long one looks.

    Raises:
        InputError: a component needs a channel that the rig does not have.
    """

    def __init__(
        self,
        rig: Rig,
        components: Sequence[Component],
        specimens: SpecimenFile,
        surfaces: tuple[str, ...],
        settings: JudgeSettings | None = None,
    ) -> None:
        check_fit(rig, components, specimens)
        settings = settings or JudgeSettings()
        self._components, self._specimens = tuple(components), specimens
        self._decoder, rate = Decoder(rig), float(rig.sample_rate_hz)
        self._surfaces = (*dict.fromkeys(surfaces), NOWHERE)
        self._surface_of = np.array([self._surfaces.index(each) for each in (*surfaces, NOWHERE)], np.int64)
        self._damage = {each.name: ComponentDamage(each, len(self._surfaces), rate) for each in components}
        self._assembler = WindowAssembler(self._decoder, round(settings.window_s * rate), self._surface_of)
        self._detectors = detectors_of(components, self._decoder, rate, settings, self._surfaces)
        self._warming = hot_running_of(components, self._decoder, rate)
        self._block = round(settings.block_s * rate)
        self._law_channels = law_channels(components)
        self._law_groups = sorted({law.channels for each in components for law in each.damage})
        self._last_sample, self._last_km, self._distance_km = -1, 0.0, 0.0
        self._excluded: dict[str, int] = {}
        self._findings: list[Finding] = []

    @staticmethod
    def warm() -> None:
        """Compile every kernel, so that the first rows of a run are judged as fast as the others."""
        warm_up()

    @property
    def distance_km(self) -> float:
        """Where the car was when the rig last played the road in full."""
        return self._distance_km

    @property
    def excluded(self) -> dict[str, int]:
        """Samples that were no measurement (NaN or at an end of the range) and add no damage, by channel."""
        return dict(self._excluded)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings so far."""
        return tuple(self._findings)

    @property
    def health(self) -> list[HealthResult]:
        """What the health blocks so far have said, in order."""
        return health_of(self._detectors)

    @property
    def failure(self) -> Finding | None:
        """The failure of a component, if there is one. There is at most one: after it nothing more is judged."""
        failures = (each for each in self._findings if each.severity == FAILURE and each.component != RIG)
        return next(failures, None)

    @property
    def closed(self) -> bool:
        """Whether judging is over: a component failed, or a sensor that all rests on can't be believed."""
        return any(finding.severity == FAILURE for finding in self._findings)

    def consume(self, rows: Rows) -> list[Finding]:
        """Take in the next rows, structured array of `row_dtype`; what they show."""
        before = len(self._findings)
        for part in self._parts(rows):
            for window in self._assembler.push(part):
                if not self.closed:
                    found = [finding for each in self._detectors for finding in each.judge(window)]
                    self._note(sorted(found, key=lambda finding: finding.sample))
        return self._findings[before:]

    def consume_readings(self, sample: int, distance_km: float, values: Mapping[str, float | None]) -> list[Finding]:
        """Take in what the slow instruments read at a sample, once the rows up to it have been; what it shows.

        Args:
            sample: as the rows count; readings that are not later than the last ones are left out, as are those of
                rows that have not been taken in.
            distance_km: where the car was.
            values: by name; None or NaN where a sensor gives nothing.
        """
        before = len(self._findings)
        if sample <= self._last_sample and not self.closed:
            self._note([found for each in self._warming for found in each.judge(sample, distance_km, values)])
        return self._findings[before:]

    def _parts(self, rows: Rows) -> Iterator[Rows]:
        """The rows up to each border of a block; damage is added, and looked at as each border is crossed."""
        if len(rows) == 0:
            return
        numbers = rows["sample"].astype(np.int64) // self._block
        for part in np.split(rows, np.flatnonzero(np.diff(numbers)) + 1):
            if self._last_sample >= 0 and int(part["sample"][0]) // self._block != self._last_sample // self._block:
                self._judge_damage()
            self._add_damage(part)
            for each in self._warming:
                each.add(part)
            self._remember(part)
            yield part

    def _remember(self, rows: Rows) -> None:
        self._last_sample = int(rows["sample"][-1])
        self._last_km = float(rows["distance_m"][-1]) / 1000.0
        counted = np.flatnonzero(in_motion(rows))
        if len(counted):
            self._distance_km = float(rows["distance_m"][counted[-1]]) / 1000.0

    def _add_damage(self, rows: Rows) -> None:
        surface = surface_index(rows, self._surface_of)
        valid = {name: trustworthy(self._decoder.codes(rows, name)) for name in self._law_channels}
        for name, good in valid.items():
            if not good.all():
                self._excluded[name] = self._excluded.get(name, 0) + int(len(good) - good.sum())
        fed = {channels: self._fed(rows, surface, channels, valid) for channels in self._law_groups}
        for component in self._damage.values():
            for account in component.accounts:
                account.add(*fed[account.channels])

    def _fed(
        self, rows: Rows, surface: IntArray, channels: tuple[str, ...], valid: dict[str, NDArray[np.bool_]]
    ) -> tuple[list[FloatArray], IntArray]:
        """What an account of these channels takes in: samples of which all are measurements; decoded once for all."""
        good = np.logical_and.reduce([valid[name] for name in channels])
        return [self._decoder.feedback(rows, name)[good] for name in channels], surface[good]

    def _judge_damage(self) -> None:
        warned = {finding.component for finding in self._findings if finding.feature == "damage"}
        damage = self.damage()
        for each in self._components:
            if damage[each.name] >= each.damage_warning and each.name not in warned:
                self._findings.append(self._life_used(each, damage[each.name]))

    def _life_used(self, component: Component, damage: float) -> Finding:
        limit = component.damage_warning
        text = f"{component.name}: Miner sum {damage:.2f} of the family's characteristic life, limit {limit:.2f}"
        return Finding(
            component.name, WARNING, "life_used", self._last_km, self._last_sample, "damage", damage, limit,
            Evidence(self._last_sample, self._last_sample), self._last_km, text,
        )  # fmt: skip

    def _note(self, found: list[Finding]) -> None:
        """Keep what was found, up to and including the first of severity failure."""
        by_name = {each.name: each for each in self._components}
        for each in found:
            part = by_name.get(each.component)
            finding = msgspec.structs.replace(each, mechanism=part.mechanism_of(each.mode)) if part else each
            self._findings.append(finding)
            if finding.severity == FAILURE:
                return

    def damage(self) -> dict[str, float]:
        """The Miner sum of each component, open ranges counted as half cycles; 1 is the characteristic life."""
        return {name: float(each.by_surface().sum()) for name, each in self._damage.items()}

    def damage_by_surface(self) -> dict[str, dict[str, float]]:
        """The same by component and surface; a surface that has given none is left out."""
        return {
            name: {surface: float(d) for surface, d in zip(self._surfaces, each.by_surface(), strict=True) if d > 0.0}
            for name, each in self._damage.items()
        }

    def trends(self) -> list[TrendSeries]:
        """Each property that was judged block by block, over the run so far; those without a block are left out."""
        every = [each.trends() for each in self._detectors] + [each.trends() for each in self._warming]
        return [series for series in itertools.chain(*every) if series.points]

    def verdicts(self, distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        """The verdict on each specimen, in the order of the specimens file.

        Args:
            distance_km: how far the run came.
            completed: whether it reached its target.
            reason: why it ended, in words; a rig fault or trip gives SUSPENDED, never FAILED.
        """
        damage, failure = self.damage(), self.failure
        cycles = {name: each.cycles() for name, each in self._damage.items()}
        outcome = Outcome.SURVIVED if completed else Outcome.SUSPENDED
        if failure is not None:
            outcome, reason = Outcome.SUSPENDED, f"{failure.component} failed at {failure.distance_km:.3f} km"
        unseen = (
            unseen_of(self._components, self._detectors, self._warming, self._last_sample)
            if outcome is Outcome.SURVIVED
            else {}
        )
        return [
            _failed(part, failure, self._detected_km(part.component), damage[part.component], cycles[part.component])
            if failure is not None and failure.component == part.component
            else Verdict(
                component=part.component,
                serial=part.serial,
                outcome=Outcome.SUSPENDED if part.component in unseen else outcome,
                distance_km=distance_km,
                mode=None,
                first_detection_km=self._detected_km(part.component),
                evidence=None,
                damage=damage[part.component],
                reason=f"{reason}; {unseen[part.component]}" if part.component in unseen else reason,
                cycles=cycles[part.component],
                to_inspect=part.component in unseen,
                static_ratio=self._damage[part.component].static_ratio(),
            )
            for part in self._specimens.specimens
        ]

    def _detected_km(self, component: str) -> float | None:
        return next((each.detected_km for each in self._findings if each.component == component), None)

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {
            "damage": {name: each.state() for name, each in self._damage.items()},
            "assembler": self._assembler.state(),
            "detectors": [each.state() for each in self._detectors],
            "warming": [each.state() for each in self._warming],
            "place": [self._last_sample, self._last_km, self._distance_km],
            "excluded": self._excluded,
            "findings": msgspec.to_builtins(self._findings),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state` of a judge of the same rig, components and surfaces."""
        for name, each in self._damage.items():
            each.restore(state["damage"][name])
        self._assembler.restore(state["assembler"])
        for detector, saved in zip(self._detectors, state["detectors"], strict=True):
            detector.restore(saved)
        for warming, saved in zip(self._warming, state.get("warming", []), strict=True):
            warming.restore(saved)
        self._last_sample, self._last_km, self._distance_km = state["place"]
        self._excluded = dict(state["excluded"])
        self._findings = msgspec.convert(state["findings"], list[Finding])


def _failed(
    part: Specimen, failure: Finding, detected_km: float | None, damage: float, cycles: float | None
) -> Verdict:
    return Verdict(
        component=part.component,
        serial=part.serial,
        outcome=Outcome.FAILED,
        distance_km=failure.distance_km,
        mode=failure.mode,
        first_detection_km=detected_km,
        evidence=failure.evidence,
        damage=damage,
        reason=failure.text,
        mechanism=failure.mechanism,
        cycles=cycles,
    )
