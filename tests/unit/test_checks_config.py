"""The part of a rig file that says what is checked before a run: what does not go together is told with its place."""

from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.config import load_rig
from tests.commands import RIG_FILE

PAN = "axis: pan_displacement_m, amplitude: 0.008"
WRONG = {
    "no such axis": ((PAN, "axis: pan_m, amplitude: 0.008"), "checks.axes.0.axis: found 'pan_m'; allowed: an axis of"),
    "axis twice": (("axis: halfshaft_torque_nm, amp", "axis: pan_displacement_m, amp"), "checks.axes.0 has it already"),
    "beyond a limit": ((PAN, PAN.replace("0.008", "0.1985")), "amplitude: found '0.1985'; allowed: less than 0.198"),
    "too fast": (
        (PAN, PAN.replace("0.008", "0.18") + ", move_s: 0.05"),
        "allowed: a move within 5 m/s; this one needs 5.655",
    ),
    "too sharp": (
        (PAN, PAN.replace("0.008", "0.15") + ", move_s: 0.05"),
        "allowed: a move within 250 m/s²; this one needs 296.1",
    ),
    "gains turned round": ((PAN, PAN + ", lowest_gain: 1.5"), "checks.axes.0.lowest_gain: found '1.5'; allowed: less"),
    "gain of nothing": ((PAN, PAN + ", lowest_gain: 0.0"), "checks.axes.0.lowest_gain"),
    "no such channel": (("channel: strut_force_n, least", "channel: force_n, least"), "checks.channels.3.channel"),
    "noise turned round": (("least_noise: 4.0", "least_noise: 400.0"), "least_noise: found '400.0'; allowed: less"),
    "one end": (("lowest_at_rest: -300.0, ", ""), "checks.channels.3.lowest_at_rest: found nothing; allowed: both"),
    "ends turned round": (("lowest_at_rest: -300.0", "lowest_at_rest: 301.0"), "lowest_at_rest: found '301.0'"),
    "follows what does not move": (
        ("follows: {axis: pan_displacement_m, lowest_gain: 2", "follows: {axis: body_m, lowest_gain: 2"),
        "checks.channels.3.follows.axis: found 'body_m'; allowed: an axis that checks.axes moves",
    ),
    "follows turned round": (("lowest_gain: 20000.0", "lowest_gain: 2.0e+6"), "follows.lowest_gain: found"),
    "pressure turned round": (("lowest_bar: 190.0", "lowest_bar: 290.0"), "checks.oil_pressure.lowest_bar"),
    "an unknown key": (("rest_s: 1.0", "rest: 1.0"), "checks.rest: found"),
    "no rest": (("rest_s: 1.0", "rest_s: 0.0"), "checks.rest_s: found"),
}


@pytest.mark.parametrize("case", WRONG)
def test_checks_that_do_not_fit_the_rig_are_refused(case: str, tmp_path: Path) -> None:
    """File, line, key, what was found and what is allowed."""
    (old, new), said = WRONG[case]
    text = RIG_FILE.read_text()
    assert text.count(old) >= 1
    path = tmp_path / "x.yaml"
    head, checks = text.split("\nchecks:", 1)
    path.write_text(head + "\nchecks:" + checks.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_rig(str(path))
    assert said in str(caught.value)
    assert f"{path}:" in str(caught.value)


def test_a_limit_that_only_indicates_forbids_no_move(tmp_path: Path) -> None:
    """The tightest limit that acts bounds the move; one that only tells does not."""
    path = tmp_path / "x.yaml"
    told = "limits:\n  - {channel: pan_displacement_m, kind: upper, value: 0.004, action: ACTION}\n"
    path.write_text(RIG_FILE.read_text().replace("limits:\n", told.replace("ACTION", "indicate")))
    assert load_rig(str(path)).checks is not None
    path.write_text(RIG_FILE.read_text().replace("limits:\n", told.replace("ACTION", "stop")))
    with pytest.raises(InputError, match=r"less than 0\.004"):
        load_rig(str(path))


def test_checks_are_no_must(tmp_path: Path) -> None:
    """A rig file without them is good."""
    text = RIG_FILE.read_text()
    head, rest = text.split("\nchecks:", 1)
    path = tmp_path / "x.yaml"
    path.write_text(head + "\ninstruments:" + rest.split("\ninstruments:", 1)[1])
    assert load_rig(str(path)).checks is None
