"""The quotes that stand for a theme, wherever one is shown: typical, readable, from different accounts."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from sqlite_utils import Database

from insights import borders, excerpts, quotable, typical
from insights.telling import says, telling
from pipelines.store import insights, themes, vectors
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote

CANDIDATES = 300
OF_AN_ACCOUNT = 3
NAMED = 60  # mentions of a competitor among which those are looked for that say something
SWITCHED = frozenset({"switching_from", "switching_to", "comparison"})  # relations that say something by themselves
HANDED_ON = 6  # times as many typical quotes are looked through for whole ones


def representatives(db: Database, filters: Filters, *, limit: int = 6) -> list[Quote]:
    """The few of the matching quotes that say best what a theme (`filters.theme`) is about.

    Where there is nothing to compare by meaning, because a competitor's mention is but its name, they are those whose
    sentence says most about it.
    """
    shapes = themes.shapes(db, [int(filters.theme)]) if filters.theme.isdigit() else {}
    if not shapes:
        return _saying(db, insights.surest(db, filters, an_account=OF_AN_ACCOUNT, limit=max(NAMED, limit)), limit)
    [(centre, _)] = shapes.values()
    return _typical(db, insights.surest(db, filters, an_account=OF_AN_ACCOUNT, limit=CANDIDATES), centre, limit)


def of_rival(db: Database, filters: Filters) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """The matching mentions of a competitor whose sentence says something about it, what says most first; and those that
    merely name it."""
    ids = insights.surest(db, replace(filters, kind="competitor"), an_account=OF_AN_ACCOUNT, limit=NAMED)
    found = _saying(db, ids, NAMED)
    told = tuple(one for one in found if one.label in SWITCHED or says(one.before + one.text + one.after))
    return told, tuple(one for one in found if one not in told)


def loosest(db: Database, filters: Filters, *, limit: int = 12) -> tuple[int, tuple[Quote, ...]]:
    """How many of the matching quotes belong to their theme only loosely, and those of them that fit worst."""
    ids = insights.loosest(db, filters)
    known = insights.several(db, ids[:limit])
    return len(ids), tuple(known[one] for one in ids[:limit] if one in known)


def in_full(db: Database, filters: Filters, *, limit: int = 2) -> list[Quote]:
    """The same for a sheet that is handed on: firm members of the theme alone, each with the whole of its sentence. A
    piece of one comes only where nobody said it in a sentence."""
    found = [one for one in representatives(db, filters, limit=HANDED_ON * limit) if not one.is_loose]
    extended = [_extended(db, one) for one in found]
    kept = [one for one, whole in extended if whole] or [one for one, _ in extended]
    return kept[:limit]


def among(db: Database, insight_ids: Collection[str], *, limit: int = 3) -> list[Quote]:
    """The few of these insights that say best what they have in common."""
    return _typical(db, sorted(insight_ids)[:CANDIDATES], None, limit)


def _extended(db: Database, quote: Quote) -> tuple[Quote, bool]:
    """A quote with the whole of its sentence where that is short enough, and whether it is a sentence then. One whose
    borders a person set, and a competitor's name, which is always quoted with its sentence, stay as they are."""
    text = insights.utterance_text(db, quote.utterance_id)
    start, end = quote.start, quote.end
    if quote.kind == "competitor":
        start, end = start - len(quote.before), end + len(quote.after)
    elif not quote.borders and borders.is_cut(text, start, end):
        start, end = borders.whole(text, start, end)
        around = excerpts.around(text, start, end)
        quote = replace(quote, start=start, end=end, text=text[start:end], **around)
    near = quotable.NEAR
    return quote, quotable.is_sentence(text[start:end], text[max(0, start - near) : start], text[end : end + near])


def _saying(db: Database, ids: Sequence[str], limit: int) -> list[Quote]:
    """Those whose sentence says most, the surest first among equals; one account after another. The same words come
    again last, from other accounts alone."""
    known = insights.several(db, ids)
    found = [known[one] for one in ids if one in known]
    worth = [telling(one.before + one.text + one.after, reported=one.voice == "reported") for one in found]
    ordered = sorted(range(len(found)), key=lambda at: (-worth[at], at))
    chosen: list[Quote] = []
    again: list[Quote] = []
    same: list[Quote] = []
    accounts: set[str] = set()
    said: set[str] = set()
    for quote in (found[at] for at in ordered):
        words = " ".join((quote.before + quote.text + quote.after).casefold().split())
        heard = bool(quote.account) and quote.account in accounts
        if words not in said:
            (again if heard else chosen).append(quote)
        elif not heard:
            same.append(quote)
        said.add(words)
        accounts.add(quote.account)
    return [*chosen, *again, *same][:limit]


def _typical(db: Database, ids: Collection[str], centre: np.ndarray | None, limit: int) -> list[Quote]:
    rows, found = vectors.of_insights(db, vectors.encoder(db), ids)
    if not rows:
        return _quotes(db, sorted(ids)[:limit])
    chosen = typical.representatives(
        [row["text"] for row in rows], found, ids=[row["id"] for row in rows],
        accounts=[row["account"] for row in rows], voices=[row["voice"] for row in rows],
        whole=[quotable.is_sentence(row["text"], row["before"], row["after"]) for row in rows], centroid=centre,
        most=limit,
    )  # fmt: skip
    return _quotes(db, chosen)


def _quotes(db: Database, ids: Collection[str]) -> list[Quote]:
    return [quote for one in ids if (quote := insights.get(db, one))]
