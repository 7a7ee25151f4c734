"""The end of the record: the recorder writes what is left and says what it has, or is made to end."""

from rig.record.recorder import FINISH, RecorderFault, RecorderFinished
from rig.supervisor.crew import CrewError, Member
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.supervisor.watch import Watch

PATIENCE_S = 60.0
"""For the last rows and the last segment; a recorder that takes no row for as long as `Watch` allows is given up."""
LOST_S = 5.0
"""For one that has stood still before: it may go on."""


def finish_recording(recorder: Member, watch: Watch, tell: Journalist, progress: Progress) -> RecorderFinished | None:
    """Have the recorder finish; None where it can't, which is on record then."""
    lost = watch.has_lost(recorder)

    def give_up() -> None:
        if not lost and (still := watch.recorder_still()):
            raise CrewError(still)

    try:
        recorder.connection.send(FINISH)
        answer = recorder.receive(LOST_S if lost else PATIENCE_S, give_up)
    except (CrewError, OSError) as error:
        recorder.process.kill()
        if not watch.has_lost(recorder):
            words = str(error) if isinstance(error, CrewError) else "the recorder process is gone"
            tell.disk_fault(words, progress)
        return None
    if isinstance(answer, RecorderFault):
        tell.disk_fault(answer.text, progress)
        return None
    return answer if isinstance(answer, RecorderFinished) else None
