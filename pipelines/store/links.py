"""How conversations stand to each other: copies, older versions, and the several accounts of one meeting.

A link is worked out from the conversations' own facts. What a linked one knows and another does not is then filled in,
and noted as filled, so that it never becomes evidence itself.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlite_utils import Database

from insights.formats.facts import FACTS
from insights.formats.tables.origins import CELL, FEW, MENDED, ROW, SAID
from insights.once.occasions import Doubt, Link
from insights.records import Conversation, Participant, Utterance
from pipelines.store.counting import is_copy

SAID_SO = "You said so."  # the reason of a link that a person decided
FILLED = (*FACTS, "persona", "seniority")
# "compared" is a conversation's content when it was compared, or this mark and its content while it waits for that.
MARK = "seen "
_WAITS = "substr(compared, 1, 5) = 'seen '"  # as the index of the work list has it
_IDS = "(SELECT value FROM json_each(:ids))"
# A key that this many share (a form that everybody fills in, a team's mailbox) tells nothing.
_CROWD = 200
# Nobody exports one conversation so often: what so many texts share is a form.
_COPIES = 30
# So many conversations of an account within days are no deal but a flood (a support line, a placeholder for a name).
_THRONG = 500
_SPOKEN = "{0}.kind IN ('call', 'chat')"


def unseen(db: Database, *, limit: int) -> list[str]:
    """Conversations that have no fingerprints: they were stored before there were any."""
    return [row["id"] for row in db.query("SELECT id FROM conversations WHERE compared = '' LIMIT ?", [limit])]


def mark_seen(db: Database, ids: Collection[str]) -> None:
    db.execute(
        f"UPDATE conversations SET compared = :mark || content_hash WHERE id IN {_IDS}",
        {"mark": MARK, "ids": json.dumps(list(ids))},
    )


def waiting(db: Database, *, limit: int) -> list[str]:
    """The work list: conversations that have not been compared as they stand now, those of one account together."""
    sql = f"SELECT id FROM conversations WHERE {_WAITS} ORDER BY account_key, day, id LIMIT ?"
    return [row["id"] for row in db.query(sql, [limit])]


def count_waiting(db: Database) -> int:
    return db.table("conversations").count_where(_WAITS)


def settled(db: Database, ids: Collection[str]) -> set[str]:
    """Those of these that have been compared before: what is new may change how they stand."""
    sql = f"SELECT id FROM conversations WHERE id IN {_IDS} AND NOT {_WAITS}"
    return {row["id"] for row in db.query(sql, {"ids": json.dumps(sorted(ids))})}


def candidates(db: Database, ids: Collection[str]) -> set[str]:
    """The conversations that may belong together with these: account or people in common some days around, or words."""
    return near(db, ids) | alike(db, ids)


def near(db: Database, ids: Collection[str]) -> set[str]:
    """Those that may belong together with these by what is known of them, or because a person said so."""
    sql = f"""SELECT o.id FROM conversations c JOIN conversations o ON o.account_key = c.account_key
            AND o.day BETWEEN date(c.day, '-4 days') AND date(c.day, '+4 days')
            WHERE c.id IN {_IDS} AND c.account_key <> '' AND c.day <> ''
                AND (SELECT count(*) FROM (SELECT 1 FROM conversations x WHERE x.account_key = c.account_key
                    AND x.day BETWEEN date(c.day, '-4 days') AND date(c.day, '+4 days') LIMIT :throng)) < :throng
        UNION SELECT o.conversation_id FROM block_keys k JOIN block_keys o ON o.key = k.key
            JOIN conversations c ON c.id = k.conversation_id JOIN conversations d ON d.id = o.conversation_id
            WHERE k.conversation_id IN {_IDS} AND (k.key LIKE 'number:%' OR k.key LIKE 'row:%' OR k.key LIKE 'said:%' OR c.day = '' OR d.day = ''
                OR d.day BETWEEN date(c.day, '-4 days') AND date(c.day, '+4 days'))
                AND (SELECT count(*) FROM (SELECT 1 FROM block_keys x WHERE x.key = k.key LIMIT :crowd)) < :crowd
        UNION SELECT other_id FROM link_decisions WHERE conversation_id IN {_IDS}
        UNION SELECT conversation_id FROM link_decisions WHERE other_id IN {_IDS}"""
    values = {"ids": json.dumps(sorted(ids)), "crowd": _CROWD, "throng": _THRONG}
    return {row["id"] for row in db.query(sql, values)}


def alike(db: Database, ids: Collection[str]) -> set[str]:
    """Those that may be the same as these by their words: talk, or what is not known to be of two accounts; `twins` calls
    no others one."""
    sql = f"""SELECT o.conversation_id AS id FROM bands b JOIN bands o ON o.band = b.band
        JOIN conversations c ON c.id = b.conversation_id JOIN conversations d ON d.id = o.conversation_id
        WHERE b.conversation_id IN {_IDS} AND ({_SPOKEN.format("c")} AND {_SPOKEN.format("d")} OR c.account_key = ''
            OR d.account_key IN ('', c.account_key) OR EXISTS (SELECT 1 FROM conversation_keys x JOIN conversation_keys y
                ON y.key = x.key WHERE x.conversation_id = c.id AND y.conversation_id = d.id))
            AND (SELECT count(*) FROM (SELECT 1 FROM bands x WHERE x.band = b.band LIMIT :copies)) < :copies"""
    return {row["id"] for row in db.query(sql, {"ids": json.dumps(sorted(ids)), "copies": _COPIES})}


def own(db: Database, ids: Iterable[str]) -> list[tuple[Conversation, int]]:
    """Conversations with the facts that are their own, and the newest upload that brought each."""
    sql = f"""SELECT c.*, coalesce((SELECT max(batch_id) FROM brought WHERE item_id = c.id),
            (SELECT max(b.batch_id) FROM mails m JOIN brought b ON b.item_id = m.id WHERE m.conversation_id = c.id), 0)
        AS newest FROM conversations c WHERE c.id IN {_IDS} ORDER BY c.id"""
    rows = list(db.query(sql, {"ids": json.dumps(sorted(ids))}))
    said = _utterances(db, [row["id"] for row in rows])
    keys = _keys(db, "conversation_keys", [row["id"] for row in rows])
    known_by = " OR ".join(f"key LIKE '{prefix}%'" for prefix in (ROW, SAID, CELL, FEW, MENDED))
    origins = _keys(db, "block_keys", [row["id"] for row in rows], f"({known_by})")
    found = []
    for row in rows:
        filled = json.loads(row["filled"])
        facts = {name: "" if name in filled else row[name] for name in FACTS}
        people = tuple(Participant(**person) for person in json.loads(row["participants"]))
        found.append(
            (
                Conversation(
                    row["id"], row["kind"], row["title"], row["occurred_at"], tuple(said.get(row["id"], ())), people,
                    fields={}, file="", row=None, references=(), keys=tuple(keys.get(row["id"], ())), pieces=1,
                    source_id=row["source_id"], origins=tuple(origins.get(row["id"], ())), **facts,
                ),
                row["newest"],
            )
        )  # fmt: skip
    return found


def _utterances(db: Database, ids: Sequence[str]) -> dict[str, list[Utterance]]:
    sql = f"""SELECT conversation_id, speaker, role, voice, text, started_at, ended_at FROM utterances
        WHERE conversation_id IN {_IDS} ORDER BY conversation_id, position"""
    found: dict[str, list[Utterance]] = {}
    for row in db.query(sql, {"ids": json.dumps(list(ids))}):
        found.setdefault(row.pop("conversation_id"), []).append(Utterance(**row))
    return found


def _keys(db: Database, table: str, ids: Sequence[str], which: str = "1") -> dict[str, list[str]]:
    sql = f"SELECT conversation_id, key FROM {table} WHERE conversation_id IN {_IDS} AND {which} ORDER BY 1, 2"
    found: dict[str, list[str]] = {}
    for row in db.query(sql, {"ids": json.dumps(list(ids))}):
        found.setdefault(row["conversation_id"], []).append(row["key"])
    return found


def save_keys(
    db: Database, old: Collection[str], keys: Iterable[tuple[str, str]], bands: Iterable[tuple[int, str]]
) -> None:
    """Store keys (key, conversation id) and bands that candidates are looked up by; those of `old` are replaced."""
    for table in ("block_keys", "bands") if old else ():
        db.execute(f"DELETE FROM {table} WHERE conversation_id IN {_IDS}", {"ids": json.dumps(list(old))})
    db.conn.executemany("INSERT OR IGNORE INTO block_keys (key, conversation_id) VALUES (?, ?)", keys)
    db.conn.executemany("INSERT OR IGNORE INTO bands (band, conversation_id) VALUES (?, ?)", bands)


def save_accounts(db: Database, keys: Mapping[str, str]) -> None:
    """Store by what name (see `accounts.account`) each conversation's account is known."""
    rows = [(key, conversation) for conversation, key in keys.items()]
    db.conn.executemany("UPDATE conversations SET account_key = ?1 WHERE id = ?2 AND account_key <> ?1", rows)


