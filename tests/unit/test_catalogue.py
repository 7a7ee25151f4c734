"""Arguments that name a file or an entry of a library folder."""

from pathlib import Path

import pytest

from profiles.catalogue import find, names
from profiles.road.terrain import FOLDER
from profiles.schema import InputError


def test_a_bare_name_is_looked_up_in_the_library() -> None:
    """A name without a slash or .yaml is a file of the folder."""
    assert find("dune_loop", FOLDER, "terrain") == FOLDER / "dune_loop.yaml"
    assert {"belgian_block", "dune_loop"} <= set(names(FOLDER))


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    """A path is not looked up in the library."""
    path = tmp_path / "mine.yaml"
    path.touch()
    assert find(str(path), FOLDER, "terrain") == path


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("dune_lop", "did you mean 'dune_loop'"),
        ("", "the library has"),
        ("no/where", "no such file"),
        ("dune_loop.yaml", "no such file"),
        ("a/" + 5000 * "x", "no such file"),
        ("a/\0", "no such file"),
    ],
)
def test_what_is_not_there_is_an_input_error_that_helps(what: str, words: str) -> None:
    """A name that is close to one in the library suggests it; a path that is not there says so."""
    with pytest.raises(InputError, match=words):
        find(what, FOLDER, "terrain")
