"""What is to happen at a sample: asked by the servo controller before it plays, told after it has played."""

FAR = 1 << 32
"""More samples than are ever played at once."""


class Schedule:
    """Nothing ever happens; what makes things happen derives from it."""

    def room(self, played: int) -> int:
        """How many samples may be played now, at least 1, until something is to happen; ``played`` have been."""
        del played
        return FAR

    def played(self, count: int) -> None:
        """So many more samples have been played in RUN; 0 where the state has changed."""
