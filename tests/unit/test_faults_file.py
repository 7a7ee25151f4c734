"""Faults from a file, and what the documentation says of them."""

from pathlib import Path

import pytest
from corner_bench import corner
from instrument_bench import FakeWires

from profiles.schema import InputError
from simulators import faults
from simulators.faults.base import DeviceFault, InstrumentFault
from simulators.faults.describe import table
from simulators.instruments.cabling import cabled_instruments, sensors
from simulators.proxy import behaviours as proxy_behaviours
from simulators.settings import INPUTS, INSTRUMENTS

DOCS = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()


def written(folder: Path, *lines: str) -> Path:
    path = folder / "bad_night.yaml"
    path.write_text("\n".join(("kind: faults", "name: bad_night", "faults:", *lines)) + "\n")
    return path


def test_a_file_of_faults(tmp_path: Path) -> None:
    """Read strictly into the same faults as over the back door."""
    path = written(
        tmp_path,
        "  - {fault: sensor_drift, channel: strut_force_n, per_s: 500.0, at_sample: 20000}",
        "  - {fault: frame_lost, times: null}",
        "  - {fault: instrument_timeout, role: supply, times: 3}",
    )
    read = faults.read_faults(path)
    assert [one.fault for one in read] == ["sensor_drift", "frame_lost", "instrument_timeout"]
    assert read[0] == faults.parse(
        {"fault": "sensor_drift", "channel": "strut_force_n", "per_s": 500.0, "at_sample": 20000}
    )
    assert [isinstance(one, DeviceFault) for one in read] == [True, True, False]
    faults.check_faults(path, read, corner().anatomy)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    """With line, key, found and allowed."""
    path = written(
        tmp_path,
        "  - {fault: sensor_drift, channel: strut_force_n, per_s: fast}",
        "  - {fault: sensor_drft}",
        "  - {fault: clock_stop, at_sample: -1, rate: 2}",
    )
    with pytest.raises(InputError) as told:
        faults.read_faults(path)
    lines = [line.partition("bad_night.yaml:")[2] for line in str(told.value).split("\n")]
    assert [line.partition(";")[0] for line in lines] == [
        "4: faults.0.per_s: found 'fast'",
        "5: faults.1: found a mapping",
        "6: faults.2.at_sample: found '-1'",
        "6: faults.2.rate: found an unknown key",
    ]


def test_what_a_bench_cant_have_is_told_with_its_line(tmp_path: Path) -> None:
    """Names that it does not have, and a clock where there is none."""
    path = written(
        tmp_path,
        "  - {fault: sensor_nan, channel: steering_angle_rad}",
        "  - {fault: actuator_delay, axis: pan_displacement_m, extra_s: 0.1}",
        "  - {fault: clock_rate, factor: 2.0}",
        "  - {fault: instrument_identity, role: scope}",
    )
    with pytest.raises(InputError) as told:
        faults.check_faults(path, faults.read_faults(path), corner("stepped").anatomy)
    text = str(told.value)
    assert "4: faults.0.channel: found 'steering_angle_rad'; allowed: pan_displacement_m, halfshaft_torque_nm" in text
    assert "5: faults.1.extra_s: found 0.1; allowed: at most 0.087 on top of the actuator's own dead time" in text
    assert "6: faults.2.fault: found 'clock_rate' at pace stepped" in text
    assert "7: faults.3.role: found 'scope'; allowed: data_acquisition, supply, waveform_generator" in text


def test_names_are_unique() -> None:
    """And as many as there are classes."""
    for names, classes in ((faults.names(), faults.classes()), (proxy_behaviours.names(), proxy_behaviours.classes())):
        assert len(set(names)) == len(names) == len(classes)


@pytest.mark.parametrize("kind", [DeviceFault, InstrumentFault])
def test_the_documentation_has_every_fault(kind: type[faults.AnyFault]) -> None:
    """The tables that people read are made from the classes that run."""
    classes = [one for one in faults.classes() if issubclass(one, kind)]
    assert table(classes, "fault", ("at_sample", "for_samples")) in DOCS


def test_the_documentation_has_every_behaviour_of_the_proxy() -> None:
    """The same for the proxy."""
    assert table(proxy_behaviours.classes(), "behaviour", ("direction", "after", "times")) in DOCS


def test_the_rack_is_what_the_settings_say() -> None:
    """The roles and inputs by which faults are checked are those of the instruments."""
    assert tuple(cabled_instruments(FakeWires(), 0)) == INSTRUMENTS  # type: ignore[arg-type]

    assert tuple(sensors(FakeWires(), {})) == INPUTS  # type: ignore[arg-type]
