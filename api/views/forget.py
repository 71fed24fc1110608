"""What the page, the interface and the terminal say of forgetting somebody: the preview, the receipt, the list of
receipts."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from insights import wording
from insights.covers import Person
from pipelines.privacy import forget, persons, receipts
from pipelines.privacy.forget import Preview
from pipelines.privacy.namesakes import Bearers
from pipelines.privacy.persons import Written
from pipelines.privacy.receipts import Figure, Receipt, Remains
from pipelines.store import figures

TABLES = {
    "utterances": "what was said", "insights": "quotes", "mails": "mails as they came",
    "brought": "what uploads said of a conversation",
    "conversations": "conversations", "crm_records": "CRM records", "theme_shapes": "what a theme sounds like",
    "reviews": "verdicts",
    "review_items": "places in a review round", "gone_quotes": "addresses of quotes that are gone",
    "company": "colleagues",
    "collection_quotes": "quotes in collections", "usage_events": "what a quote may be used for",
    "quote_uses": "where a quote was used",
    "quote_borders": "where a quote begins and ends, set by hand", "set_facts": "facts of conversations, set by hand",
    "theme_proposal_members": "quotes in proposals", "side_corrections": "who is on which side",
    "saved_reports": "saved reports",
    "digest_runs": "digests as they were sent", "digests": "digests", "digest_deliveries": "messages of digests",
    "jobs": "jobs",
    "problems": "problems of uploads, with their rows", "batches": "titles of uploads",
    "batch_files": "Results of uploads by file", "known_pieces": "What an upload knew already",
    "tracker_versions": "examples of trackers",
    "trackers": "names of trackers", "annotations": "notes on charts", "annotation_versions": "earlier notes on charts",
    "column_mappings": "saved columns", "plan_notes": "notes of the plan",
    "asks": "what colleagues asked to be written",
    "comments": "comments", "comment_steps": "what was done about comments",
    "collections": "titles and notes of collections",
    "theme_events": "history of themes", "themes": "names of themes", "catalogue_changes": "history of the catalogue",
    "vectors": "search index entries", "sketches": "comparison entries", "sentences": "sentences prepared for trackers",
    "sentence_vectors": "sentences prepared for trackers, their index entries", "tracker_hits": "what trackers found",
    "theme_members": "quotes in themes", "unplaced": "quotes in no theme",
    "conversation_fields": "own fields of conversations",
    "conversation_keys": "keys that CRM records join by", "crm_keys": "keys of CRM records",
    "mail_marks": "how mails find their thread",
    "theme_moves": "moves of quotes between themes", "theme_proposals": "proposals of themes",
    "learned": "what verdicts taught",
    "link_decisions": "decisions which conversations are one", "name_decisions": "decisions on names",
    "persona_rules": "rules of personas", "competitors": "competitors", "passages": "passages heard more than once",
    "boilerplate": "texts that repeat", "bands": "how copies are found",
    "block_keys": "how copies are found, by day and account",
    "changes": "notes of what changed", "collection_events": "history of collections",
    "content_answers": "answers about our own pages",
    "content_uploads": "uploads of our own pages", "content_vectors": "index entries of our own pages",
    "stage_steps": "stages of deals",
    "theme_event_themes": "history of themes, its themes", "review_rounds": "review rounds",
    "unmarked": "sentences asked about in review",
    "tagged": "what was found at once, kept for the next reading", "state": "what Parley notes for itself",
    "content_pages": "our own pages", "content_versions": "our own pages as uploaded",
    "content_passages": "passages of our own pages",
    "signal_events": "what changed of signals", "signal_hooks": "addresses that signals are posted to",
    "shared_months": "shared numbers as published",
}  # fmt: skip


_FORMERLY = {"vectors": "search index entries", "sketches": "comparison entries"}


@dataclass(frozen=True, slots=True)
class ForgetPage:
    """The page: what is in the form, its preview if one was asked for and who is meant, what is wrong, the companies of
    namesakes to choose from, those of one company (`twins`, of whom `which` is meant), the whole names with companies
    that hold a part of one (`whole`), the receipts so far, and the jobs that forgetting has to wait for (`busy`)."""

    given: str
    account: str
    reference: str
    preview: Preview | None
    problem: str
    receipts: tuple[Receipt, ...]
    meant: Written | None = None
    namesakes: tuple[str, ...] = ()
    which: tuple[str, ...] = ()
    twins: Bearers | None = None
    whole: tuple[tuple[str, str], ...] = ()
    busy: tuple[dict, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    receipt: Receipt
    backups: tuple[Remains, ...]
    others: tuple[Remains, ...]


def page(
    db: Database, *, given: str = "", account: str = "", reference: str = "", preview: Preview | None = None,
    problem: str = "",
    namesakes: tuple[str, ...] = (), which: tuple[str, ...] = (), who: Person | None = None,
    twins: Bearers | None = None,
    whole: tuple[tuple[str, str], ...] = (),
) -> ForgetPage:  # fmt: skip
    meant = persons.written(db, who) if who else None
    return ForgetPage(
        given, account, reference, preview, problem, tuple(receipts.every(db)), meant, namesakes, which, twins, whole,
        tuple(forget.busy(db)),
    )  # fmt: skip


def receipt(db: Database, number: int) -> ReceiptPage:
    found = receipts.get(db, number)
    backups = tuple(one for one in found.remains if one.what.startswith(f"{forget.BACKUPS}/"))
    return ReceiptPage(found, backups, tuple(one for one in found.remains if one not in backups))


def table_name(table: str) -> str:
    """A table in words, with its name where it has none."""
    return capital(TABLES.get(table, table.replace("_", " ")))


def figure_name(name: str) -> str:
    """A figure in words, those of receipts from before they were called so too."""
    return capital(_FORMERLY.get(name, name))


def because(figure: Figure) -> str:
    """Why a figure differs, in the words of today."""
    return figures.BECAUSE[_FORMERLY[figure.name]] if figure.name in _FORMERLY else figure.because


def capital(text: str) -> str:
    """A line that begins with a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def lines(found: Preview | Receipt) -> Sequence[str]:
    """A preview or receipt as lines of text, as the terminal prints them."""
    told = []
    if isinstance(found, Preview):
        told.append(" ".join(filter(None, (known_as(found), found.before))))
    told.append(f"{'what':<44} {'gone':>7} {'cut or covered':>15}")
    told += [f"{table_name(one.table)[:44]:<44} {one.removed:>7,} {one.changed:>15,}" for one in found.rows] or [
        "nothing"
    ]
    if found.figures:
        told += ["", f"{'figure':<44} {'before':>9} {'after':>9}  because"]
        told += [
            f"{figure_name(one.name)[:44]:<44} {one.before:>9,} {one.after:>9,}  {because(one)}"
            for one in found.figures
        ]
    if found.remains:
        told += ["", "What remains:"]
        told += [f"  {one.what}{f' ({one.date})' if one.date else ''}: {one.because}" for one in found.remains]
    return told


