"""What the pages of an upload and of its speakers show, as one value a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from api.errors import NotFound
from api.wording.column_words import GROUPS, Group
from insights import wording
from insights.formats import ColumnMapping
from insights.formats.tables import columns
from pipelines.catalogue import by_domain
from pipelines.store import batches, jobs, mappings, pieces
from pipelines.store.covered import is_covered
from pipelines.store.pieces import FileCounts, Known, Moved, New, Replaced
from pipelines.uploads import moved, readings, said_anew
from pipelines.uploads.preview import UploadPreview
from pipelines.uploads.problems import in_question
from pipelines.uploads.readings import ReadAs
from pipelines.uploads.said_anew import Summary
from pipelines.uploads.sides import Named, Speaker, parted
from pipelines.uploads.solved import Standing, solved, standing
from pipelines.uploads.undo import Takes, takes

NOTHING = Summary()
MAILS = (".eml", ".mbox", ".msg")  # they give their date
PROBLEMS_A_PAGE = 200
UPLOADS_A_PAGE = 20
CHANGED_SHOWN = KNOWN_A_PAGE = FILES_A_PAGE = CONVERSATIONS_A_PAGE = 50

MOST_CERTAIN, FEW_CERTAIN, FEW_NAMED = 500, 30, 100  # speakers that are shown though nothing is to be said of them


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with rows of one file in one way; `kept` says that they went in all the same, `since` which other
    upload brought them, 0 for none. `values` are what stands in the column that is wrong, each once."""

    file: str
    rows: tuple[int, ...]
    reason: str
    advice: str
    kept: bool
    since: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One upload with its problems and how they stand; `job` reads it, or waits to. `read` is how its tables were read,
    where that is worth telling, `again` what another upload brought too, read with other columns, `lacking` how many
    conversations of its tables count without date or account. `reasons` are what is wrong and how often, `reason` the
    one that is shown; `takes` says what an undo takes back and what it leaves, `without` how many of its conversations
    have no date or account, `before` which uploads brought it where nothing of it is new, `changed` what it says anew
    of what was in already, `by_address` of how many of its conversations without an account a mail domain tells it,
    `moved` which of its rows stood under another account before, `brought_again` the uploads that brought again what
    went with it when it was undone."""

    batch: dict
    problems: tuple[Trouble, ...]
    next: int | None
    standing: Standing
    job: dict | None
    reasons: tuple[tuple[str, int], ...]
    reason: str
    takes: Takes
    read: tuple[ReadAs, ...]
    again: tuple[str, ...]
    lacking: int
    pieces: "Pieces"
    stored: str = ""
    without: str = ""
    before: tuple[int, ...] = ()
    changed: Summary = NOTHING
    by_address: int = 0
    moved: tuple[Moved, ...] = ()
    brought_again: tuple[dict, ...] = ()


@dataclass(frozen=True, slots=True)
class Pieces:
    """An upload piece by piece: its files, what was known (`knowns` in all), what replaces an earlier version, and the
    conversations that its pieces are (`total` in all). The cursors lead to what follows, 0 or "" at the end."""

    files: tuple[FileCounts, ...]
    next_file: int
    known: tuple[Known, ...]
    knowns: int
    next_known: int
    replaced: tuple[Replaced, ...]
    conversations: tuple[dict, ...]
    total: int
    next_conversation: str


@dataclass(frozen=True, slots=True)
class From:
    """Where the lists of an upload's page go on: cursors as `Pieces` gave them; `lacking` lists only the conversations
    without a date or an account."""

    file: int = 0
    known: int = 0
    conversation: str = ""
    lacking: bool = False


_START = From()


@dataclass(frozen=True, slots=True)
class CheckPage:
    """An upload before it is read. `asked` is the table that asks for each column; `trial` a dry run's job, or None,
    `problems` what it met, `changed` what it would say anew of what is in already, `repeated` the first pieces that
    stand in it twice, `moved` its rows that stood under another account before, `fresh` the first conversations that it
    would bring, and `notices` what else to know. `read` is how each table will be read; `order` and `zone` are as
    chosen, else as in the saved columns that fit."""

    look: UploadPreview
    mapping: ColumnMapping
    asked: dict[str, int]
    roles: Mapping[str, str]
    saved: tuple[str, ...]
    trial: dict | None
    problems: tuple[Trouble, ...]
    notices: tuple[str, ...]
    read: tuple[ReadAs, ...]
    order: str
    zone: str
    changed: Summary
    repeated: tuple[Known, ...] = ()
    moved: tuple[Moved, ...] = ()
    fresh: tuple[New, ...] = ()
    groups: tuple[Group, ...] = GROUPS

    @property
    def named(self) -> dict[str, str]:
        """What each role is called."""
        return {one.role: one.name for group in self.groups for one in group.choices}

    @property
    def technical(self) -> bool:
        """Whether a column is one that is hidden where none is."""
        hidden = {one.role for group in self.groups if group.technical for one in group.choices} - {"id"}
        return any(column.role in hidden for table in self.look.tables for column in table.columns)

    @property
    def lacking(self) -> bool:
        """Whether files give no date or no account, so that somebody may want to say them."""
        return any(ending not in MAILS for ending, _ in self.look.others) or any(one.missing for one in self.read)


@dataclass(frozen=True, slots=True)
class SpeakersPage:
    """Speakers to look at and how many there are in all, those whose side is certain already, whether nobody was heard
    yet, and the corrections that are being worked out. `named` are people whom columns name and who never speak;
    `told` of those to look at are told by the CRM or by other conversations."""

    speakers: tuple[Speaker, ...]
    total: int
    certain: tuple[Speaker, ...]
    certains: int
    nobody: bool
    working: tuple[dict, ...]
    named: tuple[Named, ...] = ()
    nameds: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class UploadsPage:
    """The uploads, the newest first, and what works on them; `mining` are jobs whose upload is read: they look for what
    is said."""

    batches: tuple[dict, ...]
    next: int | None
    lacking: dict[int, int]
    jobs: dict[int, dict]
    working: tuple[dict, ...]
    standing: dict[int, Standing]
    takes: dict[int, Takes]
    stored: str = ""
    mining: frozenset[int] = frozenset()


def uploads(db: Database, *, before: int | None) -> UploadsPage:
    limit = UPLOADS_A_PAGE
    found = batches.recent(db, before=before, limit=limit + 1)
    recent = jobs.recent(db)
    by_batch = {job["arguments"]["batch_id"]: job for job in recent if "batch_id" in job["arguments"]}
    working = tuple(job for job in recent if job["status"] in ("waiting", "running"))
    mining = frozenset(job["id"] for job in working if _is_read(db, job["arguments"].get("batch_id")))
    lacking = {one["id"]: readings.still_lacking(db, one["id"], readings.load(one["readings"])) for one in found}
    more = found[limit - 1]["id"] if len(found) > limit else None
    stand = {one["id"]: standing(db, one["id"], one["problems"]) for one in found[:limit] if one["problems"]}
    held = takes(db, tuple(one["id"] for one in found[:limit] if one["status"] != "undone"))
    return UploadsPage(
        tuple(found[:limit]), more, lacking, by_batch, working, stand, held, wording.stored(*pieces.counted(db)), mining
    )


def _is_read(db: Database, batch_id: int | None) -> bool:
    found = batches.get(db, batch_id) if batch_id else None
    return found is not None and found["status"] != "reading"


def batch(db: Database, batch_id: int, *, after: int, reason: str = "", start: From = _START) -> BatchPage:
    found = batches.get(db, batch_id)
    if found is None:
        raise NotFound("upload", batch_id)
    problems = batches.problems(db, batch_id, after=after, limit=PROBLEMS_A_PAGE + 1, reason=reason, records=True)
    since = solved(db, batch_id, problems[:PROBLEMS_A_PAGE])
    more = problems[PROBLEMS_A_PAGE - 1]["id"] if len(problems) > PROBLEMS_A_PAGE else None
    job = next((job for job in jobs.unfinished(db, "ingest") if job["arguments"].get("batch_id") == batch_id), None)
    lacking = pieces.count_lacking(db, batch_id)
    read = tuple(one for one in readings.load(found["readings"]) if one.is_told)
    return BatchPage(
        found, troubles(problems[:PROBLEMS_A_PAGE], since), more, standing(db, batch_id, found["problems"]), job,
        tuple(batches.reasons(db, batch_id)), reason, takes(db, (batch_id,))[batch_id], read,
        tuple(readings.again(db, batch_id)) if found["status"] != "undone" else (),
        readings.still_lacking(db, batch_id, read), _pieces(db, batch_id, start),
        wording.stored(*pieces.counted(db, batch_id)), _without(*lacking),
        () if found["conversations"] or not found["duplicates"] else tuple(pieces.brought_before(db, batch_id)),
        _changed(db, found), _by_address(db, batch_id) if lacking[1] else 0,
        tuple(moved.found(db, batch_id)) if found["status"] == "done" and found["conversations"] else (),
        tuple(filter(None, (batches.get(db, n) for n in _again(db, found)))),
    )  # fmt: skip


def _again(db: Database, batch: Mapping[str, Any]) -> list[int]:
    return batches.brought_again(db, batch["id"]) if batch["status"] == "undone" else []


def _by_address(db: Database, batch_id: int) -> int:
    found = by_domain.suggestions(db)
    if not found.told:
        return 0
    lack, _ = pieces.conversations(db, batch_id, limit=-1, lacking=True)
    return by_domain.among(found, {one["id"] for one in lack})


def _changed(db: Database, batch: Mapping[str, Any]) -> Summary:
    """What an upload says anew; for whom names are covered only how much: what it says is read as it was brought."""
    n, records = (batch["counts"].get(name, 0) for name in ("changed", "changed_records"))
    if is_covered(db) or not (n or records):
        return Summary(n, records)
    return said_anew.summary(db, batch["id"], shown=CHANGED_SHOWN)


def _without(dates: int, accounts: int) -> str:
    """ "1 conversation without a date, 3 without an account", "" where none lacks either."""
    if dates and accounts:
        return f"{wording.plural(dates, 'conversation')} without a date, {accounts:,} without an account"
    if dates or accounts:
        return f"{wording.plural(dates or accounts, 'conversation')} without {'a date' if dates else 'an account'}"
    return ""


def _pieces(db: Database, batch_id: int, start: From) -> Pieces:
    files = pieces.files(db, batch_id, after=start.file, limit=FILES_A_PAGE + 1)
    known = pieces.known(db, batch_id, after=start.known, limit=KNOWN_A_PAGE + 1)
    listed, total = pieces.conversations(
        db, batch_id, after=start.conversation, limit=CONVERSATIONS_A_PAGE + 1, lacking=start.lacking
    )
    return Pieces(
        tuple(files[:FILES_A_PAGE]), files[FILES_A_PAGE - 1].id if len(files) > FILES_A_PAGE else 0,
        tuple(known[:KNOWN_A_PAGE]), pieces.count_known(db, batch_id),
        known[KNOWN_A_PAGE - 1].id if len(known) > KNOWN_A_PAGE else 0, tuple(pieces.replaced(db, batch_id)),
        tuple(listed[:CONVERSATIONS_A_PAGE]), total,
        listed[CONVERSATIONS_A_PAGE - 1]["key"] if len(listed) > CONVERSATIONS_A_PAGE else "",
    )  # fmt: skip


def check(
    db: Database, look: UploadPreview, mapping: ColumnMapping, trial: dict | None, told: Summary = NOTHING,
    repeated: tuple[Known, ...] = (), elsewhere: tuple[Moved, ...] = (), fresh: tuple[New, ...] = (),
) -> CheckPage:  # fmt: skip
    """`told` is what the trial found changed, `repeated` what it found twice, `elsewhere` what stood under another
    account. Each column is asked for once, in the first table that has it: a mapping knows columns by their headers."""
    first: dict[str, int] = {}
    for n, table in enumerate(look.tables):
        for column in table.columns:
            first.setdefault(column.header, n)
    result = trial["result"] if trial else {}
    named = {table.saved for table in look.tables}
    used = [one for one in mapping.saved if one.name in named]
    return CheckPage(
        look, mapping, first, columns.roles(), tuple(mappings.names(db)), trial, troubles(result.get("problems", ())),
        tuple(result.get("notices", ())), tuple(map(readings.of_preview, look.tables)),
        mapping.date_order or next((one.date_order for one in used if one.date_order), ""),
        mapping.zone or next((one.zone for one in used if one.zone), ""), told, repeated, elsewhere,
        fresh=fresh,
    )  # fmt: skip


def troubles(
    problems: Iterable[Mapping[str, Any]], since: Mapping[int, int] = MappingProxyType({})
) -> tuple[Trouble, ...]:
    """Problems with those of one kind in one file put together; what did not come in goes first, what came in `since`
    (problem's id -> upload) last."""
    alike: dict[tuple[bool, str, str, str, int], tuple[list[int], dict[str, None]]] = {}
    for p in problems:
        later = since.get(p.get("id", 0), 0)
        rows, values = alike.setdefault((bool(p["kept"]), p["file"], p["reason"], p["advice"], later), ([], {}))
        if p["row"] is not None:
            rows.append(p["row"])
        if value := p.get("value") or in_question(p["reason"], p.get("record", {})):
            values[value] = None
    found = [
        Trouble(file, tuple(rows), reason, advice, kept, later, tuple(values))
        for (kept, file, reason, advice, later), (rows, values) in alike.items()
    ]
    return tuple(sorted(found, key=lambda trouble: (trouble.since > 0, trouble.kept)))


def speakers(db: Database, *, every: bool) -> SpeakersPage:
    found = parted(db, certain=MOST_CERTAIN if every else FEW_CERTAIN, columns=MOST_CERTAIN if every else FEW_NAMED)
    nobody = not (found.opens or found.certains or found.nameds)
    return SpeakersPage(
        tuple(found.open), found.opens, tuple(found.certain), found.certains, nobody,
        tuple(jobs.unfinished(db, "sides")),
        tuple(found.named), found.nameds, found.told,
    )  # fmt: skip
