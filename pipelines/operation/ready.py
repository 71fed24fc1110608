"""Whether Parley can work now: asked often, by a watchdog, so it must be quick and wait for nobody."""

import shutil
import sqlite3
from contextlib import closing

from pipelines.settings import Settings
from pipelines.store import connect, copying, known_migrations
from pipelines.store.trouble import trouble_of

LEAST_FREE = 50_000_000  # bytes


def hindrances(settings: Settings) -> list[str]:
    """Why it cannot, in sentences; [] when it can: the database can be written, its schema is ours, the disk has
    room."""
    file = settings.database_file
    if not file.exists():
        return ["There is no database yet."]
    told = []
    try:
        with closing(connect(file)) as db:
            if copying.migrated(db.conn) != known_migrations():
                told.append("The schema is not that of this Parley.")
            db.conn.execute("PRAGMA busy_timeout = 0")
            db.conn.execute("BEGIN IMMEDIATE")
            db.conn.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        found = trouble_of(error)
        if found is None or found.kind != "busy":  # somebody writes: so it can be written
            told.append(found.what if found else "The database cannot be used.")
    if shutil.disk_usage(file.parent).free < LEAST_FREE:
        told.append("There is hardly any room left on the disk.")
    return told
