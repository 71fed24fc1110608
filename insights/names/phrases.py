"""The phrases of a text that can stand alone as a name: noun phrases, verb phrases, statements, whole questions.

A text's words become a line of letters, one a word for its part of speech; patterns over that line are the grammar.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from insights.names import wording

MOST_WORDS = 9
# D determiner S possessive O "no" L "not" P preposition T "to" R pronoun Q pronoun with verb B be H have M modal
# C and K clause W question word I degree A adverb F filler U number; N noun J adjective V Z E G verb forms; _ a break
_NP = r"(?:[IA]?J|N|E|G|X)*[NX]"
_PP = rf"(?:P[DSO]?{_NP})"
_OBJECT = rf"(?:[DSO]?{_NP})"
SHAPES = {
    "noun": re.compile(rf"O?{_NP}(?:{_PP}|C{_NP})?"),
    "verb": re.compile(rf"(?:[LM]?V|G)Y?{_OBJECT}{_PP}?|(?:[VG]|LV)Y?{_PP}|E{_OBJECT}{_PP}?"),
    "state": re.compile(
        rf"{_NP}(?:B|Hb|Mb)[LA]*I?(?:J|E)(?:{_PP}|TV{_OBJECT}?)?|{_NP}(?:[EZ])(?:{_PP}|A)?|{_NP}(?:ML?V|HL?E)Y?{_OBJECT}?"
        rf"|[LI]+[LIA]*J(?:{_PP}|TV{_OBJECT}?)?|{_NP}B[DSO]?{_NP}|L[JE](?:{_PP}|TV{_OBJECT}?)?"
    ),
    "command": re.compile(rf"VR{_OBJECT}{_PP}?"),
    "question": re.compile(r"(?:[Ww][^_KkUF]*|[BMH][^_KkUF]*)"),
    "statement": re.compile(rf"(?:R[^_KkCUF]+|Q[^_KkCUF]+|[DS]{_NP}[BHMVZE][^_KkCUF]+|{_NP}[BHMZ][^_KkCUF]+)"),
}
_USEFUL = frozenset(["make", "find", "call", "take", "use", "keep"])  # light verbs that a phrase may begin with
_OPEN = frozenset("PTDSOCKkWwBbMHIQ")  # parts that no phrase ends in


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as written: its lower-case words, its shape (a key of SHAPES), what it tells as stems."""

    words: tuple[str, ...]
    shape: str
    stems: tuple[str, ...]


def tags(words: list[str]) -> str:
    """A letter per lower-case word, by its part of speech and what stands beside it."""
    found = ""
    for at, word in enumerate(words):
        following = wording.part(words[at + 1]) if at + 1 < len(words) else "_"
        tag = _in_place(word, wording.part(word), found[-1:] or "_", following)
        if tag == "Y" and found.endswith("N") and words[at - 1] in wording.lexicon()["both"]:
            tag = "N"  # "my top up"
        found += tag
    return found


def _in_place(word: str, tag: str, before: str, following: str) -> str:
    """A word's part of speech between two others; "_" is a clause's end. Words that may be both are settled here."""
    known = wording.lexicon()
    if word in ("up", "out", "off", "down") or (word == "back" and before in "VZEG"):
        return "Y"
    if word in known["particle"] and before in "VZEG" and following == "_":
        return "Y"
    if word == "no" and following in "_RQFKW":
        return "F"
    if word == "like" and before in "RMT":
        return "V"
    if word == "that" and following in "RQDS":
        return "K"
    both = {word, word.removesuffix("s"), word.removesuffix("es")} & known["both"]
    if tag in "VZ" and both and before in "DSOJPNXEU" and not (before == "N" and following in "DSR"):
        return "N"
    noun = (
        (tag == "V" and both and before == "_" and following not in "DSRPUY")
        or (tag == "V" and before in "DSO")
        or (tag == "Z" and ((before == "_" and both) or before in "JDSP"))
        or (tag == "G" and before in "DSO" and following not in "NJGE")
        or (tag == "J" and before in "DS" and following not in "NJGEUVZCX")
    )
    return "N" if noun else tag


def of_text(text: str) -> Iterator[Phrase]:
    """The phrases of a text, each once for every place where it stands."""
    pieces = wording.BREAK.split(text.replace("’", "'"))
    for clause, end in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        run = wording.words(clause)
        if run:
            yield from _of_clause(run, asked="?" in end)


