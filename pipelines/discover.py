"""Sort insights into themes: old ones keep theirs, new ones join or wait, and what waits together may become a theme.

Objections and questions are grouped by meaning; a competitor's theme is its name. What one would get wrong: what a
person let wait goes on waiting; only what never had a theme is placed here. And what the finder doubts founds no theme:
small talk that it took for an objection would make one of its own, because it is like nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from sqlite_utils import Database

from insights import graph, naming
from insights import themes as rules
from insights.language.names import do_it_yourself, letters_of
from insights.ledger_rules import LedgerError, Move
from insights.records import Kind, stable_id
from insights.themes import Discovery, FoundTheme, ThemeState
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.store import company, names, speaking, state, theme_events, theme_lists, themes, vectors
from pipelines.store import proposals as store
from pipelines.store.theme_events import Recorded
from pipelines.store.themes import Unmade
from pipelines.themes import ledger, proposals
from pipelines.themes.ledger import NewTheme

BY_MEANING: tuple[Kind, ...] = ("objection", "question")
# A name that is in no catalogue is a rival only once two accounts have named it; one may be a slip of the ear.
FEWEST_ACCOUNTS_FOR_A_NAME = 2
HAND = "parley"  # who unmakes and makes a theme as its name goes and comes; what a person unmade stays so
FEWEST_FOR_BUDGET = 100
PLACED_AT_ONCE = 20_000
# Confidence of the finder from which on a quote helps to found a theme: what is sooner none than one does not. It joins a theme
# as everything does that comes later (benchmarks/THEMES.md).
SURE = 0.5
MOST_ROUNDS = 4  # of finding themes in what still waits after the last ones were added


@dataclass(frozen=True, slots=True)
class Discovered:
    """Themes created by this run, insights that wait without one after it, and proposals that wait for a decision."""

    created: int
    waiting: int
    proposals: int


@dataclass(frozen=True, slots=True)
class _Tried:
    """Quotes that were placed in this run and went on waiting, and the themes that there were: of these none is theirs, so
    only newer ones are asked. And the examples of themes that were looked up: what joins is none."""

    quotes: set[str] = field(default_factory=set)
    themes: set[str] = field(default_factory=set)
    examples: dict[int, np.ndarray | None] = field(default_factory=dict)


def discover(db: Database, *, encoder: str, now: Callable[[], str], progress: Progress = silent) -> Discovered:
    """Bring themes up to date; running it again with nothing new changes nothing."""
    with db.atomic():
        _come_back(db, now())
        theme_events.returning(db)
        _unfounded(db, now())
    created = 0
    private = cache(lambda: naming.private_words(speaking.people(db)))
    for kind in BY_MEANING:
        created += _by_meaning(db, kind, encoder, now, progress, private)
        proposals.look(db, kind, states(db, kind), encoder=encoder, now=now())
    created += by_name(db, now())
    with db.atomic():
        vectors.prune(db)
    waiting = sum(themes.waiting(db, kind) for kind in (*BY_MEANING, "competitor"))
    return Discovered(created, waiting, len(store.listed(db)))


def _by_meaning(
    db: Database, kind: Kind, encoder: str, now: Callable[[], str], progress: Progress, private: Callable[[], frozenset[str]]
) -> int:  # fmt: skip
    """Place newcomers, and find themes among those that wait, until that finds nothing more."""
    key, created, tried, total = f"discovered {kind}", 0, _Tried(), themes.total(db, kind)
    for _ in range(MOST_ROUNDS):
        waiting = themes.newcomers(db, kind, encoder)
        if not waiting:
            with db.atomic():
                proposals.propose_new(db, kind, [], now=now())  # what was proposed of them went elsewhere
        if not waiting or state.get(db, key) == _seen(db, kind, waiting):
            break
        _place(db, kind, encoder, now, waiting, progress, tried)
        found = _find(db, kind, encoder, now(), private(), total)
        if found is None:
            return created  # without the mark: the next run looks again
        added, all_seen = found
        created += added
        if all_seen or not added:
            break
    if created:  # what founds no theme may belong to one of these
        _place(db, kind, encoder, now, themes.newcomers(db, kind, encoder), progress, tried)
    _fill(db, kind, encoder, now(), total, tried)
    with db.atomic():
        state.put(db, key, _seen(db, kind, themes.newcomers(db, kind, encoder)))
    return created


def _seen(db: Database, kind: str, waiting: Sequence[str]) -> str:
    """What a run would be repeated for: other insights that wait, or other themes to join."""
    known = [str(theme.id) for theme in themes.all_of(db, kind) if theme.status in ("active", "retired")]
    return stable_id(*waiting, *known)


def _place(
    db: Database, kind: Kind, encoder: str, now: Callable[[], str], waiting: Sequence[str], progress: Progress,
    tried: _Tried
) -> None:  # fmt: skip
    """Let what waits join the themes that it belongs to. Most of it is near to none, and needs no look at members."""
    bare, known, done = states(db, kind, sized=False), list[ThemeState](), 0
    fresh = [one for one in bare if one.id not in tried.themes]
    for some in chunks(waiting, PLACED_AT_ONCE):
        progress(f"{kind} themes", done, len(waiting))
        rows, found = vectors.of_insights(db, encoder, some)
        again = np.array([row["id"] in tried.quotes for row in rows], bool)
        near = rules.may_join(found, bare)
        near = np.union1d(near[~again[near]], rules.may_join(found, fresh))
        if len(near):
            known = known or with_examples(db, kind, encoder, bare, tried.examples)
            placed = rules.assign(found[near], known)
            joined = {
                rows[row]["id"]: (int(at.sub or at.theme), at.confidence)
                for row, at in zip(near.tolist(), placed, strict=True)
                if at.theme is not None
            }
            ledger.join(db, joined, now=now())
        done += len(some)
    tried.quotes.update(waiting)
    tried.themes.update(one.id for one in bare)
    progress(f"{kind} themes", done, len(waiting))


def _find(
    db: Database, kind: Kind, encoder: str, now: str, private: frozenset[str], total: int
) -> tuple[int, bool] | None:  # fmt: skip
    """Themes among those that wait of `total` quotes, accepted by policy or proposed: (created, whether all that waits was
    looked at)."""
    pool = themes.newcomers(db, kind, encoder, least=SURE, limit=graph.MOST + 1)
    rows, found = vectors.of_insights(db, encoder, pool[: graph.MOST])
    proposed = rules.propose(
        [row["text"] for row in rows],
        found,
        states(db, kind, sized=False),
        placed=total - themes.waiting(db, kind),
        ids=[row["id"] for row in rows],
        labels=[row["label"] for row in rows],
        accounts=[row["account"] or row["conversation_id"] for row in rows],
        private=private,
    )
    with db.atomic():
        if theme_events.unplaced(db, [row["id"] for row in rows]) != {row["id"] for row in rows}:
            return None  # undone, or mined by somebody else, meanwhile: the next run does it
        label = {row["id"]: row["label"] for row in rows}
        accepting = store.policy(db)["new"] == "accept"
        fresh = [_new(db, kind, proposed, at, label) for at in range(len(proposed.themes))]
        if accepting:
            for theme in fresh:
                ledger.create(db, kind, theme, now=now, reason="New themes are accepted as they come.")
        proposals.propose_new(db, kind, [] if accepting else fresh, now=now)
        created = len(fresh) if accepting else 0
    return created, len(pool) <= graph.MOST


def _new(db: Database, kind: Kind, proposed: Discovery, at: int, label: dict[str, str]) -> NewTheme:
    """A found theme with its members, named apart from the themes that there are."""
    theme = proposed.themes[at]
    members: dict[int | None, dict[str, float]] = defaultdict(dict)
    for one in proposed.assignments:
        if one.theme == at:
            members[one.sub][one.id] = one.confidence
    subs = tuple(_named_apart(db, kind, sub, members[n], label) for n, sub in enumerate(theme.subs))
    return replace(_named_apart(db, kind, theme, members[None], label), subs=subs)


def _named_apart(
    db: Database, kind: Kind, theme: FoundTheme, members: dict[str, float], label: dict[str, str]
) -> NewTheme:
    labels = Counter(label[insight] for insight in members)
    commonest = min(labels.items(), key=lambda item: (-item[1], item[0]), default=("", 0))[0]
    shape = theme_events.add_shape(db, theme.centroid, theme.tightness, theme.keywords)
    name = ledger.distinct_name(db, theme.name, kind, theme.keywords)
    return NewTheme(name, commonest, theme.keywords, shape, members)


def _fill(db: Database, kind: Kind, encoder: str, now: str, total: int, tried: _Tried) -> None:
    """Where more of `total` quotes waits than the budget allows, let what fits best join after all, as weak members.

    Few insights are left alone: a tenth of them is nothing to go by.
    """
    waiting = themes.newcomers(db, kind, encoder)
    excess = len(waiting) - int(rules.BUDGET * total)
    if total < FEWEST_FOR_BUDGET or excess <= 0 or not (bare := states(db, kind, sized=False)):
        return
    known = with_examples(db, kind, encoder, bare, tried.examples)
    placed: list[tuple[float, str, int]] = []
    for some in chunks(waiting, PLACED_AT_ONCE):
        rows, found = vectors.of_insights(db, encoder, some)
        nearest = rules.assign(found, known, weak=True)
        placed += [
            (-at.confidence, row["id"], int(at.sub or at.theme))
            for row, at in zip(rows, nearest, strict=True)
            if at.theme is not None
        ]
    best = sorted(placed)[:excess]
    ledger.join(db, {insight: (theme, -less) for less, insight, theme in best}, now=now)


def by_name(db: Database, now: str) -> int:
    """Put competitor mentions under the theme of their name; return how many themes were created."""
    whom = names.those_we_know(db)  # before the transaction, within which nothing is taken that is remembered
    with db.atomic():
        return _named(db, whom, now)


def _named(db: Database, whom: frozenset[str], now: str) -> int:
    # Ways of doing without a vendor are a fixed list: each counts from its first mention, as in the report on competition.
    listed = (*(rival.name for rival in company.load(db).competitors), *do_it_yourself())
    catalogue = {name.casefold() for name in listed}
    _let_go(db, whom, now)
    known = themes.all_of(db, "competitor")
    by_name = {theme.label: theme.id for theme in known if theme.status != "merged"}
    said = themes.names_said(db)
    accounts: dict[str, set[str]] = defaultdict(set)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for mention in themes.mentions(db, [name for name in said if name.casefold() not in by_name]):
        key = mention["name"].casefold()
        accounts[key].add(mention["account"] or mention["conversation_id"])
        spellings[key][mention["name"]] += 1
    created = 0
    unmade = themes.unmade(db, "competitor")
    for key in sorted(accounts):
        if key not in catalogue and letters_of(key) in whom:
            continue
        if key in unmade and unmade[key].actor != HAND:
            continue
        if not (key in catalogue or len(accounts[key]) >= FEWEST_ACCOUNTS_FOR_A_NAME):
            continue
        name = min(spellings[key].items(), key=lambda item: (-item[1], item[0]))[0]
        by_name[key] = (
            _again(db, unmade.get(key), now) or ledger.create(db, "competitor", NewTheme(name, key), now=now).theme
        )
        created += 1
    target = {name: by_name.get(name.casefold()) for name in said}
    moves = [Move(m["id"], m["theme_id"], target[m["name"]]) for m in themes.astray(db, target)]
    ledger.follow(db, moves, now=now)
    return created


def unmake_name(db: Database, name: str, *, since: str = "", now: str) -> None:
    """Take back the making of a name's theme where that was not before `since` and nothing else stands for it: the name
    is in no catalogue and too few accounts say it. A theme that people changed meanwhile stays."""
    key = name.casefold()
    theme = next((one for one in themes.active(db, "competitor") if one.label == key), None)
    listed = (*(rival.name for rival in company.load(db).competitors), *do_it_yourself())
    if theme is None or key in (name.casefold() for name in listed):
        return
    begun = [one for one in theme_events.of_theme(db, theme.id) if _begins(one, theme.id)]
    if _accounts(db, key) >= FEWEST_ACCOUNTS_FOR_A_NAME:
        return
    if begun and begun[-1].at >= since:
        _unmake(db, theme, begun[0], now=now, reason="Its name left the catalogue.")


def _let_go(db: Database, whom: Collection[str], now: str) -> None:
    """Take back the making of themes whose name an account or person turned out to bear since. What the catalogue lists
    stays, what people changed meanwhile, and what a person made stand again."""
    listed = {letters_of(form) for rival in company.load(db).competitors for form in (rival.name, *rival.aliases)}
    listed |= set(map(letters_of, do_it_yourself()))
    for theme in themes.active(db, "competitor"):
        if letters_of(theme.label) in whom and letters_of(theme.label) not in listed:
            begun = [one for one in theme_events.of_theme(db, theme.id) if _begins(one, theme.id)]
            if begun and begun[-1].actor == HAND:
                _unmake(db, theme, begun[0], now=now, reason="An account or a person is called so.")


def _unfounded(db: Database, now: str) -> None:
    """Take back the making of themes that only undone uploads founded: what is left would found none. What people
    changed stays, and what was there before the upload and still holds something."""
    listed = {rival.name.casefold() for rival in company.load(db).competitors} | {*map(str.casefold, do_it_yourself())}
    shaken = themes.shaken(db)
    said = {str(kind): themes.sizes(db, kind) for kind in (*BY_MEANING, "competitor")} if shaken else {}
    for theme in themes.active(db) if shaken else []:
        size, told = said[theme.kind].get(theme.id, 0), theme_events.of_theme(db, theme.id)
        if (
            str(theme.id) not in shaken
            or any(one.actor != HAND for one in told)
            or theme_lists.is_spoken_of(db, theme.id)
        ):
            continue
        if theme.kind != "competitor":
            founded = size >= rules.LEAST_TEXTS
        else:
            founded = (size > 0 and theme.label in listed) or _accounts(db, theme.label) >= FEWEST_ACCOUNTS_FOR_A_NAME
        begun = [one for one in told if _begins(one, theme.id) and (one.at >= shaken[str(theme.id)] or not size)]
        if begun and not founded:
            _unmake(db, theme, begun[0], now=now, reason="The upload that it came from was taken back.")
    if shaken:
        themes.forget_shaken(db)


def _come_back(db: Database, now: str) -> None:
    """Make themes by meaning stand again that went with an upload, where it came again; for names see `_again`."""
    for kind in BY_MEANING:
        for event in themes.unmade_and_back(db, kind, least=rules.LEAST_TEXTS):
            with suppress(LedgerError):
                ledger.undo(db, event, now=now, actor=HAND, reason="The upload that it came from is back.")


def _accounts(db: Database, key: str) -> int:
    """How many accounts say a name, its casefold."""
    mentions = themes.mentions(db, [one for one in themes.names_said(db) if one.casefold() == key])
    return len({m["account"] or m["conversation_id"] for m in mentions})


def _unmake(db: Database, theme: themes.Theme, begun: Recorded, *, now: str, reason: str) -> None:
    with suppress(LedgerError), db.atomic():
        # A name's mentions leave first, so that the undoing holds none and can be undone wherever they are by then.
        if theme.kind == "competitor":
            ledger.follow(
                db, [Move(one, at, None) for one, at in theme_events.members(db, [theme.id]).items()], now=now
            )
        ledger.undo(db, begun.id, now=now, actor=HAND, reason=reason)


def _begins(one: Recorded, theme: int) -> bool:
    return any((e.theme, e.field, e.before) == (theme, "status", "") for e in one.event.edits)


def _again(db: Database, unmade: Unmade | None, now: str) -> int | None:
    """Make a theme stand again that went with its name; None where there was none, or its place is taken."""
    if unmade is None:
        return None
    with suppress(LedgerError):
        ledger.undo(db, unmade.event, now=now, actor=HAND, reason="Its name is back.")
        return unmade.theme
    return None


def states(db: Database, kind: Kind, *, sized: bool = True) -> list[ThemeState]:
    """The themes that a newcomer may join, with their sub-themes; not `sized`, all as if they were empty, for whom the
    sizes do not concern. Retired themes gather what is like them, unreported."""
    known = [theme for theme in themes.all_of(db, kind) if theme.status in ("active", "retired")]
    shapes, sizes = themes.shapes(db, [theme.id for theme in known]), themes.sizes(db, kind) if sized else {}
    below: dict[int, list[ThemeState]] = defaultdict(list)
    for theme in known:
        if theme.parent is not None and theme.id in shapes:
            below[theme.parent].append(_state(theme, kind, shapes, sizes))
    return [
        replace(_state(theme, kind, shapes, sizes), subs=tuple(below[theme.id]))
        for theme in known
        if theme.parent is None and theme.id in shapes
    ]


def with_examples(
    db: Database,
    kind: Kind,
    encoder: str,
    known: Sequence[ThemeState],
    heard: dict[int, np.ndarray | None] | None = None,
) -> list[ThemeState]:
    """With some members' vectors, by which newcomers are placed; those in `heard` are taken from there, others put there."""
    heard = {} if heard is None else heard
    new = {int(one.id) for one in known} - heard.keys()
    heard |= dict.fromkeys(new) | vectors.of_members(db, encoder, kind, new, least=rules.WEAK, most=rules.EXAMPLES)
    return [replace(one, examples=heard[int(one.id)]) for one in known]


def _state(
    theme: themes.Theme, kind: Kind, shapes: dict[int, tuple[np.ndarray, float]], sizes: dict[int, int]
) -> ThemeState:
    centroid, tightness = shapes[theme.id]
    return ThemeState(
        str(theme.id), kind, theme.name, theme.keywords, centroid, sizes.get(theme.id, 0), theme.pinned, tightness
    )
