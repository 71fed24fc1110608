"""Is this the same conversation again? Verdicts on pairs: the same content, or the same record after an edit.

Words decide, facts can only forbid: what stands under another account or on another day is not the same again, unless
two people were heard saying the same hundred words, which happens once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from insights.formats.tables.origins import CELL, FEW, SAID
from insights.once import accounts, boilerplate, days, likeness
from insights.once.days import When
from insights.once.seen import Seen

SAME_TALK = 0.75  # two transcripts of one call: a seventh of the words heard otherwise still gives 0.8
SAME_TEXT = 0.9
HALF = 0.5  # of the words: less is another note under a number that was given twice
NEARLY_ALL = 0.97  # where neither the account nor a person is known of both
SAME_RECORD = 0.5  # an edited record that kept its number
EDITED = 0.6  # an edited note without a number
UNDATED = 0.75  # the same where a day is missing: forms filled for one account are alike by half
UNLIKE = 0.3  # unrelated texts
WITHIN = 0.85  # of the shorter one's word pairs
SURE_WORDS = 100
TELLING_NUMBER = 8  # characters: "17" names a row in many files, "00T5g00000AbCdE" one record
FEW_WORDS = 25
FORM_LINES = 3
SPOKEN = ("call", "chat")
FEW_AGAIN = "The few words, the account and the day are the same; what the later upload says counts."


@dataclass(frozen=True)
class Read:
    """A `Seen` with what comparing needs, worked out once."""

    seen: Seen
    words: tuple[str, ...]
    when: When

    @cached_property
    def pairs(self) -> likeness.Pairs:
        return likeness.pairs_of(self.words)

    @property
    def id(self) -> str:
        return self.seen.id


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Literal["duplicate", "revision"]
    confidence: float
    reasons: tuple[str, ...]


def read(seen: Seen) -> Read:
    return Read(seen, tuple(likeness.words("\n".join(seen.texts))), days.when(seen.occurred_at))


def compare(a: Read, b: Read) -> Verdict | None:
    """What `a` and `b` are to each other; the order does not matter. None: two conversations."""
    equal = a.words == b.words
    if a.seen.source_id and a.seen.source_id == b.seen.source_id and a.seen.kind == b.seen.kind:
        verdict = _same_number(a, b, equal)
        if verdict:
            return verdict
    fewest = min(len(a.words), len(b.words))
    if fewest < likeness.FEWEST_WORDS:
        return _short(a, b) if equal and fewest else None
    if _spoken(a) and _spoken(b) and fewest >= SURE_WORDS:
        return _talk(a, b)
    if not _can_be_one(a, b):
        return None
    return _text(a, b, equal)


def same_account(a: Seen, b: Seen) -> bool | None:
    """None when it is not known of both. One deal is one account, however it is spelt."""
    if a.keys & b.keys:
        return True
    return a.account == b.account if a.account and b.account else None


def same_people(a: Seen, b: Seen) -> bool | None:
    """Whether somebody of the buyer's side took part in both; None when either knows nobody."""
    if not a.people or not b.people:
        return None
    return any(accounts.same_person(one, other) for one in a.people for other in b.people)


def _same_number(a: Read, b: Read, equal: bool) -> Verdict | None:
    """Two uploads of one record, unless two systems happened to number alike."""
    if same_account(a.seen, b.seen) is False:
        return None
    number = "It has the same number in its source."
    if equal:
        return Verdict("revision" if _newer(a, b) else "duplicate", 0.99, (number, "The words are the same."))
    if _cut(a.words, b.words) and not _by_a_person(a, b):
        return Verdict("duplicate", 0.97, (number, "One is the beginning of the other."))
    alike, part = _alike(a, b, UNLIKE)
    dated_later = bool(a.when.days) != bool(b.when.days) and _newer(a, b)
    old = a if a.seen.sequence < b.seen.sequence else b
    # A row whose text stood in another column has next to no words of its own.
    told_before = max(alike, part) >= HALF or len(old.words) < likeness.FEWEST_WORDS
    if dated_later and told_before and same_account(a.seen, b.seen) and same_people(a.seen, b.seen):
        told = "The account and the person are the same, and the later one has a date."
        return Verdict("revision", 0.95, (number, told))
    same_day = days.days_after(a.when, b.when) == 0 and same_account(a.seen, b.seen)
    telling = alike > 0 or len(a.seen.source_id) >= TELLING_NUMBER
    if same_day and telling and a.seen.sequence != b.seen.sequence:
        return Verdict("revision", 0.97, (number, "The account and the day are the same, the words were edited."))
    if alike >= SAME_RECORD or part >= WITHIN:
        return Verdict("revision", 0.95, (number, _share(alike, part)))
    return None


