"""Variants of components, and parts that nothing watches: what files may say, and what is said of wrong ones."""

from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.life import components
from rig.life.components import components_of, load_component, variant_of
from rig.life.laws.schema import BasquinLaw
from rig.life.specimens import SpecimenFile, load_specimens


def mounted(folder: Path, parts: str) -> SpecimenFile:
    """Specimens as a file has them."""
    path = folder / "parts.yaml"
    path.write_text(f"kind: specimens\nname: parts\nspecimens:\n{parts}")
    return load_specimens(str(path))


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    """A component of the library with a change."""
    text = (components.FOLDER / f"{name}.yaml").read_text()
    assert old in text
    path = folder / f"{name}.yaml"
    path.write_text(text.replace(old, new))
    return path


def test_a_specimens_variant_chooses_the_values(tmp_path: Path) -> None:
    """The stock half-shaft bears less; race and no variant are the file's own values."""
    ranges = []
    for variant in (", variant: race", ", variant: stock", ""):
        (part,) = components_of(mounted(tmp_path, f"  - {{component: half_shaft, serial: H-9{variant}}}\n"))
        assert isinstance(part.damage[0], BasquinLaw)
        ranges.append(part.damage[0].reference_range)
    assert ranges == [4450.0, 3800.0, 4450.0]


def test_a_variant_may_change_what_is_watched() -> None:
    """The stock damper is drawn softer; its other values stay."""
    race, stock = (variant_of(load_component("damper"), name) for name in ("race", "stock"))
    assert race == load_component("damper")
    assert (race.watch.rebound_ns_per_m, stock.watch.rebound_ns_per_m) == (9000.0, 5000.0)  # type: ignore[union-attr]
    assert stock.damage[1] == race.damage[1]


def test_an_unknown_variant_names_those_there_are(tmp_path: Path) -> None:
    """Told where the specimens file is checked, and where a run would begin."""
    file = mounted(tmp_path, "  - {component: damper, serial: D-9, variant: rase}\n")
    with pytest.raises(InputError, match="found 'rase'; allowed: a variant of damper: race, stock"):
        components_of(file)
    with pytest.raises(InputError) as caught:
        components.check_components(tmp_path / "parts.yaml", file)
    (fault,) = caught.value.faults
    assert (fault.file, fault.key) == (str(tmp_path / "parts.yaml"), "specimens.0.variant")


def test_without_variants_a_variant_is_a_label(tmp_path: Path) -> None:
    """A component of one's own that has none takes any, as before there were variants."""
    text = (components.FOLDER / "half_shaft.yaml").read_text()
    path = tmp_path / "half_shaft.yaml"
    path.write_text(text[: text.index("variants:")])
    own = load_component(str(path))
    assert variant_of(own, "anything") == own


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ("torsion_fatigue: {ref", "torsion: {ref", "variants.stock.damage.torsion", "torsion_fatigue"),
        ("{reference_range", "{range", "variants.stock.damage.torsion_fatigue.range", "a number of it"),
        ("{reference_range: 3800.0", "{exponent: 30.0", "variants.stock.damage.torsion_fatigue.exponent", "at most 20"),
        ("{reference_range: 3800.0", "{reference_range: -1.0", "variants.stock.damage.torsion_fatigue.reference_range",
         "more than 0"),
    ],
)  # fmt: skip
def test_a_wrong_variant_is_told_where_it_stands(tmp_path: Path, old: str, new: str, key: str, allowed: str) -> None:
    """A law, a value or a number that the component can't have: file, line and key."""
    path = edited(tmp_path, "half_shaft", old, new)
    with pytest.raises(InputError) as caught:
        load_component(str(path))
    (fault,) = caught.value.faults
    assert (fault.key, fault.line) == (key, len(path.read_text().splitlines()))
    assert allowed in fault.allowed


def test_who_watches_nothing_says_why(tmp_path: Path) -> None:
    """No watch without a reason; and it fails in no mode."""
    path = edited(tmp_path, "propshaft", "  why: >-\n", "  because: >-\n")
    with pytest.raises(InputError, match="why"):
        load_component(str(path))
    assert load_component("propshaft").mechanism_of("fracture") is None
