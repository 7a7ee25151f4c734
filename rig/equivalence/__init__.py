"""What a run is worth: how many kilometres of a target course, by each part and each channel (docs/equivalence.md)."""

from rig.equivalence.answer import Answer, ChannelEquivalent, LawEquivalent, equivalence
from rig.equivalence.asked import Asked

__all__ = ["Answer", "Asked", "ChannelEquivalent", "LawEquivalent", "equivalence"]