def _of_clause(run: list[str], *, asked: bool) -> Iterator[Phrase]:
    lower = [wording.spellings().get(word.lower(), word).lower() for word in run]
    line = tags(lower)
    for at in range(1, len(line)):  # "SOC 2", but not "two cards"
        if line[at] == "U" and (
            (run[at - 1].isupper() and len(run[at - 1]) > 1) or lower[at - 1] in wording.spellings()
        ):
            line = f"{line[:at]}X{line[at + 1 :]}"
    start = re.match(r"[FKACI]*", line).end()  # type: ignore[union-attr]
    if line[start : start + 1] == "A":
        start += 1
    # A clause's first word has its capital from its place, so its own case is unknown.
    shown = [run[0].lower() if run[0].istitle() else run[0], *run[1:]]

    def phrase(first: int, last: int, shape: str) -> Phrase:
        return Phrase(tuple(shown[first:last]), shape, tuple(wording.stems(lower[first:last])))

    end = len(line.rstrip("F"))
    if 3 <= end - start <= MOST_WORDS + 1 and not _broken(line, lower, start, end) and "F" not in line[start:end]:
        if _is_question(line[start:end], lower[start:end], asked):
            yield phrase(start, end, "question")
        elif not asked and line[end - 1] not in _OPEN and SHAPES["statement"].fullmatch(line[start:end]):
            yield phrase(start, end, "statement")
    for shape in ("noun", "verb", "state", "command"):
        for first in range(len(line)):
            if line[first] in "F_KkCTUX" or not _may_begin(shape, line, lower, first):
                continue
            for last in range(first + 1, min(first + MOST_WORDS, len(line)) + 1):
                if SHAPES[shape].fullmatch(line, first, last) and _may_end(shape, line, lower, last):
                    if _broken(line, lower, first, last):
                        continue
                    cut = first and line[first - 1] in "NXJEG" and shape != "verb"
                    yield phrase(first, last, f"{shape} tail" if cut else shape)


def _broken(line: str, lower: list[str], first: int, last: int) -> bool:
    """Whether verb forms do not go together: "hasn't came", or "can't put", which wants more than an object."""
    for at in range(first + 1, last):
        if line[at] == "E" and lower[at] in wording.past_only() and "H" in line[first:at]:
            return True
        if (
            line[at] == "V"
            and lower[at] in ("put", "get", "go", "be", "let")
            and at == first + 1
            and line[first] in "ML"
        ):
            return True
    return False


def _may_end(shape: str, line: str, lower: list[str], last: int) -> bool:
    after, end = line[last : last + 1], line[last - 1]
    if last > 1 and lower[last - 1] in wording.lexicon()["open"] and line[last - 2] != "L":
        return False
    if after and after in "NXGU" and end in "NXJEG":
        return False  # a compound is not cut: not "minimum contract" out of "minimum contract term"
    if end in "VEZ":
        if lower[last - 1] in wording.lexicon()["light"] or (after and after in "NXJDSYOTRG"):
            return False
        return shape != "state" or line[last - 2] in "BHMLAIV" or lower[last - 1] in wording.lexicon()["alone"]
    return not (end == "J" and after and after in "NXJEG")


def _may_begin(shape: str, line: str, lower: list[str], first: int) -> bool:
    """Whether a phrase stands where one can be lifted out: of verbs "I want to", "can I", "please", a clause's
    start."""
    before = line[first - 1] if first else ""
    if line[first] == "M" and not lower[first].endswith("n't"):
        return False
    if shape == "noun":
        return not (line[first] == "J" and before == "I")
    if shape == "state":
        return not (before and before in "NXP")
    if shape == "command":
        return lower[first + 1 : first + 2] in (["me"], ["us"]) and (before in "FKA" or lower[first - 1] == "you")
    if line[first] in "VEG" and lower[first] in wording.lexicon()["light"] and lower[first] not in _USEFUL:
        return False
    if line[first] == "V":
        return (
            before in ("", "T", "M", "R", "F", "L", "A", "K", "k", "C", "Q") and line[max(0, first - 2) : first] != "HR"
        )
    return before in ("", "R", "F", "A", "K", "k", "C", "Q", "P", "B", "V", "Z")


def _is_question(line: str, lower: list[str], asked: bool) -> bool:
    if not SHAPES["question"].fullmatch(line):
        return False
    if line[-1] in _OPEN and not (
        lower[-1] in ("for", "with", "from", "to", "in", "on", "about", "like")
        and lower[0] in ("what", "who", "which", "where")
    ):
        return False
    subject = r"(?:R|[DSO]?(?:J|N|X|E|G|I)+|B)"
    if line[0] in "Ww":
        return asked or bool(re.match(rf"W[^BMHR]{{0,3}}[BMH]{subject}|w[DS]?[NXJ]", line))
    if line[0] == "M" and not re.match(rf"M{subject}[ALI]*V", line):
        return False
    return (asked or lower[0] in ("do", "does", "can", "is", "are")) and bool(re.match(rf"[BMH]{subject}", line))