def known_as(found: Preview) -> str:
    if found.nothing and not (found.conversations or found.namesake or found.before):
        return "Nobody is known by this. Forgotten all the same, they are kept out of later uploads."
    parts = _counted(spellings=found.names, addresses=found.addresses, phones=found.phones)
    where = f" in {wording.plural(found.conversations, 'conversation')}" if found.conversations else ""
    told = [f"Known by {parts or 'nothing'}{where}."]
    if number := next((one.changed for one in found.rows if one.table == "utterances"), 0):
        told.append(
            f"What names them stands in {wording.plural(number, 'utterance')} of others and will be covered there."
        )
    if found.namesake:
        told.append("Somebody else at the same company bears the name too: only what is surely this person’s goes.")
    elif found.shared:
        told.append(
            "The name stands at other companies too: it is covered only where this person’s company is spoken to."
        )
    return " ".join(told)


def searched(done: Receipt) -> str:
    """What the files of the data folder were searched for afterwards, and whether any of it was found."""
    sought, files = done.sought, wording.plural(done.searched, "file")
    where = f"{files} of the data folder {'was' if done.searched == 1 else 'were'} searched through and through afterwards, backups left out"
    places = f"{wording.plural(done.found, 'place')} still {'holds' if done.found == 1 else 'hold'} something of "
    if sought is None:  # a receipt from before it was noted
        return f"{where}: {f'{places}the person' if done.found else 'nothing of what was searched for is in them'}."
    parts = _counted(sought.spellings, sought.addresses, sought.phones, sought.sentences)
    shared = " The name was not searched for: others bear it too." if sought.shared else ""
    if not parts:
        return f"The files were not searched: nothing is known that means this person alone.{shared}"
    return f"{where}, for {parts}: {f'{places}that' if done.found else 'nothing of that is in them'}.{shared}"


def _counted(spellings: int, addresses: int, phones: int, sentences: int = 0) -> str:
    parts = [
        f"{wording.number(number)} {noun if number == 1 else many}"
        for number, noun, many in (
            (addresses, "mail address", "mail addresses"), (spellings, "spelling of the name", "spellings of the name"),
            (phones, "telephone number", "telephone numbers"), (sentences, "sentence of theirs", "sentences of theirs"),
        )
        if number
    ]  # fmt: skip
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
