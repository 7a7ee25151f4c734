"""The checkpoint: once a second and at each change of state, never ahead of the samples on the disk."""

import errno
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rig.record import checkpoint as checkpoint_file
from rig.record.checkpoint import Checkpoint
from rig.record.recorder import READER
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.state import RigState
from rig.supervisor import saving
from rig.supervisor.progress import Progress
from rig.supervisor.saving import Saver

DTYPE = row_dtype(3, 7)


class Setting:
    """A saver, the ring whose rows it stands for, and a clock that is set by hand."""

    def __init__(self, run_dir: Path, ring: Ring) -> None:
        self.ring, self.reader, self.now_ns, self.life = ring, ring.reader(READER), 10**9, 0
        crew: Any = SimpleNamespace(rows=ring, bridge=SimpleNamespace(learned=np.ones((3, 5))))
        judge: Any = SimpleNamespace(state=lambda: {"judged": self.life})
        self.saver, self.file = Saver(run_dir, crew, judge), Checkpoint(run_dir)
        self.progress = Progress(state=RigState.RUNNING)

    def __call__(self) -> int:
        return self.now_ns

    def judge(self, rows: int) -> None:
        """So many rows are judged in all; the recorder has not written them yet."""
        self.ring.push(np.zeros(rows - self.ring.written, DTYPE))
        self.progress.sample, self.life = rows - 1, rows

    def durable(self, rows: int) -> None:
        """So many are on the disk."""
        self.reader.make_durable(rows)

    def turn(self) -> str:
        """A turn; what is said."""
        return self.saver.turn(self.progress, self.ring.written)

    @property
    def saved(self) -> int | None:
        """What the judge had seen, by the checkpoint on the disk."""
        state = self.file.read()
        return None if state is None else state["life"]["judged"]


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    with Ring.create(DTYPE, 1 << 12, (READER,)) as ring:
        made = Setting(tmp_path, ring)
        clock: Any = SimpleNamespace(now_ns=made)
        made.saver._clock = clock
        yield made


def test_it_waits_for_its_samples(setting: Setting) -> None:
    """What is written is the state of then, not of now: its samples are on the disk, the later ones are not."""
    setting.judge(100)
    setting.turn()
    assert setting.saved is None
    setting.judge(150)
    setting.durable(99)
    setting.turn()
    assert setting.saved is None
    setting.durable(120)
    setting.turn()
    assert setting.saved == 100
    assert setting.file.read() == {
        "sample": 99, "distance_m": 0.0, "reduced_m": 0.0, "state": "RUNNING", "wanted_span": 1.0,
        "learned": [[1.0] * 5] * 3, "life": {"judged": 100},
        "reduced": {"total_m": 0.0, "last_m": None, "waiting": []},
        "played": {
            "samples": 0, "row": 0, "full_row": 0, "owed_m": None,
            "distance_m": 0.0, "mono_ns": 0, "segment": -1, "span": 1.0,
        },
    }  # fmt: skip


def test_once_a_second_and_at_each_change_of_state(setting: Setting) -> None:
    """Between, nothing is written."""
    for rows, after_s, state, saved in (
        (10, 0.0, RigState.RUNNING, 10),
        (20, 0.5, RigState.RUNNING, 10),
        (30, 0.1, RigState.HOLDING, 30),
        (40, 0.9, RigState.HOLDING, 30),
        (50, 0.2, RigState.HOLDING, 50),
    ):
        setting.now_ns += int(1e9 * after_s)
        setting.progress.state = state
        setting.judge(rows)
        setting.durable(rows)
        assert setting.turn() == ""
        assert setting.saved == saved


def test_a_disk_that_refuses_is_told(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    """The former one is still there."""
    setting.judge(10)
    setting.durable(10)
    setting.turn()

    def refuse(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint_file, "write_atomically", refuse)
    setting.now_ns += int(1e9 * saving.PERIOD_S)
    setting.judge(20)
    setting.durable(20)
    assert setting.turn() == "the checkpoint can't be written: no space left on device"
    assert setting.saved == 10