def _newer(a: Read, b: Read) -> bool:
    """Exported again with another owner or stage: the newest word counts, unless it knows less of when and with
    whom."""
    old, new = sorted((a, b), key=lambda read: read.seen.sequence)
    return old.seen.sequence < new.seen.sequence and _knows(new) >= _knows(old)


def _told_again(a: Read, b: Read) -> bool:
    """Whether two notes of the same words are one row that came again: in a table with the same columns, its facts
    changed in between, or with another owner. Of other exports the fullest counts, whichever came last."""
    notes = a.seen.kind == b.seen.kind == "note"
    same_moment = a.when.moment == b.when.moment and a.when.days[:1] == b.when.days[:1]
    one_row = _handed_on(a, b) or _same_heads(a, b)
    return notes and same_moment and one_row and _newer(a, b) and not _numbered_apart(a.seen, b.seen)


def _handed_on(a: Read, b: Read) -> bool:
    return bool(a.seen.rep and b.seen.rep) and not accounts.same_person(a.seen.rep, b.seen.rep)


def _same_heads(a: Read, b: Read) -> bool:
    return any(key.startswith((SAID, FEW)) for key in a.seen.origins & b.seen.origins)


def _knows(read: Read) -> int:
    return bool(read.seen.account) + bool(read.when.days)


def _short(a: Read, b: Read) -> Verdict | None:
    """A few words prove nothing; that they were written at the same moment about the same account does.

    So does it when a table with the same columns, or of the same person, comes again with other facts, and when one of
    two uploads gave the day and the other did not: a file whose dates could not be read comes again.
    """
    one_undated = bool(a.when.days) != bool(b.when.days) and a.seen.sequence != b.seen.sequence
    if one_undated and same_account(a.seen, b.seen) and same_people(a.seen, b.seen) is not False:
        same_kind = a.seen.kind == b.seen.kind and not _numbered_apart(a.seen, b.seen)
        reason = "The words and the account are the same, and one of them has no date."
        return Verdict("duplicate", 0.9, (reason,)) if same_kind else None
    if a.when.days and _told_again(a, b) and same_account(a.seen, b.seen):
        nobody = not a.seen.people and not b.seen.people
        if same_people(a.seen, b.seen) or (nobody and _same_heads(a, b)):
            return Verdict("revision", 0.9, (FEW_AGAIN,))
    if a.when.moment is None or a.when.moment != b.when.moment or a.seen.kind != b.seen.kind:
        return None
    if _numbered_apart(a.seen, b.seen) or same_account(a.seen, b.seen) is False or same_people(a.seen, b.seen) is False:
        return None
    if same_account(a.seen, b.seen) or same_people(a.seen, b.seen):
        return Verdict("duplicate", 0.9, ("The words, the moment and the account or person are the same.",))
    return None


def _talk(a: Read, b: Read) -> Verdict | None:
    elsewhere = same_account(a.seen, b.seen) is False
    least = SAME_TEXT if elsewhere or not _near(a, b) else SAME_TALK
    alike, part = _alike(a, b, least)
    if not alike and part < max(least, WITHIN):
        return None
    reasons = [_share(alike, part)]
    if elsewhere:
        reasons.append("It was given to another account: please check which is right.")
    if not _near(a, b):
        reasons.append("It was given another day: please check which is right.")
    return Verdict("duplicate", 0.99 if len(reasons) == 1 else 0.9, tuple(reasons))


def _text(a: Read, b: Read, equal: bool) -> Verdict | None:
    """Notes, mails, short talks, and what one system calls a note and another a mail."""
    account, people = same_account(a.seen, b.seen), same_people(a.seen, b.seen)
    apart = _numbered_apart(a.seen, b.seen)
    few = min(len(a.words), len(b.words)) < FEW_WORDS
    two_records = apart and (a.seen.sequence == b.seen.sequence or _one_series(a.seen.source_id, b.seen.source_id))
    if people is False and not (equal and account):
        return None
    if few and (two_records or _hours_apart(a, b)):
        return None
    if equal:
        if _told_again(a, b):
            return Verdict("revision", 0.97, ("The words are the same; what the later upload says of them counts.",))
        return Verdict("duplicate", 0.97, ("The words are the same, and no fact speaks against it.",))
    if a.seen.kind == b.seen.kind == "email" and not (account or people):
        return None  # what we wrote to many begins the thread of each of them
    notes = a.seen.kind == b.seen.kind == "note"
    if _cut(a.words, b.words) and not (notes and _by_a_person(a, b)):
        return Verdict("duplicate", 0.95, ("One is the beginning of the other.",))
    if two_records:
        return None
    dated = days.days_after(a.when, b.when) is not None
    if not dated and (_is_form(a.seen) or _is_form(b.seen)):
        return None  # a form filled in twice for one account is mostly the same words
    alike, part = _alike(a, b, SAME_RECORD)
    enough = alike >= (EDITED if dated else UNDATED) or part >= WITHIN
    one_row = _same_row(a.seen, b.seen)
    if notes and enough and (account or people or one_row) and not apart and _may_be_an_edit(a, b):
        told = (_share(alike, part), "Its row has the same number.") if one_row else (_share(alike, part),)
        return Verdict("revision", 0.92 if alike >= UNDATED else 0.85, told)
    least = SAME_TALK if _spoken(a) and _spoken(b) else SAME_TEXT
    if alike >= (least if account or people else NEARLY_ALL):
        return Verdict("duplicate", 0.93, (_share(alike, part),))
    if not notes and not few and part >= SAME_TEXT:
        return Verdict("duplicate", 0.9, (_share(0.0, part),))
    return None


