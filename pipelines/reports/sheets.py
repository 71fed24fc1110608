"""Persona sheets: what one persona objects to, asks and compares, in which words, where in the deal, and what we have
for it.

What one would get wrong: a persona that says something often need not say it more often than others do. So everything
is set against all other personas, and every persona and theme is tested together.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date

from sqlite_utils import Database

from insights import apart as rules
from insights import sampling, terms
from insights.apart import Apart
from insights.covers import fold
from insights.records import KINDS, Kind
from insights.rivalry import Part
from insights.sampling import Rate
from insights.stages import STEPS, Step
from insights.terms import Term
from pipelines import plan
from pipelines.planning import content
from pipelines.planning.content import Coverage
from pipelines.quotes import quoting
from pipelines.store import content_pages, facets, speaking, themes
from pipelines.store import plan as store
from pipelines.store.filters import Filters, options
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state
from pipelines.store.themes import Theme
from pipelines.themes.representatives import in_full

UNKNOWN = ("", "unknown")
MOST_LINES = 8  # of each kind
QUOTED_LINES = 3
QUOTES_A_LINE = 2
LOOKED_AT = 6  # for those that need no masking
MOST_TERMS = 12
FEWEST_SPEAKERS = 3  # accounts: a word of two is theirs, not their persona's
WORDS_READ = 4000  # quotes of one side that its words are counted in


@dataclass(frozen=True, slots=True)
class Line:
    """A theme as this persona raises it. `steps` are where in the deal it was raised, with conversations; `coverage` is
    None for competitors, which no page answers."""

    theme: Theme
    apart: Apart
    steps: tuple[tuple[Step, int], ...]
    coverage: Coverage | None
    quotes: tuple[Quote, ...]

    @property
    def by_voice(self) -> tuple[tuple[str, tuple[Quote, ...]], ...]:
        """What stands above quotes, and they: the buyers' own words, then what reps noted of it."""
        own = tuple(one for one in self.quotes if one.voice != "reported")
        noted = tuple(one for one in self.quotes if one.voice == "reported")
        return tuple(pair for pair in (("in their words", own), ("as reps noted it", noted)) if pair[1])


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is known of a persona. `others` are the conversations of all other personas; conversations whose
    persona is not known are in neither. `steps` are its conversations by step, with the same share elsewhere. `lines`
    are, by kind, what it raises most; `less` what it raises less than others beyond chance. `left_out` counts further
    themes. `since` and `as_of` are the days of the first and the last conversation that was looked at, "" where none
    has one."""

    persona: str
    conversations: int
    accounts: int
    others: int
    lines: dict[Kind, tuple[Line, ...]]
    less: tuple[tuple[Theme, Apart], ...]
    left_out: int
    steps: tuple[tuple[Step, Rate, Rate], ...]
    terms: tuple[Term, ...]
    pages: int
    since: str
    as_of: str
    filters: Filters


@dataclass(frozen=True, slots=True)
class Compared:
    """Personas with their conversations and accounts, the most frequent first, and each theme in each against the
    rest."""

    personas: tuple[tuple[str, int, int], ...]
    unknown: int
    found: dict[tuple[str, str], Apart]
    steps: dict[tuple[str, int], dict[Step, int]]
    by_step: dict[str, dict[Step, tuple[Rate, Rate]]]
    since: str
    as_of: str


@per_state
def compared(db: Database, filters: Filters, *, today: date) -> Compared:
    """Every persona against all others."""
    filters = replace(filters, persona="", kind="", theme="", label="")
    named = plan.steps(db)
    places = [one for one in store.places(db, filters) if one.day <= today.isoformat()]
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    at: dict[tuple[str, Step], set[str]] = defaultdict(set)
    for one in places:
        groups[one.persona][one.id] = one.account or f"\0{one.id}"
        at[one.persona, named.get(one.stage, "unknown")].add(one.id)
    known = {persona: ids for persona, ids in groups.items() if persona not in UNKNOWN}
    carried: dict[tuple[str, int], set[str]] = defaultdict(set)
    steps: dict[tuple[str, int], dict[Step, int]] = defaultdict(lambda: defaultdict(int))
    active = {theme.id for kind in KINDS for theme in themes.active(db, kind)}
    for row in store.carried(db, filters):
        if row["theme_id"] in active and row["id"] in known.get(row["persona"], {}):
            carried[row["persona"], row["theme_id"]].add(row["id"])
            steps[row["persona"], row["theme_id"]][named.get(row["stage"], "unknown")] += 1
    heard = {theme for _, theme in carried}
    samples = {}
    by_step: dict[str, dict[Step, tuple[Rate, Rate]]] = {}
    for persona, ids in known.items():
        others = [other for other in known if other != persona]
        own, rest = Part(ids.items()), Part(pair for other in others for pair in known[other].items())
        for theme in heard:
            theirs = {one for other in others for one in carried.get((other, theme), ())}
            samples[persona, str(theme)] = own.sample(carried.get((persona, theme), ())), rest.sample(theirs)
        by_step[persona] = {
            step: (
                sampling.rate(own.sample(at[persona, step])),
                sampling.rate(rest.sample(one for other in others for one in at[other, step])),
            )
            for step in STEPS
            if any(at[other, step] for other in known)
        }
    personas = sorted(
        ((p, len(ids), len(set(ids.values()))) for p, ids in known.items()), key=lambda one: (-one[1], one[0])
    )
    unknown = len({one for persona in UNKNOWN for one in groups.get(persona, ())})
    days = sorted(filter(None, {one.day for one in places})) or [""]
    return Compared(
        tuple(personas),
        unknown,
        rules.apart(samples),
        {key: dict(told) for key, told in steps.items()},
        by_step,
        days[0],
        days[-1],
    )


@per_state
def sheet(db: Database, filters: Filters, persona: str, *, today: date) -> Sheet | None:
    """The sheet of one persona; None where none of its conversations matches."""
    whole = compared(db, filters, today=today)
    known = {name: (heard, accounts) for name, heard, accounts in whole.personas}
    if persona not in known:
        return None
    count, accounts = known[persona]
    listed = {str(theme.id): theme for kind in KINDS for theme in themes.active(db, kind)}
    mine = {key: one for (name, key), one in whole.found.items() if name == persona and key in listed}
    lines: dict[Kind, tuple[Line, ...]] = {}
    left_out = 0
    for kind in KINDS:
        ranked = sorted(
            (key for key, one in mine.items() if listed[key].kind == kind and one.here.numerator),
            key=lambda key: (mine[key].standing != "more", -mine[key].here.numerator, int(key)),
        )
        left_out += max(0, len(ranked) - MOST_LINES)
        shown = ranked[:MOST_LINES]
        covered = content.covered(db, [int(key) for key in shown]) if kind != "competitor" else {}
        lines[kind] = tuple(
            Line(
                listed[key], mine[key], _ordered(whole.steps.get((persona, int(key)), {})), covered.get(int(key)),
                _quotes(db, filters, persona, key) if n < QUOTED_LINES else (),
            )
            for n, key in enumerate(shown)
        )  # fmt: skip
    less = tuple((listed[key], one) for key, one in mine.items() if one.standing == "less")
    steps = tuple((step, *pair) for step, pair in whole.by_step[persona].items())
    others = sum(count for name, count, _ in whole.personas if name != persona)
    return Sheet(
        persona, count, accounts, others, lines, less, left_out, steps, _terms(db, filters, persona),
        content_pages.count(db), whole.since, whole.as_of, replace(filters, persona="", kind=""),
    )  # fmt: skip


def _ordered(steps: dict[Step, int]) -> tuple[tuple[Step, int], ...]:
    return tuple((step, steps[step]) for step in STEPS if steps.get(step))


def _quotes(db: Database, filters: Filters, persona: str, theme: str) -> tuple[Quote, ...]:
    """What they said or wrote themselves, even in a piece of a sentence; what reps noted only fills what is left."""
    asked = replace(filters, persona=persona, theme=theme, kind="")
    found: list[Quote] = []

    def covers(one: Quote) -> int:
        """How much of it is masked: a sheet is handed on, and “[name] said” proves little to a stranger."""
        return quoting.masked(db, one.conversation_id, one.utterance_id, *one.span).count("[")

    for voice, role in (("verbatim", "buyer,unknown"), ("reported", "")):
        if len(found) < QUOTES_A_LINE and (not filters.voice or voice in options(filters.voice)):
            some = in_full(db, replace(asked, voice=voice, role=filters.role or role), limit=LOOKED_AT)
            found += sorted(some, key=covers)[: QUOTES_A_LINE - len(found)]
    return tuple(found)


def _terms(db: Database, filters: Filters, persona: str) -> tuple[Term, ...]:
    """Words that this persona uses more than all others, in what buyers said or wrote themselves; never a name."""
    own = replace(filters, kind="objection,question", voice="verbatim", theme="", persona=persona)
    mine = store.said(db, own, limit=WORDS_READ)
    rest = [one for one in facets.values(db, "persona") if one != persona and one not in UNKNOWN]
    theirs = store.said(db, replace(own, persona=",".join(rest)), limit=WORDS_READ) if rest else []
    found = terms.buyers_terms(
        [row["text"] for row in mine], [row["account"] for row in mine], [row["text"] for row in theirs],
        most=2 * MOST_TERMS
    )  # fmt: skip
    names = _names(db)
    return tuple(
        one
        for one in found
        if one.speakers >= FEWEST_SPEAKERS and not any(fold(word) in names for word in one.term.split())
    )[:MOST_TERMS]


@per_state
def _names(db: Database) -> frozenset[str]:
    """The words of people's names, and those by which one account is told from all others; folded."""
    people = {fold(word) for name in speaking.people(db) for word in name.split()}
    words = Counter(fold(word) for name in facets.values(db, "account", limit=100_000) for word in set(name.split()))
    return frozenset(word for word in people | {one for one, n in words.items() if n == 1} if len(word) > 2)
