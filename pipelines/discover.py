"""Sort insights into themes: old ones keep theirs, new ones join or wait, and what waits together may become a theme.

Objections and questions are grouped by meaning; a competitor's theme is its name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights import themes as rules
from insights.records import Kind, stable_id
from insights.themes import Discovery, ThemeState
from pipelines.progress import Progress, silent
from pipelines.store import company, state, themes, vectors

BY_MEANING: tuple[Kind, ...] = ("objection", "question")
# A name that is in no catalogue is a rival only once two accounts have named it; one may be a slip of the ear.
FEWEST_ACCOUNTS_FOR_A_NAME = 2


@dataclass(frozen=True, slots=True)
class Discovered:
    """Themes created by this run, and insights that wait without one after it."""

    created: int
    waiting: int


def discover(db: Database, *, encoder: str, now: Callable[[], str], progress: Progress = silent) -> Discovered:
    """Bring themes up to date; running it again with nothing new changes nothing."""
    created = waiting = 0
    for kind in BY_MEANING:
        progress(f"{kind} themes", 0, 1)
        added, left = _by_meaning(db, kind, encoder, now())
        created, waiting = created + added, waiting + left
        progress(f"{kind} themes", 1, 1)
    added, left = by_name(db, now())
    with db.atomic():
        vectors.prune(db)
    return Discovered(created + added, waiting + left)


def _by_meaning(db: Database, kind: Kind, encoder: str, now: str) -> tuple[int, int]:
    seen, waiting = f"discovered {kind}", themes.unassigned(db, kind)
    if not waiting or state.get(db, seen) == stable_id(*waiting):
        return 0, len(waiting)
    rows, found = vectors.of_insights(db, encoder, f"i.kind = '{kind}' AND m.theme_id IS NULL")
    known = [_state(db, kind, theme) for theme in themes.active(db, kind)]
    known = [theme for theme in known if len(theme.centroid)]
    placed = rules.assign(found, known)
    waits = [n for n, one in enumerate(placed) if one.theme is None]
    left = [rows[n] for n in waits]
    proposed = rules.propose(
        [row["text"] for row in left],
        found[waits],
        known,
        ids=[row["id"] for row in left],
        labels=[row["label"] for row in left],
    )
    with db.atomic():
        if themes.unassigned(db, kind) != [row["id"] for row in rows]:
            # Undone, or mined by somebody else, in the meantime: what was computed is stale, the next run does it.
            return 0, len(rows)
        joined = [(rows[n]["id"], int(one.theme), one.confidence) for n, one in enumerate(placed) if one.theme]
        themes.assign(db, joined)
        members = _create(db, kind, proposed, left, now)
        remaining = [row for row in left if row["id"] not in members]
        state.put(db, seen, stable_id(*(row["id"] for row in remaining)))
    return len(proposed.themes), len(remaining)


def _create(db: Database, kind: Kind, proposed: Discovery, rows: Sequence[dict], now: str) -> set[str]:
    """Accept every proposed theme (the policy of this version); return the insights that now have one."""
    labels: dict[int, Counter[str]] = defaultdict(Counter)
    label_of = {row["id"]: row["label"] for row in rows}
    for one in proposed.assignments:
        if one.theme is not None:
            labels[one.theme][label_of[one.id]] += 1
    ids = [
        themes.create(
            db, kind=kind, name=theme.name, label=min(labels[n].items(), key=lambda item: (-item[1], item[0]))[0],
            keywords=theme.keywords, centroid=theme.centroid, tightness=theme.tightness, now=now,
        )
        for n, theme in enumerate(proposed.themes)
    ]  # fmt: skip
    members = [(one.id, ids[one.theme], one.confidence) for one in proposed.assignments if one.theme is not None]
    themes.assign(db, members)
    return {insight_id for insight_id, _, _ in members}


def by_name(db: Database, now: str) -> tuple[int, int]:
    """Put competitor mentions under the theme of their name; return (themes created, mentions without one)."""
    with db.atomic():
        return _named(db, now)


def _named(db: Database, now: str) -> tuple[int, int]:
    catalogue = {rival.name.casefold() for rival in company.load(db).competitors}
    by_name = {theme.label: theme.id for theme in themes.active(db, "competitor")}
    mentions = themes.mentions(db)
    accounts: dict[str, set[str]] = defaultdict(set)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for mention in mentions:
        key = mention["name"].casefold()
        accounts[key].add(mention["account"] or mention["conversation_id"])
        spellings[key][mention["name"]] += 1
    created = 0
    for key in sorted(accounts):
        if key in by_name or not (key in catalogue or len(accounts[key]) >= FEWEST_ACCOUNTS_FOR_A_NAME):
            continue
        name = min(spellings[key].items(), key=lambda item: (-item[1], item[0]))[0]
        by_name[key] = themes.create(db, kind="competitor", name=name, label=key, keywords=(), centroid=None, now=now)
        created += 1
    themes.follow(db, [(m["id"], by_name[m["name"].casefold()]) for m in mentions if m["name"].casefold() in by_name])
    return created, sum(m["name"].casefold() not in by_name for m in mentions)


def _state(db: Database, kind: Kind, theme: themes.Theme) -> ThemeState:
    centroid, tightness, size = themes.shape(db, theme.id)
    return ThemeState(
        str(theme.id),
        kind,
        theme.name,
        theme.keywords,
        centroid,
        size,
        theme.pinned,
        tightness,
    )