def _alike(a: Read, b: Read, least: float) -> tuple[float, float]:
    """How much is the same (0.0 when less than `least`), and how much of the shorter one the longer one holds."""
    alike = likeness.similarity_of(a.words, b.words, a.pairs, b.pairs, least=least)
    return alike, likeness.containment_of(a.pairs, b.pairs)


def _share(alike: float, part: float) -> str:
    if alike:
        return f"{alike:.0%} of the words are the same, in the same order."
    return f"{part:.0%} of the shorter one stands in the longer one."


def _may_be_an_edit(a: Read, b: Read) -> bool:
    """Another upload, by the same rep as far as it is known, and not a second note some odd minutes later."""
    one_rep = not (a.seen.rep and b.seen.rep) or accounts.same_person(a.seen.rep, b.seen.rep)
    return one_rep and a.seen.sequence != b.seen.sequence and not _hours_apart(a, b)


def _can_be_one(a: Read, b: Read) -> bool:
    """No fact speaks against it and one for it: the account, or a person, and the day as far as it is known."""
    account, people = same_account(a.seen, b.seen), same_people(a.seen, b.seen)
    if account is False or not _near(a, b):
        return False
    return bool(account or people or _same_row(a.seen, b.seen)) or min(len(a.words), len(b.words)) >= FEW_WORDS


def _near(a: Read, b: Read) -> bool:
    """The same day as far as it is known; a day and month in the other order; a few hours across midnight."""
    gap = days.days_after(a.when, b.when)
    if not gap or days.swapped(a.when, b.when):
        return True
    return a.when.moment is not None and b.when.moment is not None and abs(a.when.moment - b.when.moment) <= 3 * 3600


def _hours_apart(a: Read, b: Read) -> bool:
    """Two moments of one day that no zone explains: whole hours are what a lost zone looks like."""
    if a.when.moment is None or b.when.moment is None:
        return False
    return abs(a.when.moment - b.when.moment) > 3600 and (a.when.moment - b.when.moment) % 1800 != 0


def _same_row(a: Seen, b: Seen) -> bool:
    """Whether the rows have the same number in tables with the same columns."""
    return any(key.startswith(CELL) for key in a.origins & b.origins)


def _numbered_apart(a: Seen, b: Seen) -> bool:
    return bool(a.source_id and b.source_id) and a.source_id != b.source_id


def _one_series(one: str, other: str) -> bool:
    """Whether one system gave both numbers, by their looks: then two of them are two records, whichever upload brought
    each."""
    return len(one) == len(other) and (one[:4] == other[:4] or re.sub(r"\d", "0", one) == re.sub(r"\d", "0", other))


def _by_a_person(a: Read, b: Read) -> bool:
    """Whether the end was added later, or taken off at a sentence: a tool cuts what is there, and anywhere."""
    short, long = sorted((a, b), key=lambda read: _size(read.words))
    ended = "".join(short.seen.texts[-1:]).rstrip().endswith((".", "!", "?"))
    return long.seen.sequence > short.seen.sequence or ended


def _is_form(a: Seen) -> bool:
    return a.kind == "note" and sum(boilerplate.headings(text) for text in a.texts) >= FORM_LINES


def _spoken(a: Read) -> bool:
    return a.seen.kind in SPOKEN


def _size(words: Sequence[str]) -> tuple[int, int]:
    return len(words), sum(map(len, words))


def _cut(a: Sequence[str], b: Sequence[str]) -> bool:
    """True when the shorter one is the beginning of the longer one; its last word may have been cut too."""
    short, long = sorted((a, b), key=_size)
    return short[:-1] == long[: len(short) - 1] and long[len(short) - 1].startswith(short[-1])
