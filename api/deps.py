"""What handlers ask for: the database of this request, the settings, today's date, the filter that all lists share."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Query, Request
from pydantic import BaseModel, Field
from sqlite_utils import Database

from api.errors import BadParameter, Masked
from api.gate.rep_gate import check as check_reps
from api.gate.who import actor as actor
from api.gate.who import visit
from insights.periods import is_day
from pipelines.catalogue.personas import FUNCTIONS, SENIORITIES
from pipelines.privacy.covering import (
    UNFOUND,
    CoveredWords,
    asked,
    cover,
    kept,
    kept_lines,
    link_without_names,
    products,
    rivals,
    told_facts,
    without_names,
)
from pipelines.privacy.originals import may_see, sees
from pipelines.report import EARLIEST, SUBJECTS
from pipelines.settings import Settings
from pipelines.store import connect, facets
from pipelines.store.covered import HIDDEN, bare, holds_cover, is_covered, texts
from pipelines.store.filters import MATCHES, Filters, literal, options
from pipelines.store.filters import NAMES as FILTER_NAMES
from pipelines.store.published import look_back
from pipelines.store.remembered import look_once

MOST_ITEMS = 200
MOST_ASKED = 1_000  # characters that are looked for: each word is looked up by itself
ALL_FIELDS = 1 << 30
A_YEAR = timedelta(days=366)
SHOWING = frozenset({
    "/answers", "/api/v1/answers", "/trackers/preview", "/api/v1/trackers/preview", "/reports/saved/digests/preview",
    "/api/v1/digests/preview", "/catalogue/names/effect", "/api/v1/catalogue/names/preview",
    "/catalogue/personas/effect",
    "/api/v1/catalogue/personas/preview", "/catalogue/stages/effect",
})  # what is sent here is only looked at: too long, or too much somebody's, for an address  # fmt: skip
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
# Forms with texts that stood covered in them: their handlers keep what was left as it was (`kept_text`) and refuse the rest.
KEEPING = re.compile(
    r"(/api/v1)?/(trackers|annotations)/\d+|/api/v1/collections/\d+(/quotes/[0-9a-f]{16})?|/collections/\d+/(title|note|quote-note)"
    r"|/(reports|api/v1)/saved/[0-9a-f]{32}|(/reports/saved|/api/v1)/digests/\d+|/themes/(\d+/(rename|split)|proposals/\d+)"
)


def database(request: Request) -> Iterator[Database]:
    """One connection a request, closed afterwards."""
    file = request.app.state.settings.database_file
    with closing(connect(file)) as db:
        # A request that changes something writes to the tables themselves; what only shows is covered, however it is asked.
        if (request.method in LOOKING or request.url.path in SHOWING) and not sees_originals(db):
            cover(db, file)
        if request.method in LOOKING:
            look_once(db)
            look_once(bare(db))
        request.state.db = db  # for what stands in the header of every page
        yield db


async def no_covers(request: Request) -> None:
    """Refuse to store what stands for a covered name in the name's place. Raises CoveredWords.

    A page shows who may not see originals covered texts, and a form sends back what it showed.
    """
    if visit().originals or request.method in LOOKING or request.url.path in SHOWING:
        return
    if KEEPING.fullmatch(request.url.path):
        return
    told = [unquote(request.url.path), *request.query_params.values()]
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        told += [one for one in (await request.form()).values() if isinstance(one, str)]
    elif body := await request.body():
        with suppress(ValueError, RecursionError):  # what cannot be read is refused by who reads it
            told += texts(json.loads(body))
    if any(map(holds_cover, told)):
        raise CoveredWords


async def only_known(request: Request) -> None:
    """Refuse a form with a field that its address does not take: of a mistyped `dry_run` an upload would come. Raises
    BadParameter."""
    known = [field.alias for field in request.scope["route"].dependant.body_params]
    for name in await request.form():
        if name not in known:
            raise BadParameter(name, f"is no field of this form. Known: {', '.join(known)}.")


@contextmanager
def as_seen(db: Database) -> Iterator[Database]:
    """The database as who asks may see it: itself, or another connection that covers names."""
    if is_covered(db) or sees_originals(db):
        yield db
        return
    file = db.conn.execute("PRAGMA database_list").fetchone()[2]
    with closing(connect(file)) as mine:
        cover(mine, file)
        yield mine


def shown(db: Database) -> Database:
    """The same connection, which from now on shows who may not see originals no names: for what answers a change."""
    if not is_covered(db) and not sees_originals(db):
        cover(db, db.conn.execute("PRAGMA database_list").fetchone()[2])
    return db


def as_told(db: Database, text: str) -> str:
    """A text of no conversation as who asks may see it."""
    return text if is_covered(db) or sees_originals(db) else without_names(db, text)


def kept_text(db: Database, given: str, stored: str) -> str:
    """What a form says of a stored text: the stored one, where it came back as it was covered. Raises CoveredWords."""
    return given if sees_originals(db) else kept(db, given, stored)


def kept_link(db: Database, given: str, stored: str) -> str:
    """The same for an address elsewhere. Raises CoveredWords."""
    if sees_originals(db) or not holds_cover(given):
        return given
    if given.strip() != link_without_names(db, stored):
        raise CoveredWords
    return stored


def kept_texts(db: Database, given: Iterable[str], stored: Iterable[str]) -> tuple[str, ...]:
    """The same for several lines, in whatever order. Raises CoveredWords."""
    return tuple(given) if sees_originals(db) else kept_lines(db, given, stored)


# Not async, these would each be handed to another thread and wait for the interpreter twice.
async def settings(request: Request) -> Settings:
    return request.app.state.settings


async def today(request: Request) -> date:
    return request.app.state.today()


async def clock(request: Request) -> str:
    """This moment, ISO 8601 in UTC."""
    return request.app.state.clock()


Db = Annotated[Database, Depends(database)]
OurSettings = Annotated[Settings, Depends(settings)]
Today = Annotated[date, Depends(today)]
Clock = Annotated[str, Depends(clock)]
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="most items to return")]


class FilterQuery(BaseModel):
    """The filters as query parameters; a value may name several, separated by commas or by repeating the parameter.

    Any further parameter must be the name of one of the uploads' own columns.
    """

    since: list[str] = Field(default=[], description="first day, YYYY-MM-DD")
    until: list[str] = Field(default=[], description="last day, YYYY-MM-DD, inclusive")
    kind: list[str] = Field(default=[], description="objection, question or competitor")
    theme: list[str] = Field(default=[], description="a theme's id, or `none` for what is in no theme yet")
    label: list[str] = Field(default=[], description="class of an objection or question, or a competitor's relation")
    persona: list[str] = Field(default=[], description="function of the buyer, for instance it_security")
    seniority: list[str] = Field(default=[], description="seniority of the buyer, for instance director")
    stage: list[str] = Field(default=[], description="stage of the deal, as your CRM names it")
    outcome: list[str] = Field(default=[], description="outcome of the deal")
    competitor: list[str] = Field(default=[], description="a competitor's name")
    relation: list[str] = Field(default=[], description="how a competitor was named, for instance incumbent")
    voice: list[str] = Field(default=[], description="verbatim (the buyer's words) or reported (a rep's note)")
    role: list[str] = Field(default=[], description="who spoke: buyer, seller or unknown")
    rep: list[str] = Field(default=[], description="the seller's person")
    account: list[str] = Field(default=[], description="the buyer's company")
    channel: list[str] = Field(default=[], description="call, email, note or chat")
    follow_up: list[str] = Field(default=[], description="answered, deferred, open, or came_back after a reply")
    tracker: list[str] = Field(default=[], description="a tracker's id: conversations in which it was found")
    beside: list[str] = Field(default=[], description="a competitor's name: conversations in which it was named")
    ours: list[str] = Field(default=[], description="a product of ours: conversations in which it was named")
    usage: list[str] = Field(default=[], description="what a quote may be used for: internal, anonymised or approved")
    used: list[str] = Field(default=[], description="whether it is noted where a quote was used: yes or no")
    q: list[str] = Field(
        default=[],
        description='words that occur; "in quotation marks" together, after a minus not at all; no other syntax',
    )
    match: list[str] = Field(default=[], description="all of the words of `q` (without it), any of them, or phrase")
    published: list[str] = Field(
        default=[], description="a day, YYYY-MM-DD: as it was published then, on the themes and uploads of that day"
    )


def filtering(*own: str) -> Callable[..., Filters]:
    """A dependency that reads the shared filters; `own` are the other parameters that the handler takes."""

    def read(request: Request, db: Db, day: Today, query: Annotated[FilterQuery, Query()]) -> Filters:
        given = {name: _together(db, name, map(str.strip, getattr(query, name))) for name in FILTER_NAMES}
        given["q"] = given["q"].replace(",", " ")
        rest = set(request.query_params) - set(FILTER_NAMES) - set(own)
        if given["published"]:
            _checked_day("published", given["published"], day)
            look_back(db, given["published"])
        found = Filters(**_checked(given, day), fields=_own_fields(request, db, rest, own))
        split = set(request.query_params.getlist("by"))
        if is_covered(db):
            found = _covered(db, found, split)
        check_reps(db, {"rep": found.rep, **found.fields}, split)
        return found

    return read


def filters_from(db: Database, given: Mapping[str, str], today: date) -> Filters:
    """The filters of who asks without an address, by the same rules. Raises BadParameter, Masked."""
    known = {name: given.get(name, "").strip() for name in FILTER_NAMES}
    own = {name: value for name, value in given.items() if name not in FILTER_NAMES and value}
    meant = _meant(db, own, ())
    own = {meant[name]: value for name, value in own.items()}
    if known["published"]:
        _checked_day("published", known["published"], today)
        look_back(db, known["published"])
    filters = Filters(**_checked(known, today), fields=own)
    if is_covered(db):
        filters = _covered(db, filters, set())
    check_reps(db, {"rep": filters.rep, **own}, [given.get("by", "")])
    return filters


def sees_originals(db: Db) -> bool:
    """Whether who asks may see who said something, and words as they were said, not masked. On one's own machine:
    yes."""
    here = visit()
    return not here.accounts or (here.person is not None and may_see(db, here.person.role))


def originals(db: Db) -> None:
    """Raises Masked for who may not see originals."""
    if not sees_originals(db):
        raise Masked(sees(db))


def insight_cursor(after: Annotated[str, Query(description="`next` of the page before")] = "") -> str:
    if after and not re.fullmatch(r"(\d{4}-\d{2}-\d{2})?~[0-9a-f]{16}", after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    return after


def is_row_id(text: str) -> bool:
    """Whether the text is a number that SQLite can hold."""
    return text.isascii() and text.isdigit() and len(text) < 19


def _checked(given: dict[str, str], today: date) -> dict[str, str]:
    for name in ("since", "until"):
        if given[name]:
            _checked_day(name, given[name], today)
    if given["since"] and given["until"] and given["since"] > given["until"]:
        raise BadParameter("since", "is later than until")
    for name, words in (("kind", SUBJECTS), ("persona", FUNCTIONS), ("seniority", SENIORITIES)):
        if not {*filter(None, given[name].split(","))} <= {*words}:
            raise BadParameter(name, f"must be one of {', '.join(words)}")
    if not all(t == "none" or is_row_id(t) for t in filter(None, given["theme"].split(","))):
        raise BadParameter("theme", "must be a theme's number, or none")
    if len(given["q"]) > MOST_ASKED:
        told = f"is longer than {MOST_ASKED:,} characters. Ask with fewer words; paste a longer text where answers are looked up"
        raise BadParameter("q", told)
    if given["match"] not in ("", *MATCHES):
        raise BadParameter("match", f"must be one of {', '.join(MATCHES)}")
    given["match"] = "" if given["match"] == "all" or not given["q"] else given["match"]
    if not all(map(is_row_id, filter(None, given["tracker"].split(",")))):
        raise BadParameter("tracker", "must be a tracker's number")
    return given


def _checked_day(name: str, value: str, today: date) -> None:
    first, last = EARLIEST.isoformat(), (today + A_YEAR).isoformat()
    if not is_day(value):
        raise BadParameter(name, "must be a day as YYYY-MM-DD, for instance 2026-03-31")
    if not first <= value <= last:
        raise BadParameter(name, f"must be a day from {first} to {last}")


def _together(db: Database, name: str, given: Iterable[str]) -> str:
    """Several values of a parameter as one filter takes them. One with a comma that is stored just so is one, not
    two."""
    values = [value for value in given if value]
    return ",".join(
        literal(v) if _ends_plain(v) or ("," in v and "\\," not in v and facets.has(db, name, v)) else v for v in values
    )


def _ends_plain(value: str) -> bool:
    """Whether a value ends in a backslash that nobody marked."""
    return (len(value) - len(value.rstrip("\\"))) % 2 == 1


def _own_fields(request: Request, db: Database, names: set[str], own: tuple[str, ...]) -> dict[str, str]:
    if not names:
        return {}
    meant = _meant(db, names, own)
    values = {meant[name]: _together(db, meant[name], request.query_params.getlist(name)) for name in sorted(names)}
    return {name: value for name, value in values.items() if value}


def _covered(db: Database, filters: Filters, split: Collection[str]) -> Filters:
    """What may be asked by who sees no names. Raises Masked for a filter or split by company or rep, whatever it
    says."""
    if filters.account or filters.rep or HIDDEN.intersection(split):
        raise Masked(sees(db))
    ours = filters.ours if not filters.ours or filters.ours in products(db) else UNFOUND
    rival, beside = (",".join(map(literal, rivals(db, options(told)))) for told in (filters.competitor, filters.beside))
    stage, outcome = (
        ",".join(map(literal, told_facts(db, options(told)))) for told in (filters.stage, filters.outcome)
    )
    shown = replace(filters, stage=stage, outcome=outcome, ours=ours, competitor=rival, beside=beside)
    return replace(shown, q=asked(db, filters), typed=filters.q)


def _meant(db: Database, names: Collection[str], own: tuple[str, ...]) -> dict[str, str]:
    """The field that each name means (see facets.meant). Raises BadParameter for one that means none."""
    known = facets.field_names(db, most_values=ALL_FIELDS)
    found = {name: facets.meant(name, known) for name in sorted(names)}
    for name, field in found.items():
        if not field:
            raise BadParameter(name, f"is no filter here. Known: {', '.join((*FILTER_NAMES, *known, *own))}.")
    return found
