"""The gate: checks whether lists of members and non-members can carry a membership figure."""

from faceaudit.gate.checks import Check, one_answer
from faceaudit.gate.examine import Gate, examine
from faceaudit.gate.lists import PairList, of_pairs, read_list

__all__ = ["Check", "Gate", "PairList", "examine", "of_pairs", "one_answer", "read_list"]
