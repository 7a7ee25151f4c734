"""The judge as a whole: pieces, checkpoints, damage, speed."""

import json

import numpy as np
import pytest
import rainflow
from strut_rows import CODE_END, CODE_NAN, RATE_HZ, RIG, SURFACES, Left, after, codes, healthy_rows, new_judge

from profiles.schema import InputError
from rig.life.components import components_of
from rig.life.judge import NOWHERE, Judge
from rig.life.parts import JudgeSettings
from rig.life.specimens import load_specimens
from rig.life.verdict import FAILURE
from rig.state import RigState


@pytest.mark.parametrize("pieces", [[1] * 700 + [33_000], [250, 0, 249, 251], list(range(1, 240))])
def test_any_pieces_give_the_same(pieces: list[int]) -> None:
    """However the rows are cut, findings and damage are the same, bit for bit."""
    rows = healthy_rows(70.0, Left(spring=after(61.0, 70.0, 0.0)))
    whole, cut = new_judge(), new_judge()
    expected = whole.consume(rows)
    found = [finding for part in np.split(rows, np.cumsum(pieces)) for finding in cut.consume(part)]
    assert [finding.component for finding in expected] == ["coil_spring"]
    assert found == expected
    assert cut.damage() == whole.damage()
    assert cut.damage_by_surface() == whole.damage_by_surface()


@pytest.mark.parametrize("at", [137, 24_999, 26_050, 30_501])
def test_a_judge_goes_on_from_its_state(at: int) -> None:
    """Saved at any sample, through JSON, a judge goes on as if it had never stopped."""
    rows = healthy_rows(70.0, Left(damping=after(52.0, 70.0, 0.55)))
    whole, first, second = new_judge(), new_judge(), new_judge()
    expected = whole.consume(rows)
    first.consume(rows[:at])
    second.restore(json.loads(json.dumps(first.state())))
    second.consume(rows[at:])
    assert expected
    assert list(second.findings) == expected
    assert second.state() == whole.state()


@pytest.mark.parametrize("broken", [4750, 4800])
@pytest.mark.parametrize("at", [4749, 4750, 4999, 5000])
def test_a_torque_that_is_lost_is_dated_across_a_restart(broken: int, at: int) -> None:
    """A shaft that breaks at low torque, at a window's first sample or within one, is dated to that sample."""
    rows = healthy_rows(20.0, Left(shaft=after(broken / RATE_HZ, 20.0, 0.0)))
    first, second = new_judge(), new_judge()
    first.consume(rows[:at])
    second.restore(json.loads(json.dumps(first.state())))
    (finding,) = second.consume(rows[at:])
    assert (finding.component, finding.sample) == ("half_shaft", broken)
    assert finding.evidence.last_sample > 5000


def test_nothing_is_judged_after_a_failure() -> None:
    """The first failure closes the case: a half-shaft that breaks a second later is not a second failure."""
    judge = new_judge()
    left = Left(spring=after(40.0, 60.0, 0.0), shaft=after(43.0, 60.0, 0.0))
    assert [finding.component for finding in judge.consume(healthy_rows(60.0, left))] == ["coil_spring"]


def test_a_verdict_says_mechanism_and_cycles() -> None:
    """The mechanism is the component file's, also of findings; cycles are those of its cycle law, half ones as half."""
    judge, rows = new_judge(), healthy_rows(60.0, Left(spring=after(40.0, 60.0, 0.0)))
    finding = next(each for each in judge.consume(rows) if each.severity == FAILURE)
    verdicts = {verdict.component: verdict for verdict in judge.verdicts(1.0, False, "broken")}
    spring = components_of(load_specimens("new_parts"))[1]
    assert spring.name == finding.component == "coil_spring"
    assert finding.mechanism == verdicts["coil_spring"].mechanism == spring.mechanism_of(finding.mode)
    assert "fatigue" in str(finding.mechanism)
    assert spring.mechanism_of("life_used") is None
    assert {name: verdict.mechanism for name, verdict in verdicts.items() if name != "coil_spring"} == dict.fromkeys(
        ("damper", "half_shaft", "top_mount")
    )
    travel = rows["feedback"][:, [channel.name for channel in RIG.channels].index("strut_travel_m")]
    channel = next(each for each in RIG.channels if each.name == "strut_travel_m")
    counted = list(rainflow.extract_cycles(channel.offset + channel.scale * travel))
    gate = spring.damage[0].gate
    assert verdicts["coil_spring"].cycles == pytest.approx(
        sum(each[2] for each in counted if each[0] >= gate), rel=0.02
    )


