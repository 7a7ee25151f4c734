"""Component and specimens files: those of the library, and files with faults."""

from pathlib import Path

import pytest

from profiles.catalogue import names
from profiles.schema import InputError
from rig.life import components, specimens
from rig.life.components import components_of, load_component
from rig.life.laws import cycles_to_failure
from rig.life.laws.schema import BasquinLaw
from rig.life.specimens import load_specimens


@pytest.mark.parametrize("name", names(components.FOLDER))
def test_library_components_are_sound(name: str) -> None:
    """Each file loads, is named as its file, and says where its values are from."""
    component = load_component(name)
    assert component.name == name
    assert all(len(law.source) > 20 for law in component.damage)
    assert len(component.watch.source if component.watched else component.watch.why) > 20


def test_library_has_the_parts_of_the_corner() -> None:
    """The six parts that the default rig watches are there, and the five that it loads without seeing them."""
    watched = {name: load_component(name).watched for name in names(components.FOLDER)}
    assert [name for name in watched if watched[name]] == [
        "coil_spring",
        "cv_joint",
        "damper",
        "half_shaft",
        "hub_bearing",
        "top_mount",
    ]
    assert [name for name in watched if not watched[name]] == [
        "body_mount", "control_arm_bush", "differential_mount", "lower_control_arm", "propshaft",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names(specimens.FOLDER))
def test_library_specimens_are_sound(name: str) -> None:
    """Each file loads, is named as its file, and each of its parts is a known component."""
    file = load_specimens(name)
    assert file.name == name
    assert [each.name for each in components_of(file)] == [part.component for part in file.specimens]


@pytest.mark.parametrize(
    ("name", "range_", "cycles"),
    [("damper", 10_300.0, 4.0e6), ("top_mount", 9_500.0, 3.0e6), ("half_shaft", 4e3, 4e6), ("propshaft", 4e3, 5e6)],
)
def test_lives_fit_the_reference_mix(name: str, range_: float, cycles: float) -> None:
    """One million ranges equivalent to 5,000 km take 1/4, 1/3 and 1/4 of the life, within a factor of two."""
    law = load_component(name).damage[0]
    assert isinstance(law, BasquinLaw)
    assert 0.5 < cycles_to_failure(law, range_) / cycles < 2.0


def test_faults_of_a_component_come_all_at_once(tmp_path: Path) -> None:
    """An unknown key, a share beyond 1, a word for a number and a missing source: four faults, each with its line."""
    text = (components.FOLDER / "coil_spring.yaml").read_text()
    text = text.replace("weibull_shape: 3.0", "weibull_shape: three").replace("loss: 0.4", "loss: 1.4")
    text = text.replace("gate: 0.002", "gate: 0.002\n    colour: red").replace("    confidence: low\n", "")
    path = tmp_path / "coil_spring.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        load_component(str(path))
    keys = {fault.key.rpartition(".")[2] for fault in error.value.faults}
    assert {"weibull_shape", "loss", "colour", "confidence"} <= keys
    assert all(fault.line > 0 and fault.file == str(path) for fault in error.value.faults)


def test_a_component_is_named_as_its_file(tmp_path: Path) -> None:
    """A copy under another name would be found by a name that it does not have: refused."""
    path = tmp_path / "spring.yaml"
    path.write_text((components.FOLDER / "coil_spring.yaml").read_text())
    with pytest.raises(InputError, match="'spring', the name of the file"):
        load_component(str(path))


def test_warning_beyond_failure_is_refused(tmp_path: Path) -> None:
    """A warning that would come after the failure is a mistake."""
    path = tmp_path / "coil_spring.yaml"
    text = (components.FOLDER / "coil_spring.yaml").read_text()
    path.write_text(text.replace("warning_loss: 0.03", "warning_loss: 0.3"))
    with pytest.raises(InputError, match="warning_loss of at most failure_loss"):
        load_component(str(path))


def test_unknown_component_names_those_there_are(tmp_path: Path) -> None:
    """A specimen of a component that the library does not have is told with what it has."""
    path = tmp_path / "parts.yaml"
    path.write_text("kind: specimens\nname: parts\nspecimens:\n  - {component: dampr, serial: D-1}\n")
    with pytest.raises(InputError, match="did you mean 'damper'"):
        components_of(load_specimens(str(path)))


def test_two_specimens_of_one_component_are_refused(tmp_path: Path) -> None:
    """There is one place for each component on the rig."""
    path = tmp_path / "parts.yaml"
    part = "  - {component: damper, serial: D-1}\n"
    path.write_text(f"kind: specimens\nname: parts\nspecimens:\n{part}{part}")
    with pytest.raises(InputError, match="more than one: damper"):
        load_specimens(str(path))


def test_truth_is_carried_and_not_read() -> None:
    """The controller's model takes any truth and gives it back."""
    part = specimens.Specimen(component="damper", serial="D-1", truth={"anything": 1.0, "mode": "leak"})
    assert part.truth == {"anything": 1.0, "mode": "leak"}
