"""Where a figure would be one about a single rep: shown to that rep and to whoever the setting allows, to nobody else.

What one would get wrong: without accounts, on one's own machine and in the terminal, nothing is hidden; nobody can be
told from anybody else there, and whoever has the file can count for themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlite_utils import Database

from api.errors import RepHidden
from api.exports.document import Document
from api.gate.who import visit
from pipelines.access import reps
from pipelines.reports.voice import VoiceReport
from pipelines.store import conversations, speaking
from pipelines.store.filters import options

FEWEST_REPS = 3  # with two, "the others" is the other one


def may_see(db: Database, rep: str) -> bool:
    """Whether who asks may see the figures of one rep."""
    here = visit()
    return not here.accounts or reps.may_see(db, here.person, rep)


def may_see_all(db: Database) -> bool:
    """Whether who asks may see the figures of every rep."""
    here = visit()
    return not here.accounts or reps.may_see_all(db, here.person)


def own(db: Database) -> frozenset[str]:
    """The names that who asks has as a rep, in small letters; none without accounts."""
    person = visit().person
    return reps.own(db, person) if person else frozenset()


def own_as_told(db: Database) -> frozenset[str]:
    """The same where who asks is a rep: an administrator said so, or a conversation names the rep by their address."""
    names, person = own(db), visit().person
    told = person and (reps.named(db, person.id).names or names & {one.casefold() for one in speaking.reps(db)})
    return names if told else frozenset()


def names_owner(db: Database, rep: str) -> bool:
    """Whether who asks is told that a rep owns an account. It stands beside what is open there, so it is told to the
    rep and to whoever may see figures of that rep, whatever is set for the rep's own figures."""
    return rep.strip().casefold() in own(db) or may_see(db, rep)


def hidden(db: Database) -> frozenset[str]:
    """The fields that hold reps, where who asks may not see every rep: the column of reps and own columns like it."""
    return frozenset() if may_see_all(db) else frozenset({"rep", *reps.columns(db)})


def check(db: Database, filters: Mapping[str, str], by: Iterable[str] = ()) -> None:
    """Filters on fields that hold reps and what is split by, as an address gives them. Raises RepHidden."""
    fields = hidden(db)
    split = any(conversations.field_key(part) in fields for value in by for part in value.split(",") if part.strip())
    named = [one for field in fields for one in options(filters.get(field, ""))]
    if split or not all(may_see(db, one) for one in named):
        raise RepHidden


def check_shared(db: Database, filters: Mapping[str, str]) -> None:
    """Filters on reps of what goes to several people, as a digest does: where there are accounts none is allowed, since
    who reads it is not known. Raises RepHidden."""
    if visit().accounts and any(filters.get(field) for field in ("rep", *reps.columns(db))):
        raise RepHidden


def seen(db: Database, facets: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    """Counts by field, those of reps as far as who asks may see them."""
    fields = hidden(db)
    return {
        field: {rep: count for rep, count in counts.items() if may_see(db, rep)} if field in fields else counts
        for field, counts in facets.items()
    }


def voice_seen(db: Database, report: VoiceReport) -> VoiceReport:
    """A voice report with the reps that who asks may see."""
    if may_see_all(db):
        return report
    enough = len(report.reps) + report.few_reps >= FEWEST_REPS
    return replace(report, reps=tuple(rep for rep in report.reps if enough and may_see(db, rep.name)), few_reps=0)


def document_seen(db: Database, document: Document) -> Document:
    """A document that was kept, without what it tells by rep where who reads it may not see that."""
    if may_see_all(db):
        return document
    kept: Sequence = tuple(
        section for section in document.sections if section.table is None or section.table.key != "reps"
    )
    return replace(document, sections=tuple(kept))
