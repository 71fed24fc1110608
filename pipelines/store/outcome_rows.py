"""What outcomes are judged by: every counted conversation with its deal, and which themes were raised in it and answered."""

from dataclasses import dataclass, replace

from sqlite_utils import Database

from pipelines.store.filters import COUNTED, MEETINGS, Filters, conversation_condition, insight_condition
from pipelines.store.insights import JOINS
from pipelines.store.report_rows import split_column
from pipelines.store.units import ACCOUNT, DEAL


@dataclass(frozen=True, slots=True)
class Talk:
    """A counted conversation: its day ("" when unknown), its deal and account, the field held constant, the outcome in
    the CRM's words, and whether something of it was noted by a rep (`reported`) and heard word for word (`verbatim`)."""

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
    """The conversations that match, in the order of their days."""
    condition, values = conversation_condition(filters)
    column, more = split_column(segment)
    sql = f"""SELECT c.counted_as AS id, min(w.day) AS day, min({DEAL}) AS deal, min({ACCOUNT}) AS account,
        coalesce(max({column}), '') AS segment, max(c.outcome) AS outcome, max(c.rep) AS rep,
        max({_SAID.format("reported")}) AS reported, max({_SAID.format("verbatim")}) AS verbatim
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as
        WHERE {COUNTED} AND {condition} GROUP BY c.counted_as ORDER BY day, c.counted_as"""
    return [
        Talk(**{**row, "reported": bool(row["reported"]), "verbatim": bool(row["verbatim"])})
        for row in db.query(sql, [*more, *values])
    ]


def raised(db: Database, filters: Filters, *, by: str = "theme") -> list[Raised]:
    """What came up in which conversation: themes by their ids, or labels (`by="label"`)."""
    condition, values = insight_condition(filters)
    column = "i.label" if by == "label" else "cast(m.theme_id AS TEXT)"
    sql = f"""SELECT {column} AS theme, c.counted_as AS conversation, max(i.follow_up = 'answered') AS answered,
        max(u.voice = 'reported') AS reported, max(u.voice = 'verbatim') AS verbatim {JOINS}
        WHERE {COUNTED} AND {column} IS NOT NULL AND {column} <> '' AND {condition} GROUP BY 1, 2 ORDER BY 1, 2"""
    return [
        Raised(row["theme"], row["conversation"], *(bool(row[name]) for name in ("answered", "reported", "verbatim")))
        for row in db.query(sql, values)
    ]


def quoted(db: Database, filters: Filters, theme: int) -> list[tuple[str, str]]:
    """(insight, conversation) of a theme, the newest first."""
    condition, values = insight_condition(replace(filters, theme=""))
    sql = f"""SELECT i.id, c.counted_as {JOINS} WHERE {COUNTED} AND m.theme_id = ? AND {condition} ORDER BY c.day DESC, i.id DESC"""
    return [(one, conversation) for one, conversation in db.execute(sql, [theme, *values])]
