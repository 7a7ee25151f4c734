"""Mean stress and slopes against published values."""

import numpy as np
import pytest

from rig.life.laws import cycles_to_failure
from rig.life.laws.schema import BasquinLaw
from rig.life.mean_stress import fkm_amplitude, smith_watson_topper


def test_smith_watson_topper() -> None:
    """Range 200 at mean 100 is 200 √2 at mean 0; nothing opens a crack under pressure; a mean of 0 changes nothing."""
    found = smith_watson_topper([200.0, 200.0, 200.0], [100.0, -100.0, 0.0])
    np.testing.assert_allclose(found, [282.8427, 0.0, 200.0], rtol=1e-6)


def test_fkm_mean_stress() -> None:
    """M = 0.3, amplitude 100 at mean 0, +100, -100: 100, 130, 70."""
    np.testing.assert_allclose(fkm_amplitude(100.0, [0.0, 100.0, -100.0], 0.3), [100.0, 130.0, 70.0], rtol=1e-12)


@pytest.mark.parametrize("mean", [-100.0, 100.0, 300.0])
def test_fkm_fields_meet(mean: float) -> None:
    """Where two fields of the stress ratio meet, they give the same; beyond R = 0.5 and above 1 means do not matter."""
    below, above = fkm_amplitude(100.0, [mean - 1e-6, mean + 1e-6], 0.3)
    assert below == pytest.approx(above, rel=1e-7)
    assert fkm_amplitude(100.0, -500.0, 0.3) == fkm_amplitude(100.0, -101.0, 0.3)
    assert fkm_amplitude(100.0, 900.0, 0.3) == fkm_amplitude(100.0, 301.0, 0.3)


def test_fkm_refuses_what_is_none() -> None:
    """An amplitude below 0 and a sensitivity below 0."""
    with pytest.raises(ValueError, match=r"sensitivity is -0\.1"):
        fkm_amplitude(1.0, 0.0, -0.1)
    with pytest.raises(ValueError, match="not below 0"):
        fkm_amplitude(-1.0, 0.0, 0.1)


def test_en_1993_slopes() -> None:
    """EN 1993-1-9: slope 3 to 5e6 cycles at 0.7368 of the detail category, slope 5 to 1e8 at 0.5493 of that."""
    law = BasquinLaw(
        law="basquin", name="weld", channel="force_n", exponent=3.0, reference_range=71.0, reference_cycles=2e6,
        knee_cycles=5e6, gate=0.0, source="EN 1993-1-9:2005 figure 7.1", confidence="high",
    )  # fmt: skip
    at_knee = 0.7368 * 71.0
    assert cycles_to_failure(law, at_knee) == pytest.approx(5e6, rel=1e-3)
    assert cycles_to_failure(law, 0.5493 * at_knee) == pytest.approx(1e8, rel=1e-3)
    assert cycles_to_failure(law, 2.0 * 71.0) == pytest.approx(2e6 / 8.0)
