"""The manifest: written once, whole, read back strictly."""

import hashlib
from pathlib import Path

import pytest
from synthetic_run import Recipe, make_manifest

from profiles.schema import InputError
from rig.record import manifest


def test_manifest_comes_back(tmp_path: Path) -> None:
    """What was written is read, all of it, and nothing else is left in the folder."""
    described = make_manifest(Recipe())
    manifest.write(tmp_path, described)
    assert manifest.read(tmp_path) == described
    assert [path.name for path in tmp_path.iterdir()] == [manifest.FILE_NAME]


def test_manifest_is_written_once(tmp_path: Path) -> None:
    """A second manifest is refused and the first stays."""
    manifest.write(tmp_path, make_manifest(Recipe()))
    with pytest.raises(FileExistsError):
        manifest.write(tmp_path, make_manifest(Recipe(seed=8)))
    assert manifest.read(tmp_path).seed == 7


@pytest.mark.parametrize("text", [None, "", "{", '{"schema": 1}', '{"unknown": 1}', "[]"])
def test_bad_manifest_is_told_in_words(tmp_path: Path, text: str | None) -> None:
    """A missing or malformed manifest is an input error that names the file."""
    if text is not None:
        (tmp_path / manifest.FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=r"manifest\.json"):
        manifest.read(tmp_path)


def test_input_is_kept_whole(tmp_path: Path) -> None:
    """An input carries its text and the hash of its bytes; one that is no text carries the hash alone."""
    path = tmp_path / "dunes.yaml"
    path.write_text("kind: terrain # größer\n", encoding="utf-8")
    found = manifest.input_of("terrain", path)
    assert found.text == path.read_text(encoding="utf-8")
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(b"\xff\x00\x80")
    assert manifest.input_of("road", path).text == ""
    with pytest.raises(InputError, match="no such file"):
        manifest.input_of("road", tmp_path / "missing")


def test_versions_name_what_computes() -> None:
    """Python and the packages that the result depends on are named with their versions."""
    assert {"python", "numpy", "numba", "pyarrow", "erg-rig"} <= set(manifest.versions())
