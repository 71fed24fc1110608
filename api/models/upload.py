"""What the HTTP interface takes and answers with where conversations come in: uploads, their columns, what came of them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field


class ProblemRow(BaseModel):
    """Something of an upload that could not be read."""

    id: int
    file: str
    row: int | None
    reason: str
    advice: str
    kept: bool
    closed_by: Annotated[
        int | None,
        Field(
            description="null: looked up; -1: left by somebody; 0: who is in it was forgotten; else the upload that had solved it"
        ),
    ] = None


class Left(BaseModel):
    """How many problems were left, or taken up again."""

    problems: int


class FileResult(BaseModel):
    """What came of one file of an upload: pieces = added + duplicates + problems, and `updated` of `added` replace an
    earlier version."""

    id: int
    file: str
    pieces: int
    added: int
    updated: int
    duplicates: int
    problems: int


class KnownPiece(BaseModel):
    """A piece of an upload that was known already, the conversation that it is ("" for a CRM record, or where it is gone)
    and the upload that brought it `first` (0 where none has it now)."""

    id: int
    file: str
    row: int | None
    kind: str
    conversation: str
    title: str
    day: str
    account: str
    first: int
    same_file: str = Field(default="", description="of what stands in the upload twice: the file that came in")
    same_row: int | None = None


class TableReading(BaseModel):
    """Tables of an upload that were read alike: by which `saved` columns ("" for none), which columns were taken for
    nothing, and which of date and account none of their conversations has."""

    files: list[str]
    tables: int
    conversations: int
    saved: str
    saved_at: str
    others: list[str]
    unread: list[str]
    missing: list[str]


class Batch(BaseModel):
    """One upload and what came of it. In `counts`, pieces = added + duplicates + problems, `updated` of
    `added` replace a version of an earlier upload, and of `changed` conversations that were known it says something new. `notices` say how its tables were
    read, where a person should know: they are no problems. `by` brought it and `undone_by` took it back ("" where that is
    not known); `brought_again`, told of one upload alone, are those that brought again what went with it."""

    id: int
    created_at: str
    title: str
    status: str
    finished_at: str | None
    files: int
    conversations: int
    utterances: int
    duplicates: int
    problems: int
    counts: dict[str, int] = {}
    readings: list[TableReading] = []
    notices: list[str] = []
    by: str = ""
    undone_at: str = ""
    undone_by: str = ""
    brought_again: list[int] = []


class PreviewColumn(BaseModel):
    """A column of a table: its role ("" for a field of its own) and what said so: header, content, mapping or saved. `again`:
    its values come again, as those that can be chosen as a filter do; `reached`: they are addresses or numbers of people, and no filter."""

    header: str
    role: str
    why: str
    samples: list[str]
    again: bool
    reached: bool


class PreviewRow(BaseModel):
    """One of the first rows as it would come out, its text cut; `problem` where there is one."""

    row: int | None
    date: str
    account: str
    contact: str
    kind: str
    text: str
    problem: str


class TablePreview(BaseModel):
    """What one table was taken for. `ambiguous`: its dates need an order that nothing in the file settles. `saved` names the
    saved columns that it is read by, `saved_too` others that fit; `unread` columns were taken for nothing, and `missing`
    (date, account) was found in none of these rows. `ended` are stages that count as an outcome (won, lost), with it."""

    name: str
    subject: str
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    columns: list[PreviewColumn]
    rows: list[PreviewRow]
    date_column: str
    date_order: str
    ambiguous: bool
    date_examples: list[str]
    sampled: int
    saved: str
    saved_at: str
    saved_too: list[str]
    unread: list[str]
    missing: list[str]
    ended: list[tuple[str, str]]


class UploadPreview(BaseModel):
    """The first tables of an upload, and how many files of other kinds it holds."""

    tables: list[TablePreview]
    tables_left: int
    others: list[tuple[str, int]]
    problems: list[dict[str, Any]]


class ColumnRole(BaseModel):
    """What a column can mean."""

    role: str
    says: str


class MappingBody(BaseModel):
    """What columns mean (header -> role, "" for a field of its own), and how dates and times are meant."""

    columns: dict[str, str] = {}
    date_order: str = ""
    zone: str = ""


class SavedBody(MappingBody, extra="forbid"):
    """What to save. `heads` are all heads of the tables that it is for: those are read by it of themselves."""

    heads: list[str] = []


class Mapping(MappingBody):
    """A mapping that was saved by name, or confirmed for an `upload` (its number, else 0)."""

    name: str
    saved_at: str = ""
    saved_by: str = ""
    upload: int = 0


class Accepted(BaseModel):
    """What became of an upload: queued as `batch` and `job`, or only tried, with what it would have brought."""

    dry_run: bool
    batch: int | None
    job: int | None
    counts: dict[str, int] = {}
    problems: list[dict[str, Any]] = []
    notices: list[str] = []


class Undone(BaseModel):
    """A batch that was taken back; what another batch brought too (`held_by`) has stayed: `stayed` conversations, mails and
    CRM records."""

    batch: int
    conversations_removed: int
    stayed: int = 0
    held_by: list[int] = []