def test_damage_by_surface_adds_up() -> None:
    """What each surface gave is the whole, and both surfaces gave some."""
    judge = new_judge()
    judge.consume(healthy_rows(100.0))
    for component, total in judge.damage().items():
        shares = judge.damage_by_surface()[component]
        assert sum(shares.values()) == pytest.approx(total, rel=1e-12)
        assert set(shares) == set(SURFACES)
        assert total > 0.0


def test_rows_of_no_segment_count_as_nowhere() -> None:
    """Damage before the first segment or after the last is not given to a surface."""
    rows = healthy_rows(20.0)
    rows["segment"] = -1
    rows["segment"][5000:] = 99
    judge = new_judge()
    judge.consume(rows)
    assert set(judge.damage_by_surface()["coil_spring"]) == {NOWHERE}


def test_damage_counts_every_sample_that_moves() -> None:
    """Stopping and holding move the parts too: their ranges count whatever the state."""
    rows = healthy_rows(20.0)
    running, stopping = new_judge(), new_judge()
    running.consume(rows)
    rows["state"] = int(RigState.STOPPING)
    stopping.consume(rows)
    assert stopping.damage() == running.damage()
    assert stopping.distance_km == 0.0
    assert running.distance_km == pytest.approx(0.16, abs=1e-4)


def test_values_that_are_no_measurement_add_no_damage() -> None:
    """NaN and end codes are left out of the count and told by channel."""
    rows = healthy_rows(20.0)
    clean = new_judge()
    clean.consume(rows)
    codes(rows, "strut_force_n")[::100] = CODE_NAN
    codes(rows, "strut_force_n")[50::100] = CODE_END
    judge = new_judge()
    judge.consume(rows)
    assert judge.excluded == {"strut_force_n": 200}
    assert judge.damage()["top_mount"] == pytest.approx(clean.damage()["top_mount"], rel=0.05)


def test_used_up_life_warns_once() -> None:
    """A Miner sum beyond the component's limit is one warning, at the end of the block that crossed it."""
    file = load_specimens("new_parts")
    parts = [part.model_copy(update={"damage_warning": 1e-9}) for part in components_of(file)]
    judge = Judge(RIG, parts, file, SURFACES)
    rows = healthy_rows(30.0)
    findings = [finding for part in np.array_split(rows, 7) for finding in judge.consume(part)]
    used = [finding for finding in findings if finding.mode == "life_used"]
    assert [(finding.component, finding.sample) for finding in used if finding.component != "half_shaft"] == [
        (name, 4999) for name in ("damper", "coil_spring", "top_mount")
    ]
    assert all(finding.severity == "warning" for finding in used)


def test_a_rig_without_the_channel_is_refused() -> None:
    """A half-shaft can't be tested on a rig that measures no torque: told with the channel's name."""
    channels = tuple(each for each in RIG.channels if each.name != "halfshaft_torque_nm")
    axes = tuple(each for each in RIG.axes if each.name != "halfshaft_torque_nm")
    rig = RIG.model_copy(update={"channels": channels, "axes": axes})
    file = load_specimens("new_parts")
    with pytest.raises(InputError, match=r"half_shaft.*halfshaft_torque_nm"):
        Judge(rig, components_of(file), file, SURFACES)


def test_blocks_of_thirty_seconds_work_too() -> None:
    """The block length of long runs finds the same leak."""
    file = load_specimens("new_parts")
    judge = Judge(RIG, components_of(file), file, SURFACES, JudgeSettings(block_s=30.0, baseline_blocks=2))
    findings = judge.consume(healthy_rows(240.0, Left(damping=after(90.0, 240.0, 0.7))))
    assert [(finding.component, finding.mode) for finding in findings] == [("damper", "leak")]
