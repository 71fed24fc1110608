"""Who is who: the speakers of all conversations with their sides, and corrections that hold for every file."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database

from insights import borders, people
from insights.errors import InsightsError
from insights.records import Role
from insights.roles import SURE, SideCorrection
from pipelines.progress import Progress, silent
from pipelines.store import catalogue, company, conversations, corrections, speaking
from pipelines.store.catalogue import Change
from pipelines.uploads.once import count_once
from pipelines.uploads.refresh import refresh

EXCERPT = 160
ELSEWHERE = 0.9  # as sure as a first name beside a CRM's column
# What nobody needs to look at: the file, the company, the CRM or the label said it, of this person or of the firm.
SETTLED = frozenset(
    {"source", "domain", "person", "name in the label", "crm", "correction", "label", "same company", "elsewhere"}
)


class NotAPerson(InsightsError):
    """A correction of no label at all, or for every file of one that means somebody else in each."""

    def __init__(self, label: str):
        super().__init__(f"'{label}' names nobody, so it can only be corrected in one conversation: name it too.")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Words that show a side: `conversation_id` and `position` lead to them."""

    conversation_id: str
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Effect:
    """How much a word on a side changes."""

    conversations: int
    utterances: int


@dataclass(slots=True)
class Speaker:
    """Somebody who speaks, in all conversations together; a label that names nobody ("Speaker 1") in one only.

    `confidence` is in [0, 1]; `side` is unknown below roles.SURE, `leans` is what it then most likely is. `source` is
    "elsewhere" for somebody whom only other conversations or the CRM tell, with `untold` as the conversations that do
    not (open while any has another side, see `unsettled`). `told` and `judged` count conversations by the side that
    they surely tell, and that holds in them. `reasons` are what was heard and how often. `would_change` tells for each
    side what saying so would change. `pending`: a person said it, and it is being worked out.
    """

    subject: str
    name: str
    conversation_id: str
    side: Role
    source: str
    confidence: float
    conversations: int = 0
    utterances: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    excerpts: list[Excerpt] = field(default_factory=list)
    places: list[tuple[str, int, int, int]] = field(default_factory=list)
    would_change: dict[Role, Effect] = field(default_factory=dict)
    told: Counter[Role] = field(default_factory=Counter)
    judged: Counter[Role] = field(default_factory=Counter)
    untold: int = 0
    pending: bool = False
    leans: Role = "unknown"

    @property
    def unsettled(self) -> int:
        """In how many conversations somebody whom others tell counts for no side or the other one, until a person says
        it."""
        return self.conversations - self.judged[self.side] if self.source == "elsewhere" else 0


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who never speaks and stands in columns alone: in how many conversations as the rep and as the contact,
    and a file for instance. `side` is unknown where both columns name them and nobody said; `corrected` is a person's
    word."""

    subject: str
    name: str
    side: Role
    as_rep: int
    as_contact: int
    file: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class Parted:
    """The most heard of those whose side is an open question and of those whose side is certain, and how many there
    are. `named` are those of columns alone, the doubtful ones first; `told` of the open ones are told by the CRM or by
    other conversations, see `take_as_told`."""

    open: list[Speaker]
    opens: int
    certain: list[Speaker]
    certains: int
    named: list[Named]
    nameds: int
    told: int = 0


def who_is_who(db: Database, *, every: bool = False, limit: int = 100) -> tuple[list[Speaker], int]:
    """Speakers whose side a person should look at (`every`: all), the most heard first; and how many there are."""
    found = parted(db, limit=limit, certain=limit if every else 0)
    if not every:
        return found.open, found.opens
    return [*found.open, *found.certain][:limit], found.opens + found.certains


def parted(db: Database, *, limit: int = 100, certain: int = 100, columns: int = 0) -> Parted:
    """Speakers in two parts, `limit` and `certain` of them at most: open questions, and who is known already; and,
    where `columns` is more than 0, so many of those who are known from columns alone."""
    found = _heard(db)
    parts: tuple[list[Speaker], list[Speaker]] = ([], [])
    for speaker in found.values():
        known = speaker.source in SETTLED and (speaker.side != "unknown" or speaker.source == "correction")
        parts[known and not speaker.unsettled].append(speaker)
    for speakers, most in zip(parts, (limit, certain), strict=True):
        speakers.sort(
            key=lambda s: (-s.untold, s.side != "unknown", -s.conversations, s.subject, s.conversation_id)
        )  # fmt: skip
        for speaker in speakers[:most]:
            speaker.excerpts = _excerpts(db, speaker)
            speaker.would_change = _effects(db, speaker)
    named = _in_columns(db, {speaker.subject for speaker in found.values()}) if columns else []
    return Parted(
        parts[0][:limit], len(parts[0]), parts[1][:certain], len(parts[1]), named[:columns], len(named),
        sum(speaker.unsettled > 0 for speaker in parts[0]),
    )  # fmt: skip


def _heard(db: Database) -> dict[tuple[str, str], Speaker]:
    """Everybody who speaks, by subject and, for a label that names nobody, the conversation."""
    found: dict[tuple[str, str], Speaker] = {}
    for conversation_id, judged in _judged(db):
        for one in judged:
            _add(found, conversation_id, one)
    _tell_elsewhere(db, found.values())
    _take_words(db, found)
    return found


def _in_columns(db: Database, heard: Collection[str]) -> list[Named]:
    """Reps and contacts of columns who never speak: who stands in both first, then by how often they are named."""
    told: dict[str, list[dict]] = defaultdict(list)
    for row in speaking.in_columns(db):
        subject = people.normal(row["name"])
        if subject and subject not in heard and not people.is_generic(row["name"]):
            told[subject].append(row)
    words = {one.subject: one.role for one in corrections.sides(db) if not one.conversation_id}
    found = []
    for subject, rows in told.items():
        rep, contact = (sum(row["n"] for row in rows if row["role"] == role) for role in ("seller", "buyer"))
        side: Role = words.get(subject) or ("unknown" if rep and contact else "seller" if rep else "buyer")
        found.append(Named(subject, rows[0]["name"], side, rep, contact, rows[0]["file"], subject in words))
    # One and the same person as often: the name decides, so that the list stands still.
    return sorted(found, key=lambda one: (one.side != "unknown", -(one.as_rep + one.as_contact), one.subject))


def _tell_elsewhere(db: Database, speakers: Iterable[Speaker]) -> None:
    """Who is a rep or a contact of the CRM, a colleague, or certain in another conversation is no open question, unless
    these say different things."""
    known: dict[str, set[Role]] = defaultdict(set)
    for role, names in speaking.named_sides(db).items():
        for name in names:
            known[people.normal(name)].add(role)
    for name in company.load(db).people:
        known[people.normal(name)].add("seller")
    for speaker in speakers:
        if speaker.conversation_id or speaker.source in SETTLED:
            continue
        told = known.get(speaker.subject, set()) | set(speaker.told)
        if len(told) == 1:
            (speaker.side,) = told
            speaker.source, speaker.confidence = "elsewhere", ELSEWHERE
            speaker.untold = speaker.conversations - speaker.told[speaker.side]


def _take_words(db: Database, found: Mapping[tuple[str, str], Speaker]) -> None:
    """Whoever a person spoke of is settled at once, though their conversations are still being worked out."""
    for word in corrections.sides(db):
        speaker = found.get((word.subject, word.conversation_id))
        if speaker and (speaker.source != "correction" or speaker.side != word.role):
            speaker.side, speaker.source, speaker.confidence = word.role, "correction", 1.0
            speaker.untold, speaker.pending = 0, True


def correct(db: Database, correction: SideCorrection, *, now: str) -> list[str]:
    """Keep a person's word on a side; return the conversations that it is about, for `reassign`.

    Raises NotAPerson for a label that names nobody without a conversation, and for one of nothing but white space.
    """
    subject = people.normal(correction.subject)
    if not subject or (people.is_generic(correction.subject) and not correction.conversation_id):
        raise NotAPerson(correction.subject)
    kept = SideCorrection(subject, correction.role, correction.conversation_id)
    with db.atomic():
        corrections.correct_side(db, kept, now=now)
    return _with(db, subject, correction.conversation_id)


def say(
    db: Database, subject: str, side: Role | None, conversation_id: str = "", *, now: str, actor: str
) -> tuple[int, list[str]]:  # fmt: skip
    """Keep a person's word on a side (None: take it back) so that it can be undone: (the change's number,
    conversations).

    The number is 0 where there was nothing to take back. Raises NotAPerson.
    """
    name = people.normal(subject)
    with db.atomic():
        before = _word(db, name, conversation_id)
        if side is None:
            ids = withdraw(db, subject, conversation_id)
        else:
            ids = correct(db, SideCorrection(subject, side, conversation_id), now=now)
        if side is None and before is None:
            return 0, []
        place = [subject, conversation_id]
        told = [None if word is None else [*place, word] for word in (before, side)]
        return catalogue.note(db, "side", f"{name}\n{conversation_id}", *told, now=now, actor=actor), ids


def take_as_told(db: Database, *, now: str, actor: str) -> tuple[list[int], list[str]]:
    """Let everybody whom the CRM or other conversations tell have that side in all conversations, as if a person had
    said so of each: (the changes' numbers, conversations). All of them or none."""
    numbers, ids = [], set()
    with db.atomic():
        for speaker in _heard(db).values():
            if speaker.unsettled:
                number, about = say(db, speaker.name, speaker.side, now=now, actor=actor)
                numbers.append(number)
                ids.update(about)
    return numbers, sorted(ids)


def is_known(db: Database, name: str, conversation_id: str = "") -> bool:
    """Whether anybody speaks, or stands in a column, under this name, address or label."""
    subject = people.normal(name)
    return bool(_with(db, subject, conversation_id)) or (
        not conversation_id and any(people.normal(one) == subject for one in names(db))
    )


def names(db: Database) -> list[str]:
    """Everybody who is called by a name: who speaks, and who stands in columns."""
    heard = {one["speaker"] for _, judged in _judged(db) for one in judged}
    named = heard | {row["name"] for row in speaking.in_columns(db)}
    return sorted(name for name in named if name and not people.is_generic(name))


def put_back(db: Database, one: Change, *, now: str) -> None:
    """Make a side say what it said before a change. Call it in a transaction."""
    subject, conversation_id, _ = one.after or one.before
    if one.before is None:
        corrections.withdraw_side(db, people.normal(subject), conversation_id)
    else:
        corrections.correct_side(db, SideCorrection(people.normal(subject), one.before[2], conversation_id), now=now)


def about(db: Database, one: Change) -> list[str]:
    """The conversations that a change of a side is about."""
    subject, conversation_id, _ = one.after or one.before
    return _with(db, people.normal(subject), conversation_id)


def withdraw(db: Database, subject: str, conversation_id: str = "") -> list[str]:
    """Take a correction back; return the conversations that it was about, [] when there was none."""
    with db.atomic():
        known = corrections.withdraw_side(db, people.normal(subject), conversation_id)
    return _with(db, people.normal(subject), conversation_id) if known else []


def reassign(db: Database, conversation_ids: Sequence[str] | None = None, *, progress: Progress = silent) -> int:
    """Assign sides by what is known now, in these conversations or all; return how many utterances changed sides."""
    with speaking.side_changes(db) as changed:
        refresh(db, conversations.ids(db) if conversation_ids is None else conversation_ids, progress=progress)
        count_once(db, progress=progress)
        return changed()


def _word(db: Database, subject: str, conversation_id: str) -> Role | None:
    found = (c for c in corrections.sides(db) if (c.subject, c.conversation_id) == (subject, conversation_id))
    return next((c.role for c in found), None)


def _effects(db: Database, speaker: Speaker) -> dict[Role, Effect]:
    said = speaking.roles_of(db, speaker.name, speaker.conversation_id)
    sides: tuple[Role, ...] = ("buyer", "seller", "unknown")
    found = {side: [(c, n) for c, role, n in said if role != side] for side in sides}
    return {side: Effect(len({c for c, _ in rows}), sum(n for _, n in rows)) for side, rows in found.items()}


def _judged(db: Database) -> Iterator[tuple[str, list[dict]]]:
    for conversation_id, sides in speaking.judged_sides(db):
        yield conversation_id, json.loads(sides)


def _with(db: Database, subject: str, conversation_id: str) -> list[str]:
    if conversation_id:
        return sorted(conversations.existing(db, [conversation_id]))
    named = speaking.with_participant(db, subject) if "@" in subject else []
    heard = [i for i, judged in _judged(db) if any(people.normal(one["speaker"]) == subject for one in judged)]
    return sorted({*named, *heard})


def _add(found: dict[tuple[str, str], Speaker], conversation_id: str, one: dict) -> None:
    subject = people.normal(one["speaker"])
    place = conversation_id if people.is_generic(one["speaker"]) else ""
    side: Role = one["role"] if one["confidence"] >= SURE else "unknown"
    speaker = found.get((subject, place))
    if speaker is None:
        speaker = Speaker(subject, one["speaker"], place, side, one["source"], one["confidence"], leans=one["role"])
        found[subject, place] = speaker
    elif one["confidence"] < speaker.confidence:
        # A person is as sure as the conversation that tells least.
        speaker.side, speaker.source, speaker.confidence = side, one["source"], one["confidence"]
        speaker.leans = one["role"]
    speaker.conversations += 1
    speaker.judged[side] += 1
    if one["source"] in SETTLED and side != "unknown":
        speaker.told[side] += 1
    speaker.reasons.update(dict(one["reasons"]))
    if len(speaker.places) < 3:
        speaker.places += [(conversation_id, *sample) for sample in one["samples"]]


def _excerpts(db: Database, speaker: Speaker) -> list[Excerpt]:
    """The sentences that show the side, each once; the speaker's first words where nothing does."""
    if speaker.places:
        found: dict[Excerpt, None] = {}
        for conversation_id, position, start, end in speaker.places[:3]:
            text = conversations.text_at(db, conversation_id, position)
            first, last = borders.whole(text, start, end)
            said = text[first if end - first <= EXCERPT else start : last].strip()
            found[Excerpt(conversation_id, position, _beginning(said))] = None
        return [*found]
    words = speaking.first_words(db, speaker.name, speaker.conversation_id)
    return [Excerpt(i, position, _beginning(text)) for i, position, text in words]


def _beginning(text: str) -> str:
    """The first words of a text; an ellipsis where it goes on."""
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT].rpartition(' ')[0]}…"
