"""Where sockets are: only the owner can get in, live runs are found, what dead ones left goes."""

import os
import socket
import stat
from pathlib import Path

import pytest

from profiles.schema import InputError
from rig.operator import folder as places
from rig.operator.client import NoSuchRunError, find_run
from rig.operator.folder import FolderError, LiveRun, folders_of, live_runs, made, opened
from rig.operator.server import OperatorServer, open_server


def alive(folder: Path) -> list[str]:
    """Names of the live runs."""
    return [run.run.name for run in live_runs([folder], os.geteuid())]


def test_folder_and_socket_are_for_their_owner_only(tmp_path: Path) -> None:
    """0700 and 0600, whatever the umask is."""
    before = os.umask(0)
    try:
        with OperatorServer(tmp_path / "run", tmp_path / "erg") as server:
            server.publish()
            modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "erg").iterdir()}
            assert stat.S_IMODE((tmp_path / "erg").stat().st_mode) == 0o700
            assert modes == {0o600}
    finally:
        os.umask(before)


@pytest.mark.parametrize("what", ["symlink", "file", "wide", "foreign"])
def test_a_folder_that_can_not_be_trusted_is_refused(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A symbolic link, no folder, one that others may enter, one of somebody else's: said, with what to do."""
    folder = tmp_path / "erg"
    if what == "symlink":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    elif what == "file":
        folder.write_text("")
    else:
        folder.mkdir(mode=0o700)
    if what == "wide":
        folder.chmod(0o750)
    if what == "foreign":
        monkeypatch.setattr(places.os, "geteuid", lambda: os.getuid() + 1)
    words = {"symlink": "is a symbolic link", "wide": "has the permissions 0750", "foreign": "belongs to user"}
    with pytest.raises(FolderError, match=words.get(what, "not a directory")) as raised:
        OperatorServer(tmp_path / "run", folder)
    assert "XDG_RUNTIME_DIR" in str(raised.value)


def test_a_run_is_refused_before_it_starts_where_nobody_could_operate_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is looked at first: bad input, nothing has moved."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "erg").mkdir()
    (tmp_path / "erg").chmod(0o777)
    with pytest.raises(InputError, match="allowed: 0700"):
        open_server(tmp_path / "run")


def test_a_run_is_found_from_its_publication_to_its_end(tmp_path: Path) -> None:
    """Not while it comes up, and not after it is over; its folder goes with the last one."""
    folder = tmp_path / "erg"
    with OperatorServer(tmp_path / "one", folder) as one, OperatorServer(tmp_path / "two", folder) as two:
        assert alive(folder) == []
        one.publish()
        assert alive(folder) == ["one"]
        two.publish()
        assert alive(folder) == ["one", "two"]
    assert not folder.exists()


def test_what_a_dead_run_left_is_cleared_away(tmp_path: Path) -> None:
    """A socket that refuses, beside its pointer: its process was killed. One that is only being made stays."""
    folder = tmp_path / "erg"
    made(folder)
    with opened(folder, os.geteuid()) as handle:
        for key, pointed in (("dead", True), ("new", False), ("old", False)):
            places.listen(handle, key).close()
            if pointed:
                places.point(handle, key, tmp_path / key)
        os.utime(folder / "old.sock", (0, 0))
        assert alive(folder) == []
        assert sorted(os.listdir(folder)) == ["new.sock"]


def test_a_run_whose_folder_is_taken_away_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime folder goes when its user logs out; the run stays reachable."""
    monkeypatch.setattr("rig.operator.server._LOOKS_AFTER_ITSELF_S", 0.0)
    folder = tmp_path / "erg"
    with OperatorServer(tmp_path / "run", folder) as server:
        server.publish()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        server.turn()
        assert alive(folder) == ["run"]


def test_a_user_s_folders_are_all_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that a service started has another environment than the login it is asked from."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    uid = os.geteuid()
    assert folders_of(uid)[0] == tmp_path / "erg"
    assert folders_of(uid)[-1] == Path(f"/tmp/erg-{uid}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "not there"))
    assert tmp_path / "erg" not in folders_of(uid)


def live(*names: str) -> list[LiveRun]:
    """Runs of these directories."""
    return [LiveRun(Path(name), 1, Path("/nowhere"), "key", os.geteuid()) for name in names]


@pytest.mark.parametrize(
    ("said", "runs", "found"),
    [
        (None, ["/runs/a"], "/runs/a"),
        ("a", ["/runs/a", "/runs/b"], "/runs/a"),
        ("/runs/b", ["/runs/a", "/runs/b"], "/runs/b"),
        ("/runs/../runs/b", ["/runs/a", "/runs/b"], "/runs/b"),
    ],
)
def test_which_run_is_meant(said: str | None, runs: list[str], found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only one, or the one that is named, by its name or its path."""
    monkeypatch.setattr("rig.operator.client.live_runs", lambda *_: live(*runs))
    assert find_run(said).run == Path(found)


@pytest.mark.parametrize(
    ("said", "runs", "words"),
    [
        (None, [], "no run is live; there is nothing to operate"),
        (None, ["/runs/a", "/runs/b"], r"2 runs are live, and RUN does not say which; name one of these:\n  /runs/a\n"),
        ("c", ["/runs/a"], r"c is no live run; name one of these:\n  /runs/a"),
        ("a", ["/x/a", "/y/a"], "a is the name of 2 live runs"),
    ],
)
def test_no_run_is_meant_or_more_than_one(
    said: str | None, runs: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a guess: what there is, is listed."""
    monkeypatch.setattr("rig.operator.client.live_runs", lambda *_: live(*runs))
    with pytest.raises(NoSuchRunError, match=words):
        find_run(said)


def test_a_long_path_is_no_trouble(tmp_path: Path) -> None:
    """A socket's path has 107 bytes at most; it is reached by way of its open folder."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    with OperatorServer(tmp_path / ("r" * 200), deep / "erg") as server:
        server.publish()
        (run,) = live_runs([deep / "erg"], os.geteuid())
        with run.connect(1.0) as connection:
            assert connection.family is socket.AF_UNIX