def decisions(db: Database, ids: Collection[str]) -> dict[tuple[str, str], bool]:
    """What people decided about these: (one id, other id) in order -> whether they are the same meeting."""
    sql = f"SELECT conversation_id, other_id, same FROM link_decisions WHERE conversation_id IN {_IDS} OR other_id IN {_IDS}"
    rows = db.query(sql, {"ids": json.dumps(sorted(ids))})
    return {(row["conversation_id"], row["other_id"]): bool(row["same"]) for row in rows}


def decide(db: Database, one: str, other: str, *, same: bool, now: str) -> None:
    """Keep a person's word on whether two conversations are one meeting; both are compared again."""
    first, second = sorted((one, other))
    sql = """INSERT INTO link_decisions (conversation_id, other_id, same, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (conversation_id, other_id) DO UPDATE SET same = excluded.same, at = excluded.at"""
    db.execute(sql, [first, second, int(same), now])
    again(db, [one, other])


def again(db: Database, ids: Iterable[str]) -> None:
    """Let conversations be compared again."""
    mark_seen(db, list(ids))


def reorder(db: Database, ids: Iterable[str]) -> None:
    """Compare again those of these that have copies or other versions: which upload brought them last has changed."""
    sql = f"""UPDATE conversations SET compared = :mark || content_hash WHERE id IN {_IDS} AND EXISTS (SELECT 1 FROM conversations o
        WHERE o.counted_as = conversations.counted_as AND {is_copy("o.standing")})"""
    db.execute(sql, {"mark": MARK, "ids": json.dumps(list(ids))})


