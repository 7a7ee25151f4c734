"""Tests that are played again: only where time was stolen and the record says that the device ran dry."""

from pathlib import Path

import pytest

from tests import stolen_time
from tests.stolen_time import TRIES, again_where_the_device_ran_dry


class Played:
    """A test that leaves a record and fails, so many times."""

    def __init__(self, failures: int, said: str) -> None:
        self.failures, self.said = failures, said
        self.folders: list[Path] = []

    def __call__(self, tmp_path: Path) -> None:
        self.folders.append(tmp_path)
        (tmp_path / "runs").mkdir()
        (tmp_path / "runs" / "events.jsonl").write_text(self.said)
        assert len(self.folders) > self.failures


def play(played: Played, tmp_path: Path) -> None:
    """Once, as pytest does."""

    def test(tmp_path: Path) -> None:
        played(tmp_path)

    again_where_the_device_ran_dry(test)(tmp_path=tmp_path)


@pytest.fixture
def stolen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the ticks finds more of them."""
    ticks = iter(range(100))
    monkeypatch.setattr(stolen_time, "steal_ticks", lambda: next(ticks))


@pytest.mark.usefixtures("stolen")
def test_an_underrun_in_stolen_time_is_played_again_in_a_new_folder(tmp_path: Path) -> None:
    """Up to the last try."""
    played = Played(TRIES - 1, "the device faulted: UNDERRUN")
    play(played, tmp_path)
    assert len(set(played.folders)) == TRIES


@pytest.mark.usefixtures("stolen")
def test_the_last_try_counts(tmp_path: Path) -> None:
    """One more failure than tries."""
    played = Played(TRIES, "the device faulted: UNDERRUN")
    with pytest.raises(AssertionError):
        play(played, tmp_path)
    assert len(played.folders) == TRIES


@pytest.mark.usefixtures("stolen")
def test_another_failure_counts_at_once(tmp_path: Path) -> None:
    """Time was stolen, and the device did not run dry."""
    played = Played(1, "the device faulted: WATCHDOG")
    with pytest.raises(AssertionError):
        play(played, tmp_path)
    assert len(played.folders) == 1


def test_an_underrun_of_our_own_counts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was stolen."""
    monkeypatch.setattr(stolen_time, "steal_ticks", lambda: 7)
    played = Played(1, "the device faulted: UNDERRUN")
    with pytest.raises(AssertionError):
        play(played, tmp_path)
    assert len(played.folders) == 1
