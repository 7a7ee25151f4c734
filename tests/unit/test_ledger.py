"""The list of runs: whatever is in the folder."""

from pathlib import Path

from rig.ledger import entries
from rig.record.manifest import FILE_NAME
from tests.commands import rig
from tests.synthetic_run import Recipe, make_run


def test_every_run_has_its_entry(tmp_path: Path) -> None:
    """One that survived, one that failed, one that died, one that can't be read; other folders are none."""
    make_run(tmp_path / "a", Recipe())
    make_run(tmp_path / "b", Recipe(broken_at_s=10.0))
    make_run(tmp_path / "c", Recipe(closed=False, with_verdict=False))
    make_run(tmp_path / "d")
    (tmp_path / "d" / FILE_NAME).write_text("{")
    (tmp_path / "e").mkdir()
    found = {one.name: one for one in entries(tmp_path)}
    assert {name: (one.state, one.outcome) for name, one in found.items()} == {
        "a": ("ended", "SURVIVED"),
        "b": ("ended", "FAILED"),
        "c": ("died", ""),
        "d": ("unreadable", ""),
    }
    assert found["b"].failed == ("coil_spring",)
    assert found["c"].duration_s == 20.0
    assert found["c"].distance_km is not None
    assert abs(found["c"].distance_km - 0.3) < 0.05
    assert FILE_NAME in found["d"].reason


def test_the_command_lists_them(tmp_path: Path) -> None:
    """As a table and as JSON; no folder is bad input, an empty one is not."""
    make_run(tmp_path / "runs" / "a", Recipe(broken_at_s=10.0))
    shown = rig("runs", str(tmp_path / "runs"))
    assert shown.code == 0
    assert "FAILED" in shown.out
    assert "coil_spring" in shown.out
    assert '"outcome": "FAILED"' in rig("runs", str(tmp_path / "runs"), "--json").out
    assert "no run in" in rig("runs", str(tmp_path)).out
    missing = rig("runs", str(tmp_path / "none"))
    assert missing.code == 2
    assert "a folder of run directories" in missing.err
