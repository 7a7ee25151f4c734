"""Folders whose names are on the disk when they have been made."""

import os
from pathlib import Path

import pytest

from rig.record import files
from rig.record.files import make_folders


def test_each_new_name_is_brought_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder above each one that was made, from the top; what was there needs nothing."""
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    make_folders(tmp_path / "a" / "b")
    make_folders(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert synced == [tmp_path, tmp_path / "a"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """As the operating system says it."""
    (tmp_path / "a").write_text("")
    with pytest.raises(OSError, match="exists"):
        make_folders(tmp_path / "a")
    with pytest.raises(OSError, match=r"Not a directory|exists"):
        make_folders(tmp_path / "a" / "b")
    assert os.listdir(tmp_path) == ["a"]
