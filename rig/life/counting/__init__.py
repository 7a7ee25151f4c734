"""Counters that stream: several channels a call, memory that is fixed, any split into blocks counts the same.

Each takes finite samples, float64[channels, samples], has a ``state()`` of plain JSON values and can ``restore()`` it.
What a counter was not told of (a value outside its classes) is counted as such, never put into a class at the edge.
"""

from rig.life.counting.classes import Classes
from rig.life.counting.collective import CycleCollective
from rig.life.counting.levels import LevelCounter
from rig.life.counting.range_pairs import RangePairCounter
from rig.life.counting.revolutions import RevolutionCounter
from rig.life.counting.sliding import SlidingCounter

__all__ = ["Classes", "CycleCollective", "LevelCounter", "RangePairCounter", "RevolutionCounter", "SlidingCounter"]
