"""Utterances in, insights out: build() loads once, find() runs over a stream in batches and keeps its order.

Cheap to dear: spaCy rules over everything, a small trained language model only where it can matter.
"""

from insights.language.doubts import doubts
from insights.language.finder import Finder, Read, Work, build, find, read, shipped
from insights.language.tagging import Tagged
from insights.language.turns import Turn

__all__ = ["Finder", "Read", "Tagged", "Turn", "Work", "build", "doubts", "find", "read", "shipped"]
