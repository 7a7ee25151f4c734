"""The shared memory between instruments and plant."""

import numpy as np
import pytest
from corner_bench import wired

from simulators.wires import MOST_POINTS, Wires


def test_new_wires_are_at_room_temperature_and_off() -> None:
    """Temperatures at 20 °C, voltages and strain at 0, no waveform."""
    with wired() as wires:
        assert (wires.ambient_temperature_degc, wires.damper_temperature_degc) == (20.0, 20.0)
        assert (wires.fan_voltage_v, wires.lower_arm_strain, wires.shaker_on) == (0.0, 0.0, False)
        waveform = wires.read_waveform()
        assert waveform is not None
        assert waveform[0].size == 0


def test_the_other_end_sees_what_was_set() -> None:
    """Attached by name, both ends are the same memory."""
    with wired() as wires:
        other = Wires.attach(wires.name)
        other.fan_voltage_v = 12.5
        other.shaker_on = True
        other.set_waveform(np.array([0.1, -0.2]), 1000.0)
        assert (wires.fan_voltage_v, wires.shaker_on) == (12.5, True)
        waveform = wires.read_waveform()
        assert waveform is not None
        np.testing.assert_array_equal(waveform[0], [0.1, -0.2])
        assert waveform[1:] == (1000.0, wires.waveform_version)
        other.close()


def test_half_a_waveform_is_not_read() -> None:
    """While one is being written, there is none."""
    with wired() as wires:
        wires.block["version"] += 1
        assert wires.read_waveform() is None


@pytest.mark.parametrize(
    ("samples", "rate_hz"),
    [
        (np.zeros(0), 1.0),
        (np.zeros(MOST_POINTS + 1), 1.0),
        (np.array([np.nan]), 1.0),
        (np.zeros((2, 2)), 1.0),
        (np.zeros(2), 0.0),
        (np.zeros(2), np.nan),
    ],
)
def test_what_is_no_waveform_is_refused(samples: np.ndarray, rate_hz: float) -> None:
    """No points, too many, not finite, not a row, or no rate: the old one stays."""
    with wired() as wires:
        with pytest.raises(ValueError, match="a waveform has"):
            wires.set_waveform(samples, rate_hz)
        assert wires.waveform_version == 0


def test_closed_wires_carry_nothing() -> None:
    """Closing twice is fine; reading afterwards says so."""
    with wired() as wires:
        other = Wires.attach(wires.name)
        other.close()
        other.close()
        with pytest.raises(ValueError, match="closed"):
            _ = other.fan_voltage_v
