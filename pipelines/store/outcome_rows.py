"""What outcomes are judged by: every counted conversation with its deal, and which themes were raised in it and
answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlite_utils import Database

from pipelines.store import columns, deal_keys
from pipelines.store.counting import COUNTED
from pipelines.store.filters import MEETINGS, OUTCOME, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.remembered import beneath, key_of, remembered
from pipelines.store.splits import split_column
from pipelines.store.units import ACCOUNT, DEAL


@dataclass(frozen=True, slots=True)
class Talk:
    """A counted conversation: its day ("" when unknown), its deal and account, the field held constant, the outcome in
    the CRM's words, and whether something of it was noted by a rep (`reported`) and heard word for word
    (`verbatim`)."""

    id: str
    day: str
    deal: str
    account: str
    segment: str
    outcome: str
    rep: str
    reported: bool
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """A theme (or a label) that came up in a conversation, in which ways, and whether it was answered there."""

    theme: str
    conversation: str
    answered: bool
    reported: bool
    verbatim: bool


_SAID = "EXISTS (SELECT 1 FROM utterances u WHERE u.conversation_id = c.id AND u.voice = '{}')"


def talks(db: Database, filters: Filters, *, segment: str = "") -> list[Talk]:
    """The conversations that match, in the order of their days. The list is shared: nobody may change it."""
    db, key = beneath(db), ("talks", key_of((filters, segment)))
    return remembered(db, key, lambda: _talks(db, filters, segment), large=True)


def _talks(db: Database, filters: Filters, segment: str) -> list[Talk]:
    told = columns.told(db)
    if told is None:
        return _grouped(db, filters, segment)
    alone, only = columns.alone(told, columns.conversations(db, told, filters))
    alone = alone[np.argsort(told.day[told.meeting[alone]], kind="stable")]
    meeting = told.meeting[alone]
    facts = (
        deal_keys.of_each(db, told), columns.facts(db, told, "unit account", ACCOUNT),
        columns.fact(db, told, segment), told.facts["outcome"], told.facts["rep"],
    )  # fmt: skip
    texts = [columns.named(one.values, one.codes[alone]) for one in facts]
    ids, days = columns.named(told.ids, meeting), columns.named(told.days, told.day[meeting])
    said = [
        columns.facts(db, told, f"said {voice}", f"CAST({_SAID.format(voice)} AS TEXT)").among(["1"])[alone].tolist()
        for voice in ("reported", "verbatim")
    ]
    found = [Talk(*row) for row in zip(ids, days, *texts, *said, strict=True)]
    if only:
        found = sorted([*found, *_grouped(db, filters, segment, only=only)], key=lambda talk: (talk.day, talk.id))
    return found


def _grouped(db: Database, filters: Filters, segment: str, *, only: Sequence[str] | None = None) -> list[Talk]:
    """The same by SQL, from all the tellings of each; `only` some meetings."""
    condition, values = conversation_condition(filters)
    column, more = split_column(segment)
    some = "" if only is None else "AND c.counted_as IN (SELECT value FROM json_each(?))"
    sql = f"""SELECT c.counted_as AS id, min(w.day) AS day, min({DEAL}) AS deal, min({ACCOUNT}) AS account,
        coalesce(max({column}), '') AS segment, max({OUTCOME}) AS outcome, max(c.rep) AS rep,
        max({_SAID.format("reported")}) AS reported, max({_SAID.format("verbatim")}) AS verbatim
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as
        WHERE {COUNTED} AND {condition} {some} GROUP BY c.counted_as ORDER BY day, c.counted_as"""
    return [
        Talk(**{**row, "reported": bool(row["reported"]), "verbatim": bool(row["verbatim"])})
        for row in db.query(sql, [*more, *values, *([] if only is None else [json.dumps(only)])])
    ]


def raised(db: Database, filters: Filters, *, by: str = "theme") -> list[Raised]:
    """What came up in which conversation: themes by their ids, or labels (`by="label"`)."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        return _raised(read, chosen, by)
    condition, values = insight_condition(filters)
    column = "i.label" if by == "label" else "cast(m.theme_id AS TEXT)"
    sql = f"""SELECT {column} AS theme, c.counted_as AS conversation, max(i.follow_up = 'answered') AS answered,
        max(u.voice = 'reported') AS reported, max(u.voice = 'verbatim') AS verbatim {JOINS}
        WHERE {COUNTED} AND {column} IS NOT NULL AND {column} <> '' AND {condition} GROUP BY 1, 2 ORDER BY 1, 2"""
    return [
        Raised(row["theme"], row["conversation"], *(bool(row[name]) for name in ("answered", "reported", "verbatim")))
        for row in db.query(sql, values)
    ]


def _raised(read: columns.Columns, chosen: np.ndarray, by: str) -> list[Raised]:
    """The same from the columns."""
    told, label = read.told, read.texts["label"]
    chosen = (
        chosen & told.counted[read.of] & ((label.codes != columns.blank(label)) if by == "label" else read.theme > 0)
    )
    if by == "label":
        values, codes = label.values, label.codes[chosen]
    else:
        numbers, codes = np.unique(read.theme[chosen], return_inverse=True)
        values = [str(one) for one in numbers.tolist()]
    place = np.empty(len(values), np.int64)
    place[sorted(range(len(values)), key=values.__getitem__)] = np.arange(len(values))
    meeting = told.meeting[read.of[chosen]]
    joined = place[codes] * len(told.ids) + told.rank[meeting]
    _, first, group = np.unique(joined, return_index=True, return_inverse=True)
    flags = []
    # `came_back` stands before what became of it first: it is asked for by itself.
    for name, value in (("reply", "answered"), ("voice", "reported"), ("voice", "verbatim")):
        flags.append(np.bincount(group, weights=read.texts[name].among([value])[chosen], minlength=len(first)) > 0)
    names, ids = columns.named(values, codes[first]), columns.named(told.ids, meeting[first])
    return [Raised(*row) for row in zip(names, ids, *(flag.tolist() for flag in flags), strict=True)]


def quoted(db: Database, filters: Filters, theme: int) -> list[tuple[str, str]]:
    """(insight, conversation) of a theme, the newest first."""
    condition, values = insight_condition(replace(filters, theme=""))
    sql = f"""SELECT i.id, c.counted_as {JOINS} WHERE {COUNTED} AND m.theme_id = ? AND {condition} ORDER BY c.day DESC, i.id DESC"""
    return [(one, conversation) for one, conversation in db.execute(sql, [theme, *values])]