def copied_mails(db: Database) -> list[str]:
    """The threads of mail that stand as copies or older versions of others."""
    sql = f"SELECT id FROM conversations WHERE kind = 'email' AND {is_copy('standing')}"
    return [row["id"] for row in db.query(sql)]


def members(db: Database, ids: Iterable[str]) -> set[str]:
    """These conversations and all that are counted with them."""
    sql = f"""SELECT o.id FROM conversations c JOIN conversations o ON o.counted_as = c.counted_as WHERE c.id IN {_IDS}
        UNION SELECT id FROM conversations WHERE counted_as IN {_IDS}"""
    return {row["id"] for row in db.query(sql, {"ids": json.dumps(sorted(ids))})}


def write(
    db: Database, ids: Sequence[str], links: dict[str, Link], roots: dict[str, str], doubts: dict[str, Doubt]
) -> None:
    """Make these the links of `ids`; copies and older versions lose their insights, what counts again is read again."""
    rows = []
    for one in ids:
        link, doubt = links.get(one), doubts.get(one)
        told: dict[str, object] = {}
        if link:
            told = {"primary": link.primary_id, "confidence": link.confidence, "reasons": link.reasons}
        elif doubt:
            told = {"candidates": doubt.candidates, "reasons": doubt.reasons}
        rows.append((link.kind if link else "", roots.get(one, one), json.dumps(told), one))
    db.conn.executemany(
        f"""UPDATE conversations SET compared = content_hash, link = ?3, counted_as = ?2, standing = ?1,
            analysed = iif({is_copy("standing")} AND NOT {is_copy("?1")}, '', analysed)
        WHERE id = ?4""",
        rows,
    )
    sql = f"""DELETE FROM insights WHERE conversation_id IN
        (SELECT id FROM conversations WHERE id IN {_IDS} AND {is_copy("standing")})"""
    db.execute(sql, {"ids": json.dumps(list(ids))})


def fill_linked(db: Database, ids: Collection[str]) -> None:
    """Fill in again, for conversations that were written anew, what those counted with them know."""
    sql = f"""SELECT id FROM conversations c WHERE id IN {_IDS} AND (counted_as <> id OR EXISTS
        (SELECT 1 FROM conversations o WHERE o.counted_as = c.id AND o.id <> c.id))"""
    linked = [row["id"] for row in db.query(sql, {"ids": json.dumps(sorted(ids))})]
    if linked:
        fill(db, linked)


def fill(db: Database, ids: Collection[str]) -> None:
    """Give each of these what those counted with it know and it does not; first take away what was filled before."""
    sql = f"""SELECT id, counted_as, kind, content_hash, filled, {", ".join(FILLED)} FROM conversations WHERE id IN {_IDS}
        ORDER BY id <> counted_as, kind <> 'call', id"""
    rows = list(db.query(sql, {"ids": json.dumps(sorted(members(db, ids) | set(ids)))}))
    groups: dict[str, list[dict]] = {}
    for row in rows:
        filled = json.loads(row["filled"])
        row["own"] = {name: _nothing(name) if name in filled else row[name] for name in FILLED}
        groups.setdefault(row["counted_as"], []).append(row)
    for group in groups.values():
        for row in group:
            _fill_one(db, row, group)


