"""What came of an upload piece by piece: results by file, what was known and where it stood, what replaced what."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlite_utils import Database

from pipelines.store import links
from pipelines.store.counting import counts, is_copy

FILES_SHOWN = 100
MOST_ALIKE = 50


@dataclass(slots=True)
class FileCounts:
    """What came of one file: pieces = added + duplicates + problems; `updated` are those of `added` that replace an
    earlier version. `id` is its row, 0 while it has none."""

    file: str
    id: int = 0
    pieces: int = 0
    added: int = 0
    updated: int = 0
    duplicates: int = 0
    problems: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A piece that was known already: where it stood, the conversation that it is ("" for a CRM record or what is gone
    since), and the upload that brought it first, 0 where none has it now. What an upload holds twice says which place
    (`same_file`, `same_row`) came in."""

    id: int
    file: str
    row: int | None
    kind: str
    conversation: str
    title: str
    day: str
    account: str
    first: int
    same_file: str = ""
    same_row: int | None = None


@dataclass(frozen=True, slots=True)
class New:
    """A conversation that an upload brings, or a thread that `grows` by it, and where it stands in its files."""

    conversation: str
    title: str
    day: str
    account: str
    kind: str
    file: str
    row: int | None
    grows: bool


@dataclass(frozen=True, slots=True)
class Replaced:
    """A conversation of an upload that counts in place of an earlier version, and the upload that brought that
    first."""

    conversation: str
    title: str
    day: str
    account: str
    file: str
    row: int | None
    former: str
    upload: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A row of an upload with the words, the day and the columns of one that an earlier `upload` brought under another
    account (`before`, now `after`). `taken`: a person said that it is the same, and it counts in its place."""

    conversation: str
    former: str
    title: str
    day: str
    before: str
    after: str
    file: str
    row: int | None
    upload: int
    taken: bool

    @property
    def account(self) -> str:
        return self.after


def save_files(db: Database, batch_id: int, files: Iterable[FileCounts]) -> None:
    """Keep the counts of these files as far as they have been read; a file without a row is given one."""
    for one in files:
        if one.id:
            db.execute(
                """UPDATE batch_files SET pieces = :pieces, added = :added, updated = :updated, duplicates = :duplicates,
                    problems = :problems WHERE id = :id""",
                asdict(one),
            )
        else:
            sql = """INSERT INTO batch_files (batch_id, file, pieces, added, updated, duplicates, problems)
                VALUES (:batch, :file, :pieces, :added, :updated, :duplicates, :problems)"""
            one.id = int(db.execute(sql, {**asdict(one), "batch": batch_id}).lastrowid or 0)


def files(db: Database, batch_id: int, *, after: int = 0, limit: int = FILES_SHOWN) -> list[FileCounts]:
    """The files of an upload in the order they were read."""
    sql = """SELECT file, id, pieces, added, updated, duplicates, problems FROM batch_files
        WHERE batch_id = ? AND id > ? ORDER BY id LIMIT ?"""
    return [FileCounts(**row) for row in db.query(sql, [batch_id, after, limit])]


def add_known(db: Database, batch_id: int, places: Sequence[tuple[str, str, int | None]]) -> None:
    """Note pieces that were known: (item, file, row)."""
    sql = "INSERT INTO known_pieces (batch_id, item_id, file, row) VALUES (?, ?, ?, ?)"
    db.conn.executemany(sql, [(batch_id, *place) for place in places])


def count_known(db: Database, batch_id: int) -> int:
    return db.table("known_pieces").count_where("batch_id = ?", [batch_id])


def count_repeated(db: Database, batch_id: int) -> int:
    """How many of the pieces that were known are so because they stand in this upload twice: no earlier one brought
    them."""
    sql = """SELECT count(*) FROM known_pieces k WHERE batch_id = :batch
        AND EXISTS (SELECT 1 FROM brought b WHERE b.item_id = k.item_id AND b.batch_id = :batch)
        AND NOT EXISTS (SELECT 1 FROM brought b WHERE b.item_id = k.item_id AND b.batch_id < :batch)"""
    return int(db.execute(sql, {"batch": batch_id}).fetchone()[0])


def brought_before(db: Database, batch_id: int) -> list[int]:
    """The earlier uploads that brought first what this one has."""
    sql = """SELECT DISTINCT (SELECT min(batch_id) FROM brought WHERE item_id = b.item_id) AS first FROM brought b
        WHERE batch_id = :batch ORDER BY first"""
    return [row["first"] for row in db.query(sql, {"batch": batch_id}) if row["first"] < batch_id]


def known(db: Database, batch_id: int, *, after: int = 0, limit: int = 50, repeated: bool = False) -> list[Known]:
    """The pieces that were known, in the order they were met; `repeated`: those alone that stand in this upload
    twice."""
    here = "NOT EXISTS (SELECT 1 FROM brought WHERE item_id = k.item_id AND batch_id < :batch)"
    sql = f"""SELECT k.id, k.file, k.row, coalesce((SELECT kind FROM brought WHERE item_id = k.item_id LIMIT 1), '') AS kind,
            coalesce(c.id, '') AS conversation, coalesce(c.title, '') AS title, coalesce(c.day, '') AS day,
            coalesce(c.account, '') AS account,
            coalesce((SELECT min(batch_id) FROM brought WHERE item_id = k.item_id), 0) AS first,
            coalesce(iif({here}, json_extract(nullif(b.said, ''), '$.file'), ''), '') AS same_file,
            iif({here}, json_extract(nullif(b.said, ''), '$.row'), NULL) AS same_row
        FROM known_pieces k LEFT JOIN mails m ON m.id = k.item_id
        LEFT JOIN conversations c ON c.id = coalesce(m.conversation_id, k.item_id)
        LEFT JOIN brought b ON b.item_id = k.item_id AND b.batch_id = k.batch_id
        WHERE k.batch_id = :batch AND k.id > :after {f"AND b.item_id IS NOT NULL AND {here}" if repeated else ""}
        ORDER BY k.id LIMIT :limit"""
    return [Known(**row) for row in db.query(sql, {"batch": batch_id, "after": after, "limit": limit})]


def every_known(db: Database, batch_id: int) -> Iterator[Known]:
    after = 0
    while some := known(db, batch_id, after=after, limit=1000):
        yield from some
        after = some[-1].id


def places(db: Database, batch_id: int, ids: Sequence[str]) -> dict[str, dict]:
    """Where conversations stood in an upload (file, row) and what they are called (title, day, account), by their
    id."""
    sql = """SELECT b.item_id AS id, coalesce(c.title, '') AS title, coalesce(c.day, '') AS day, coalesce(c.account, '') AS account,
            coalesce(json_extract(b.said, '$.file'), '') AS file, json_extract(b.said, '$.row') AS row
        FROM brought b LEFT JOIN conversations c ON c.id = b.item_id
        WHERE b.batch_id = ? AND b.item_id IN (SELECT value FROM json_each(?))"""
    return {row.pop("id"): row for row in db.query(sql, [batch_id, json.dumps(list(ids))])}


_LAST = "(SELECT max(batch_id) FROM brought WHERE item_id = {0}.id AND batch_id < :batch)"
_REPLACED = f"""FROM brought b JOIN conversations p ON p.id = b.item_id
    JOIN conversations c ON c.counted_as = p.counted_as AND {is_copy("c.standing")}
    WHERE b.batch_id = :batch AND b.kind = 'conversation' AND json_extract(c.link, '$.primary') = p.id
        AND {_LAST.format("c")} > coalesce({_LAST.format("p")}, 0)"""
_NEW = "AND NOT EXISTS (SELECT 1 FROM brought WHERE item_id = p.id AND batch_id < :batch)"


def replaced(db: Database, batch_id: int, *, limit: int = 50) -> list[Replaced]:
    """What of an upload counts in place of a version that an earlier upload brought, one for each conversation: also a
    version that counted once, was replaced, and comes back with this upload."""
    sql = f"""SELECT p.id AS conversation, p.title, coalesce(p.day, '') AS day, p.account,
            coalesce(json_extract(b.said, '$.file'), '') AS file, json_extract(b.said, '$.row') AS row, min(c.id) AS former,
            max((SELECT min(batch_id) FROM brought WHERE item_id = c.id)) AS upload
        {_REPLACED} GROUP BY p.id ORDER BY 5, 6, 1 LIMIT :limit"""
    return [Replaced(**row) for row in db.query(sql, {"batch": batch_id, "limit": limit})]


def replacing(db: Database, batch_id: int) -> Mapping[str, str]:
    """The new conversations of an upload that replace an earlier version, with the file that each stood in."""
    sql = f"SELECT DISTINCT p.id, coalesce(json_extract(b.said, '$.file'), '') AS file {_REPLACED} {_NEW}"
    return {row["id"]: row["file"] for row in db.query(sql, {"batch": batch_id})}


def moved(db: Database, batch_id: int) -> list[Moved]:
    """Every pair of such rows; the earlier one does not stand in this upload again. Words of more than MOST_ALIKE
    conversations are a form, of which every pair would be looked at and none told. The order of the joins is set (CROSS
    JOIN): from the day, SQLite would look at every conversation of it."""
    said = links.SAID_SO
    sql = f"""SELECT n.id AS conversation, o.id AS former, n.title, n.day, o.account AS before, n.account AS after,
            coalesce(json_extract(b.said, '$.file'), '') AS file, json_extract(b.said, '$.row') AS row,
            (SELECT min(batch_id) FROM brought WHERE item_id = o.id) AS upload, o.standing = 'revision' AS taken
        FROM brought b JOIN conversations n ON n.id = b.item_id AND {counts("n")}
        CROSS JOIN block_keys k ON k.conversation_id = n.id AND k.key LIKE 'said:%'
            AND NOT EXISTS (SELECT 1 FROM block_keys WHERE key = k.key LIMIT 1 OFFSET :most)
        CROSS JOIN block_keys m ON m.key = k.key
        CROSS JOIN conversations o ON o.id = m.conversation_id AND o.day = n.day AND o.account_key <> n.account_key
            AND o.account_key <> '' AND o.source_id = n.source_id AND ({counts("o")}
                OR (json_extract(o.link, '$.primary') = n.id AND json_extract(o.link, '$.reasons[0]') = :said))
        WHERE b.batch_id = :batch AND b.kind = 'conversation' AND n.day <> '' AND n.account_key <> ''
            AND NOT EXISTS (SELECT 1 FROM brought WHERE item_id = n.id AND batch_id < :batch)
            AND NOT EXISTS (SELECT 1 FROM brought WHERE item_id = o.id AND batch_id >= :batch)
        ORDER BY 7, 8, 1, 2"""
    return [
        Moved(**{**row, "taken": bool(row["taken"])})
        for row in db.query(sql, {"batch": batch_id, "said": said, "most": MOST_ALIKE})
    ]


def counted(db: Database, batch_id: int | None = None) -> tuple[int, int]:
    """How many conversations are stored and how many of them count once copies are told apart: of an upload, or all."""
    mine = """WHERE id IN (SELECT item_id FROM brought WHERE batch_id = :batch AND kind = 'conversation'
        UNION SELECT m.conversation_id FROM brought b JOIN mails m ON m.id = b.item_id
        WHERE b.batch_id = :batch AND b.kind = 'mail')"""
    # What is a copy of another upload's conversation does not count here, though the other does there.
    sql = f"SELECT count(*), coalesce(sum(id = counted_as), 0) FROM conversations {'' if batch_id is None else mine}"
    return db.conn.execute(sql, {} if batch_id is None else {"batch": batch_id}).fetchone()


_MINE = """SELECT item_id AS id FROM brought WHERE batch_id = :batch AND kind = 'conversation'
    UNION SELECT m.conversation_id FROM brought b JOIN mails m ON m.id = b.item_id
    WHERE b.batch_id = :batch AND b.kind = 'mail'"""
_FORMER = is_copy("standing")
_LACKING = f"(NOT {_FORMER} AND (coalesce(day, '') = '' OR account = ''))"


def conversations(
    db: Database, batch_id: int, *, after: str = "", limit: int = 50, lacking: bool = False
) -> tuple[list[dict], int]:  # fmt: skip
    """The conversations that an upload's pieces are, by day (id, title, day, account, kind, the file that brought each,
    who speaks in it, whether it is a `former` version or copy of another, and the `key` that the next page begins
    after), and how many in all; `lacking`: those that count without a date or an account."""
    those = f"FROM conversations c WHERE id IN ({_MINE}){f' AND {_LACKING}' if lacking else ''}"
    values = {"batch": batch_id, "after": after, "limit": limit}
    (total,) = (row["n"] for row in db.query(f"SELECT count(*) AS n {those}", {"batch": batch_id}))
    sql = f"""SELECT id, title, coalesce(day, '') AS day, account, kind, file, coalesce(day, '') || ' ' || id AS key, {_FORMER} AS former,
            (SELECT group_concat(speaker, ', ') FROM (SELECT DISTINCT speaker FROM utterances u
                WHERE u.conversation_id = c.id AND speaker <> '' ORDER BY u.position LIMIT 3)) AS speakers
        {those} AND key > :after ORDER BY key LIMIT :limit"""
    return list(db.query(sql, values)), total


def new(db: Database, batch_id: int) -> Iterator[New]:
    """The conversations that no earlier upload brought, and the threads that one more mail went into, by file and
    row."""
    sql = """SELECT c.id AS conversation, c.title, coalesce(c.day, '') AS day, c.account, c.kind,
            coalesce(json_extract(b.said, '$.file'), '') AS file, json_extract(b.said, '$.row') AS row, 0 AS grows
        FROM brought b JOIN conversations c ON c.id = b.item_id WHERE b.batch_id = :batch AND b.kind = 'conversation'
            AND NOT EXISTS (SELECT 1 FROM brought o WHERE o.item_id = c.id AND o.batch_id < :batch)
        UNION ALL SELECT c.id, c.title, coalesce(c.day, ''), c.account, c.kind, c.file, NULL,
            EXISTS (SELECT 1 FROM mails e JOIN brought o ON o.item_id = e.id WHERE e.conversation_id = c.id AND o.batch_id < :batch)
        FROM conversations c WHERE id IN (SELECT m.conversation_id FROM brought b JOIN mails m ON m.id = b.item_id
            WHERE b.batch_id = :batch AND b.kind = 'mail'
            AND NOT EXISTS (SELECT 1 FROM brought o WHERE o.item_id = m.id AND o.batch_id < :batch))
        ORDER BY file, row, day, conversation"""
    for row in db.query(sql, {"batch": batch_id}):
        yield New(**row | {"grows": bool(row["grows"])})


def count_lacking(db: Database, batch_id: int) -> tuple[int, int]:
    """How many conversations of an upload count without a date, and how many without an account."""
    sql = f"""SELECT coalesce(sum(coalesce(day, '') = ''), 0), coalesce(sum(account = ''), 0)
        FROM conversations WHERE NOT {_FORMER} AND id IN ({_MINE})"""
    return db.conn.execute(sql, {"batch": batch_id}).fetchone()
