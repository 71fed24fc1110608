"""A mined database many times over, for what a million is too slow to be mined for: `python -m benchmarks.multiplied FROM TO --times 100`.

Every copy has ids, accounts and days of its own; quotes keep their words and their themes, their vectors are turned a little
(cosine about 0.92) under hashes of their own, so nothing is folded together. The finder, the encoder and the reader are left out:
figures from such a file are of what is read from it, never of how it came about. Hashes do not name their words any more, so
`parley doctor` would complain.
"""

import argparse
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from pipelines.store import connect, copying

TURNED = 0.43  # length of the noise beside the unit vector
DAYS = 700  # over which copies are spread
# Tables whose rows are copied, in the order of their references, with what is written instead of a column.
OWN = "{} || '~' || :k"
COPIED: dict[str, dict[str, str]] = {
    "conversations": {
        "id": OWN, "counted_as": OWN, "account": "iif(account = '', '', account || ' ' || (:k % 97))",
        "account_key": "iif(account_key = '', '', account_key || ' ' || (:k % 97))", "source_id": "iif(source_id = '', '', source_id || '~' || :k)",
        "occurred_at": f"iif(occurred_at = '', '', date(day, '-' || (:k * 37 % {DAYS}) || ' days') || substr(occurred_at, 11))",
    },
    "conversation_fields": {"conversation_id": OWN},
    "conversation_keys": {"conversation_id": OWN, "key": OWN},
    "utterances": {"id": OWN, "conversation_id": OWN, "text": "text || ' ' || :k"},
    "insights": {"id": OWN, "utterance_id": OWN, "conversation_id": OWN, "text_hash": OWN},
    "vectors": {"text_hash": OWN, "vector": "turned(vector, :k)"},
    "theme_members": {"insight_id": OWN},
    "theme_moves": {"insight_id": OWN},
    "brought": {"item_id": OWN},
    "passages": {"conversation_id": OWN, "hash": "iif(hash IN (SELECT hash FROM boilerplate), hash, hash || '~' || :k)"},
    "bands": {"conversation_id": OWN, "band": "band + :k"},
    "block_keys": {"conversation_id": OWN, "key": OWN},
    "sketches": {"id": "id + :k * (SELECT max(id) + 1 FROM once.sketches)", "text_hash": OWN},
    "sentences": {
        "id": "id + :k * (SELECT max(id) + 1 FROM once.sentences)", "utterance_id": OWN,
        "sketch_id": "sketch_id + :k * (SELECT max(id) + 1 FROM once.sketches)",
    },
}  # fmt: skip
PART = 12  # bits, as the triggers of `changes` have it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("once", type=Path, metavar="FROM")
    parser.add_argument("many", type=Path, metavar="TO")
    parser.add_argument("--times", type=int, default=100)
    asked = parser.parse_args()
    begun = time.process_time()
    multiply(asked.once, asked.many, asked.times)
    print(f"{asked.many.stat().st_size / 1e6:,.0f} MB in {time.process_time() - begun:.0f} s of processor")


def multiply(once: Path, many: Path, times: int) -> None:
    """Write `many` with all that is in `once`, `times` over."""
    with closing(connect(once)) as db:
        copying.copy(db, many)
    with closing(connect(many)) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -300000")
        db.execute("ATTACH ? AS once", [str(once)])
        db.conn.create_function("turned", 2, _turned, deterministic=True)
        with db.atomic():
            late = _without_indexes(db.conn)
            for table, own in COPIED.items():
                columns = _columns(db.conn, table)
                values = ", ".join(own.get(name, name).replace("{}", name) for name in columns)
                sql = f"INSERT INTO main.{table} ({', '.join(columns)}) SELECT {values} FROM once.{table}"
                for k in range(1, times):
                    db.execute(sql, {"k": k})
            for sql in late:
                db.execute(sql)
            db.execute("INSERT INTO utterances_fts (utterances_fts) VALUES ('rebuild')")
            db.execute("DELETE FROM unplaced")
            db.execute("INSERT INTO unplaced SELECT id FROM insights EXCEPT SELECT insight_id FROM theme_members")
            for table in ("conversations", "insights"):
                db.execute(
                    f"INSERT INTO changes SELECT '{table}', rowid >> {PART}, count(*) FROM {table} WHERE true GROUP BY 2"
                    " ON CONFLICT (name, part) DO UPDATE SET count = count + excluded.count"
                )
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Take indexes and triggers away; what makes them again."""
    sql = "SELECT type, name, sql FROM main.sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type"
    found = connection.execute(sql).fetchall()
    for kind, name, _ in found:
        connection.execute(f'DROP {kind} main."{name}"')
    return [made for _, _, made in found]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns that can be written."""
    return [row[1] for row in connection.execute(f"PRAGMA main.table_xinfo({table})") if not row[6]]


def _turned(blob: bytes, k: int) -> bytes:
    """A unit vector near this one; the same for the same vector and number."""
    vector = np.frombuffer(blob, dtype="<f4")
    noise = np.random.default_rng([k, int.from_bytes(blob[:4], "little")]).standard_normal(
        len(vector), dtype=np.float32
    )
    found = vector + noise * (TURNED / float(np.linalg.norm(noise)))
    return (found / np.linalg.norm(found)).astype("<f4").tobytes()


if __name__ == "__main__":
    main()