def _fill_one(db: Database, row: dict, group: Sequence[dict]) -> None:
    values = dict(row["own"])
    filled = []
    for name in FILLED:
        found = next((o["own"][name] for o in group if o["own"][name] != _nothing(name)), _nothing(name))
        if values[name] == _nothing(name) and found != _nothing(name):
            values[name] = found
            filled.append(name)
    if json.dumps(filled) == row["filled"] and all(row[name] == values[name] for name in FILLED):
        return
    # Who takes part decides what the finder keeps, so a name that came or went makes it read again.
    named = any(row[name] != values[name] for name in ("account", "contact", "rep"))
    sets = ", ".join(f"{name} = :{name}" for name in FILLED)
    db.execute(
        f"UPDATE conversations SET filled = :filled, analysed = iif(:named, '', analysed), {sets} WHERE id = :id",
        {**values, "filled": json.dumps(filled), "named": named, "id": row["id"]},
    )


def _nothing(name: str) -> str:
    return "unknown" if name in ("persona", "seniority") else ""


def count(db: Database, batch_id: int) -> int:
    """How many conversations that came first with an upload are linked to another one."""
    sql = """WITH fresh AS (SELECT item_id, kind FROM brought b WHERE batch_id = :b AND NOT EXISTS
            (SELECT 1 FROM brought o WHERE o.item_id = b.item_id AND o.batch_id <> :b))
        SELECT count(*) AS n FROM conversations WHERE standing <> '' AND (
            id IN (SELECT item_id FROM fresh WHERE kind = 'conversation') OR
            id IN (SELECT m.conversation_id FROM fresh JOIN mails m ON m.id = fresh.item_id WHERE fresh.kind = 'mail'))"""
    return next(iter(db.query(sql, {"b": batch_id})))["n"]


def replaced(db: Database, batch_id: int, reasons: Collection[str]) -> dict[int, tuple[int, int]]:
    """What other uploads brought and this one's conversations stand for, for one of these reasons.

    Upload -> (how many, how many of them would still be stood for without this upload).
    """
    sql = """SELECT (SELECT min(batch_id) FROM brought WHERE item_id = c.id) AS batch, count(DISTINCT c.id) AS n,
            count(DISTINCT iif(EXISTS (SELECT 1 FROM brought WHERE item_id = p.id AND batch_id <> :batch), c.id, NULL)) AS kept
        FROM brought b JOIN conversations p ON p.id = b.item_id JOIN conversations c ON c.counted_as = p.counted_as
        WHERE b.batch_id = :batch AND c.standing = 'revision' AND json_extract(c.link, '$.primary') = p.id
            AND json_extract(c.link, '$.reasons[0]') IN (SELECT value FROM json_each(:reasons))
            AND NOT EXISTS (SELECT 1 FROM brought WHERE item_id = c.id AND batch_id = :batch)
        GROUP BY 1 ORDER BY 1"""
    values = {"batch": batch_id, "reasons": json.dumps(list(reasons))}
    return {row["batch"]: (row["n"], row["kept"]) for row in db.query(sql, values)}


def replaced_by(db: Database, batch_id: int, reasons: Collection[str]) -> dict[int, int]:
    """The other way round: what stands for conversations of this upload, by the upload that brought it last."""
    sql = """SELECT (SELECT max(batch_id) FROM brought WHERE item_id = json_extract(c.link, '$.primary')) AS batch,
            count(DISTINCT c.id) AS n
        FROM brought b JOIN conversations c ON c.id = b.item_id
        WHERE b.batch_id = :batch AND c.standing = 'revision'
            AND json_extract(c.link, '$.reasons[0]') IN (SELECT value FROM json_each(:reasons))
        GROUP BY 1 HAVING batch <> :batch ORDER BY 1"""
    return {row["batch"]: row["n"] for row in db.query(sql, {"batch": batch_id, "reasons": json.dumps(list(reasons))})}


def of(db: Database, conversation_id: str) -> list[dict]:
    """The conversations that are one with this one, or may be: id, kind, title, day, standing, link, counted_as."""
    columns = "id, kind, title, occurred_at, rep, file, standing, link, counted_as"
    sql = f"""SELECT {columns} FROM conversations WHERE id <> :id AND (
        counted_as = (SELECT counted_as FROM conversations WHERE id = :id) OR counted_as = :id) ORDER BY occurred_at, id"""
    return [{**row, "link": json.loads(row["link"])} for row in db.query(sql, {"id": conversation_id})]
