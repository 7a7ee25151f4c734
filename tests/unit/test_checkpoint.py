"""The checkpoint: the old one or the new one, never half of one."""

import os
from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.record.checkpoint import Checkpoint


def test_checkpoint_comes_back(tmp_path: Path) -> None:
    """The last state written is the one that is read; before the first there is none."""
    checkpoint = Checkpoint(tmp_path)
    assert checkpoint.read() is None
    checkpoint.write({"sample": 1, "residue": [1.5, -2.0]})
    checkpoint.write({"sample": 2, "residue": []})
    assert checkpoint.read() == {"sample": 2, "residue": []}
    assert len(list(tmp_path.iterdir())) == 1


def test_failed_write_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses the new checkpoint, the old one is still there and no half file with it."""
    checkpoint = Checkpoint(tmp_path)
    checkpoint.write({"sample": 1})

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            checkpoint.write({"sample": 2})
    assert checkpoint.read() == {"sample": 1}
    assert len(list(tmp_path.iterdir())) == 1


def test_damaged_checkpoint_is_told_in_words(tmp_path: Path) -> None:
    """A file that is no JSON object is an input error that names it."""
    checkpoint = Checkpoint(tmp_path)
    checkpoint.path.write_text("[1")
    with pytest.raises(InputError, match=r"checkpoint\.json"):
        checkpoint.read()
