"""Propose names that were taken for rivals and that no catalogue has: grouped by spelling and sound, with their
evidence.

A proposal is for a person to decide; nothing here changes what is found.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from insights.language.names import all_common, do_it_yourself, is_common, letters_of, likeness, words
from insights.records import Competitor

SAME = 0.92  # likeness from which on two unlisted names are one
GARBLED = 0.72  # likeness from which on a listed name may be what was meant
MEANT = 0.85  # likeness from which on it most likely was: two rivals may well share half of their letters
PART_SOUNDS = 0.9  # likeness of a name to one end of a listed name from which on it may be what was left of it
FEWEST_LETTERS, LEAST_PART = 4, 0.4  # of the listed name, for its part to be taken for it
MOST_LISTED, QUOTES = 3, 3
SURE = 0.5  # confidence under which what one account alone said is more likely no name than one
# "A guy", "our own tool", "the other people": an alternative, but no name.
NO_NAME = frozenset("a an my our his her their your the this that some someone somebody other another two three few".split())  # fmt: skip  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it was found: `conversation` is what counts as one, `day` an ISO date or "", `sure` in [0, 1]."""

    id: str
    name: str
    conversation: str
    account: str
    day: str
    relation: str
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name with its evidence: how often each spelling and relation occurs, of how many known accounts, mentions of different
    ones to quote.

    `key` is the name's letters; `first` and `last` are ISO dates or ""; `likely` are catalogue names that it may be a
    garbled form of, the likeliest first; `meant` the one that it hardly differs from, "" for none. `doubtful` says that
    it waits for another account to say it: one account alone did, and it was hardly heard as a name, is somebody we
    know, or is everyday words in small letters ("break room").
    """

    key: str
    name: str
    spellings: tuple[tuple[str, int], ...]
    conversations: int
    accounts: int
    first: str
    last: str
    relations: tuple[tuple[str, int], ...]
    quoted: tuple[str, ...]
    likely: tuple[str, ...]
    doubtful: bool = False
    meant: str = ""


def propose(
    mentions: Iterable[Mention], catalogue: Sequence[Competitor], *, settled: Iterable[str] = (),
    known: Collection[str] = (),
) -> list[Proposal]:  # fmt: skip
    """Group what is in no catalogue; those that most accounts named come first. `settled` are keys already decided,
    `known` those of accounts and people, which one account alone that says them hardly takes for a rival.
    """
    listed = {letters_of(form): rival.name for rival in catalogue for form in (rival.name, *rival.aliases)}
    decided = {*listed, *settled, *map(letters_of, do_it_yourself())}
    keys: dict[str, str] = {}  # a name is written thousands of times
    spelled: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if (key := keys.get(mention.name)) is None:
            key = letters_of(mention.name)
            key = keys[mention.name] = "" if not key or key in decided or not is_name(mention.name) else key
        if key:
            spelled[key].append(mention)
    groups = [_proposal([m for key in keys for m in spelled[key]], listed, known) for keys in _alike(spelled)]
    return sorted(groups, key=lambda p: (-p.accounts, -p.conversations, p.key))


def is_name(written: str) -> bool:
    """Tell names from "a guy" and "spreadsheets"."""
    said = written.split()
    if not said or (said[0].islower() and said[0] in NO_NAME) or len(said) > 5:
        return False
    one = said[0].lower()
    return len(said) > 1 or written[:1].isupper() or not (is_common(one) or one in words("never_names.txt"))


def _alike(spelled: dict[str, list[Mention]]) -> list[list[str]]:
    """Join keys that sound and look alike to the commoner one."""
    groups: list[list[str]] = []
    by_start: dict[str, list[list[str]]] = defaultdict(list)
    for key in sorted(spelled, key=lambda key: (-len(spelled[key]), key)):
        near = (group for group in by_start[key[0]] if len(key) > 3 and likeness(group[0], key) >= SAME)
        if (group := next(near, None)) is not None:
            group.append(key)
        else:
            groups.append([key])
            by_start[key[0]].append(groups[-1])
    return groups


def _proposal(mentions: list[Mention], listed: dict[str, str], known: Collection[str]) -> Proposal:
    spellings = Counter(mention.name for mention in mentions)
    name = min(spellings, key=lambda one: (-spellings[one], one.islower(), one))
    days = sorted(mention.day for mention in mentions if mention.day)
    key = letters_of(name)
    scored = sorted(((_meant(name, key, form), rival) for form, rival in listed.items()), key=lambda s: (-s[0], s[1]))
    likely = dict.fromkeys(rival for score, rival in scored if score >= GARBLED)
    meant = next((rival for _, rival in scored if likeness(key, letters_of(rival)) >= MEANT), "") if likely else ""
    tellers = {m.account or m.conversation: bool(m.account) for m in mentions}  # who names no account stands for itself
    unlikely = key in known or all(one.islower() and (all_common(one) or is_common(key)) for one in spellings)
    doubtful = len(tellers) < 2 and not likely and (unlikely or max(m.sure for m in mentions) < SURE)
    return Proposal(
        key, name, tuple(spellings.most_common()), len({m.conversation for m in mentions}),
        sum(tellers.values()), days[0] if days else "", days[-1] if days else "",
        tuple(Counter(m.relation for m in mentions).most_common()), _quoted(mentions), tuple(likely)[:MOST_LISTED], doubtful,
        meant,
    )  # fmt: skip


def _meant(name: str, key: str, form: str) -> float:
    """How well a name may stand for a listed one (letters): its likeness, or, where it is one end of it as it is
    written or sounds ("Arra" for "Stockarra"), or holds it as a word ("Stockarra people"), GARBLED and a little
    more."""
    whole = likeness(key, form)
    return max(whole, GARBLED + whole / 100) if _is_part(name, key, form) else whole


def _is_part(name: str, key: str, form: str) -> bool:
    if len(form) >= FEWEST_LETTERS and any(letters_of(word) == form for word in name.split()):
        return True
    # "Stock" is an end of Stockarra too, but says nothing of its own.
    if len(key) < FEWEST_LETTERS or not LEAST_PART * len(form) <= len(key) < len(form) or is_common(key):
        return False
    lengths = range(len(key) - 1, min(len(key) + 2, len(form)))
    return any(likeness(key, end) >= PART_SOUNDS for n in lengths for end in (form[:n], form[-n:]))


def _quoted(mentions: list[Mention]) -> tuple[str, ...]:
    """The latest mention of each of the latest accounts, then others of other conversations."""
    latest = sorted(mentions, key=lambda m: (m.day, m.id), reverse=True)
    by_account = {m.account or m.conversation: m.id for m in reversed(latest)}
    by_conversation = {m.conversation: m.id for m in reversed(latest)}
    chosen: dict[str, None] = {}
    for best in (set(by_account.values()), set(by_conversation.values())):
        chosen |= dict.fromkeys(islice((m.id for m in latest if m.id in best), QUOTES))
    return tuple(chosen)[:QUOTES]
