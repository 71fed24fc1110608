"""Kill Parley at random moments and look whether anything was damaged, lost or doubled: writes benchmarks/DURABILITY.md.

    python -m benchmarks.kills [--kills 100] [--seed 1]

Each act runs in a process of its own, which gets SIGKILL after a random part of the time that the act takes undisturbed.
Then the database is examined, and the same act is run again: up to MOST_IN_A_ROW times it is killed again, then it runs to its
end, and what is stored must be what an undisturbed run stores, row by row. A process that was done before the signal came is no
kill and does not count.
"""

import argparse
import os
import platform
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from benchmarks import kills_acts
from benchmarks.kills_acts import ACTOR, NOW, Act, opened
from insights.covers import Person
from insights.keeping import Rule
from insights.records import Insight, stable_id
from pipelines import analyse
from pipelines import ingest as ingesting
from pipelines.access import accounts, tokens
from pipelines.catalogue import profile
from pipelines.ingest import ingest
from pipelines.mine import mine
from pipelines.operation import backup, transfer
from pipelines.privacy import forget, keeping, traces
from pipelines.privacy.persons import Asked
from pipelines.store import accounts as store_of_accounts
from pipelines.store import company, connect, copying, erasures, health, rows, theme_events
from pipelines.store import insights as quotes_of
from pipelines.store import keeping as kept_rules
from pipelines.store.migrations import migrations
from pipelines.themes import ledger
from pipelines.uploads.undo import undo

RESULTS = Path(__file__).parent / "DURABILITY.md"
NOTES, MAILS, CALLS = 60, 40, 8  # of the sample company
STEP = 10  # pieces and conversations in a transaction, instead of hundreds: more moments at which to be killed
# Who read, how often it was tried and what of it was known by then tell of the runs, not of what was said.
FROM_START = 0.2  # of the kills: also while nothing has been written yet
OF_THE_RUN = {
    "batches": {"reader", "attempt", "counts", "duplicates", "source"},
    "erasures": {"receipt"},  # how many files were searched
    "brought": {"attempt"},
    "sqlite_sequence": {"seq"},
    "gone_quotes": {"at"},  # the moment, by the clock of SQLite
}  # fmt: skip
SHARES = {
    "ingest": 14, "mine": 8, "theme edits": 14, "backup": 8, "restore": 6, "import": 6, "upgrade": 4, "ingest much": 10,
    "accounts": 10, "forget": 12, "retention": 8, "undo": 8, "digest": 6, "sketch": 6, "jobs": 6, "repair": 4, "plan": 6,
    "undo of undo": 6,
}  # fmt: skip
# What forgetting and retention change, and what they must leave; hashes of what was said stand in the others.
ABOUT_WORDS = frozenset({
    "conversations", "utterances", "insights", "brought", "problems", "mails", "crm_records", "themes", "theme_events",
    "theme_moves", "theme_members", "reviews", "erasures", "forgotten", "keeping_receipts", "batches",
})  # fmt: skip
MOST_IN_A_ROW = 3
MANY = 600  # notes that are there, and that come, where much is stored
PERSON, ACCOUNT = "Ottoline Marchbanks", "Halden Mills"
SAID = "it is too dear for a company"  # is quoted from every note and call
MET = 20  # calls in which that person speaks
OLDER = Rule("age", kind="note", months=9)


@dataclass
class Told:
    """What became of one act's kills."""

    kills: int = 0
    runs: int = 0
    too_late: int = 0
    done: int = 0  # kills after which all of it was done: the others found nothing of it done
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def acts(work: Path) -> dict[str, Act]:
    """All acts, their beginnings laid out below `work`."""
    upload, mined = work / "upload", work / "mined"
    lay_out_upload(upload)

    def ingested(home: Path) -> None:
        def unless_done(db: Database) -> None:
            # A person looks whether it is there before sending it again: a second upload would be one of its own.
            if not db.table("batches").count_where("status = 'done'"):
                ingest(db, [upload], title="sample", now=lambda: NOW)

        opened(home, unless_done)

    def with_mined(home: Path) -> None:
        if not mined.exists():
            mined.mkdir()
            with as_file(files("pipelines.sample")) as folder:
                opened(mined, lambda db: company.add(db, profile.read(folder / "company.toml")))
            ingested(mined)
            run_mine(mined)
            backup_once(mined)
            opened(mined, lambda db: transfer.export(db, work / "all.jsonl"))
        shutil.copytree(mined, home, dirs_exist_ok=True)

    def unmined(home: Path) -> None:
        ingested(home)

    def changed(home: Path) -> None:
        """A database whose content differs from its backup's."""
        with_mined(home)
        opened(home, lambda db: ledger.rename(db, 1, "Changed since", now=NOW, actor=ACTOR))

    def restore(home: Path) -> None:
        (file,) = [one.file for one in backup.listed(home / "parley.db") if one.manifest]
        backup.restore(file, home / "parley.db", now=NOW)

    def bring_in(home: Path) -> None:
        if not (home / "parley.db").exists():
            transfer.bring_in(work / "all.jsonl", home / "parley.db")

    def exported(home: Path) -> None:
        if not mined.exists():
            scratch = work / "scratch"
            with_mined(scratch)

    def with_much(home: Path) -> None:
        if not (work / "much").exists():
            with_mined(work / "much")
            for name, first in (("much.csv", 0), ("more.csv", MANY)):
                (work / name).write_text("".join(many_notes(first, MANY)))
            talks = work / "talks"
            talks.mkdir()
            for n in range(MET):
                (talks / f"{n}.vtt").write_text(talk(n))
            opened(work / "much", lambda db: ingest(db, [work / "much.csv", talks], title="much", now=lambda: NOW))
            opened(work / "much", quote_and_rule)
        shutil.copytree(work / "much", home, dirs_exist_ok=True)

    def more(home: Path) -> None:
        def unless_done(db: Database) -> None:
            if not db.table("batches").count_where("title = 'more' AND status = 'done'"):
                ingest(db, [work / "more.csv"], title="more", now=lambda: NOW)

        opened(home, unless_done)

    def forget_them(home: Path) -> None:
        def unless_done(db: Database) -> None:
            if db.table("erasures").count:  # what its receipt says to do where the files were not searched
                forget.clean_file(db)
            else:
                told: dict[str, Any] = {"confirmed": PERSON, "now": lambda: NOW, "actor": ACTOR}
                forget.forget(db, Asked(PERSON, ACCOUNT), home, **told)

        opened(home, unless_done)

    def take_back(home: Path) -> None:
        def much(db: Database) -> None:
            for row in list(db.query("SELECT id FROM batches WHERE title = 'much'")):
                undo(db, row["id"], now=NOW, by=ACTOR)

        opened(home, much)

    found = [
        Act("ingest much", with_much, more, does={"conversations": MANY}),
        Act(
            "forget",
            with_much,
            forget_them,
            words_of,
            does={"utterances": -MET, "insights": -MET, "erasures": 1},
            whole=True,
        ),
        Act("undo", with_much, take_back, does={"conversations": -MANY}, whole=True),
        Act("retention", with_much, keep_less, words_of, does={"conversations": -MANY // 4}, whole=True),
        Act("ingest", lambda home: None, ingested, does={"conversations": NOTES, "mails": MAILS - 5}),
        Act("mine", unmined, run_mine, does={"insights": 20, "theme_members": 1}),
        Act("theme edits", with_mined, edit_themes, does={"theme_events": 30}),
        Act("backup", with_mined, make_backups, does={"backups": 2}),
        Act("restore", changed, restore, does={"theme_events": -1}),
        Act("import", exported, bring_in, does={"conversations": NOTES, "insights": 20}),
        Act("upgrade", old_database, lambda home: opened(home, lambda db: None), does={"brought": 1000}),
        Act("accounts", with_mined, make_accounts, accounts_of, does={"accounts": 30}),
        *kills_acts.more(with_mined, stored, words_of),
    ]
    return {act.name: act for act in found}


def many_notes(first: int, count: int) -> Iterator[str]:
    """A table of notes of as many accounts as a company has; one person in one of fifty."""
    yield "Date,Account,Contact,Rep,Notes\n"
    for n in range(first, first + count):
        who = PERSON if n % 50 == 7 else f"Person {n % 211}"
        said = (
            f"{who} said note {n}: it is too dear for a company of {n % 97} people and asks whether it works offline."
        )
        account = ACCOUNT if who == PERSON else f"Account {n % 331}"
        yield f"2025-{1 + n % 12:02}-{1 + n % 28:02},{account},{who},Rep {n % 7},{said}\n"


def talk(n: int) -> str:
    """A call in which the person who is to be forgotten says something, and so does somebody else."""
    return f"""WEBVTT

NOTE account: {ACCOUNT}
NOTE date: 2025-06-{1 + n:02}
NOTE rep: Rep {n % 7}

00:00:01.000 --> 00:00:04.000
<v {PERSON}>Honestly, {SAID} with {n + 20} lorries and {n * 7} drivers on the road.</v>

00:00:05.000 --> 00:00:09.000
<v Lena Voss>I worry that the roll-out of plan {n} takes us {n + 3} months.</v>
"""


def quote_and_rule(db: Database) -> None:
    """A quote of every note, all in one theme; a rule that takes the older notes; the key that marks are made with."""
    theme = db.execute("SELECT id FROM themes WHERE kind = 'objection' ORDER BY id LIMIT 1").fetchone()[0]
    joined: dict[str, tuple[int, float]] = {}
    with db.atomic():
        said = db.execute(
            "SELECT id, conversation_id, text, instr(text, ?) - 1 FROM utterances WHERE instr(text, ?)", [SAID, SAID]
        )
        for utterance, conversation, text, at in said.fetchall():
            found = Insight("objection", at, at + len(SAID), SAID, "price", 0.9)
            quotes_of.replace(db, conversation, [(utterance, text, found)])
            joined[stable_id(utterance, "objection", at, at + len(SAID))] = (theme, 0.8)
        ledger.join(db, joined, now=NOW)
        erasures.key(db)
    keeping.add(db, OLDER, now=NOW, actor=ACTOR)


def keep_less(home: Path) -> None:
    def unless_done(db: Database) -> None:
        if not db.table("keeping_receipts").count:
            rules = kept_rules.every(db, "age")
            keeping.apply(db, rules, today=date.fromisoformat(NOW[:10]), now=NOW, actor=ACTOR)

    opened(home, unless_done)


def words_of(home: Path) -> dict[str, list[tuple]]:
    """Every row, where what is gone is called "gone": its names are random, so that nobody can test a guess of it."""
    found = stored(home)
    with closing(connect(home / "parley.db")) as db:
        sql = "SELECT id FROM insights UNION SELECT id FROM utterances UNION SELECT id FROM conversations UNION SELECT text_hash FROM insights"
        known = {row[0] for row in db.execute(sql)}

    def told(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        return re.sub(r"\b[0-9a-f]{16}\b", lambda m: m[0] if m[0] in known else "gone", cell)

    return {
        table: sorted((tuple(map(told, row)) for row in rows_), key=repr)
        for table, rows_ in found.items()
        if table in ABOUT_WORDS
    }


def make_accounts(home: Path) -> None:
    """Forty people one after the other, each with a token, a role, a new password, a session; every fourth is removed."""

    def all_of_them(db: Database) -> None:
        for n in range(40):
            email = f"person{n}@example.com"
            told: dict[str, Any] = {"now": NOW, "actor": ACTOR}
            user = store_of_accounts.by_email(db, email)
            if user is None:
                if db.table("audit").count_where("act = 'removed a person' AND ids = ?", [str(n + 1)]):
                    continue
                user = accounts.add_person(
                    db, email, name=f"Person {n}", role="contributor" if n else "admin", password=f"several words {n} here",
                    memory_kib=64, **told,
                )  # fmt: skip
            if not accounts_tokens(db, user.id):
                tokens.create(db, user.id, name="nightly", scope="read", days=30, **told)
            if n % 3 == 1:
                accounts.set_role(db, user.id, "viewer", **told)
            if n % 4 == 2:
                accounts.set_password(db, user.id, f"other words {n} here", memory_kib=64, **told)
            if n % 4 == 3:
                accounts.remove_person(db, user.id, **told)

    opened(home, all_of_them)


def accounts_tokens(db: Database, user_id: int) -> int:
    return db.table("tokens").count_where("user_id = ?", [user_id])


def accounts_of(home: Path) -> dict[str, list[tuple]]:
    """Who is there with which role and how many tokens that count; secrets are random, so they are left out."""
    sql = """SELECT u.email, u.name, u.role, u.password <> '', u.disabled_at,
        (SELECT count(*) FROM tokens t WHERE t.user_id = u.id AND t.revoked_at = ''), (SELECT count(*) FROM tokens t WHERE t.user_id = u.id)
        FROM users u ORDER BY u.email"""
    with closing(connect(home / "parley.db")) as db:
        return {**stored(home), "accounts": db.conn.execute(sql).fetchall()}


def lay_out_upload(folder: Path) -> None:
    folder.mkdir(parents=True)
    with as_file(files("pipelines.sample")) as sample:
        notes = (sample / "call_notes.csv").read_text().splitlines(keepends=True)
        (folder / "notes.csv").write_text("".join(notes[: NOTES + 1]))
        mails = re.split(r"(?m)^(?=From )", (sample / "mail.mbox").read_text())
        (folder / "mail.mbox").write_text("".join(mails[: MAILS + 1]))
        for call in sorted((sample / "calls").iterdir())[:CALLS]:
            shutil.copy(call, folder)


def run_mine(home: Path) -> None:
    opened(home, lambda db: mine(db, now=lambda: NOW))


def make_backups(home: Path) -> None:
    for _ in range(4):
        backup_once(home)


def backup_once(home: Path) -> None:
    def once(db: Database) -> None:
        taken = [int(file.name[24:26]) for file in (home / "backups").glob("parley-2026*")]
        backup.backup(db, home / "parley.db", now=f"2026-03-20T10:00:{max(taken, default=0) + 1:02}+00:00", keep=3)

    opened(home, once)


def edit_themes(home: Path) -> None:
    """Thirty changes, each one event; what was done before is known by the events that there are."""

    def all_of_them(db: Database) -> None:
        sql = "SELECT theme_id FROM theme_events WHERE type = 'create' AND kind = 'objection' AND actor <> ? ORDER BY id LIMIT 5"
        ids = [row["theme_id"] for row in db.query(sql, [ACTOR])]
        while (step := db.table("theme_events").count_where("actor = ?", [ACTOR])) < 30:
            edit(db, ids, step)

    opened(home, all_of_them)


def edit(db: Database, ids: list[int], step: int) -> None:
    told: dict[str, Any] = {"now": NOW, "actor": ACTOR}
    quotes = sorted(theme_events.members(db, [ids[2]]))[:2]
    match step % 10:
        case 0 | 1:
            ledger.rename(db, ids[step % 10], f"Name {step}", **told)
        case 2:
            ledger.merge(db, ids[0], [ids[1]], **told)
        case 3 | 5 | 9:
            ledger.undo(db, theme_events.last(db), **told)
        case 4:
            ledger.move(db, quotes, ids[3], **told)
        case 6:
            ledger.retire(db, ids[4], **told)
        case 7:
            ledger.restore(db, ids[4], **told)
        case 8:
            ledger.split(db, ids[2], [ledger.NewPart(f"Part {step}", tuple(quotes))], **told)


def old_database(home: Path) -> None:
    """A database from before the sources, with calls and threads that the migrations must bring over one by one."""
    home.mkdir(exist_ok=True)
    with closing(connect(home / "parley.db")) as db:
        migrations.apply(db, stop_before="m005_sources")
        db.enable_wal()
        with db.atomic():
            db.execute("INSERT INTO batches (created_at, title, status) VALUES ('2025-01-02', 'old', 'done')")
            for n in range(1500):
                kind = "email" if n % 2 else "call"
                db.execute(
                    """INSERT INTO conversations (id, kind, title, occurred_at, account, contact, job_title, persona, seniority,
                    rep, stage, outcome, file, participants, content_hash) VALUES (?, ?, '', '2025-01-02', ?, '', '', '', '',
                    '', '', '', 'old.mbox', '[]', '')""",
                    [f"c{n}", kind, f"Account {n % 50}"],
                )  # fmt: skip
                db.execute(
                    """INSERT INTO utterances (id, conversation_id, position, speaker, role, voice, text, source_id)
                    VALUES (?, ?, 0, 'Dana', 'buyer', 'verbatim', ?, ?)""",
                    [f"u{n}", f"c{n}", f"It is too dear, said {n}", f"m{n}@arlo.example" if n % 2 else ""],
                )
                db.execute("INSERT INTO sightings VALUES (1, ?)", [f"u{n}"])
                if n % 2:
                    db.execute("INSERT INTO mail_references VALUES (?, ?)", [f"m{n}@arlo.example", f"c{n}"])


def killed(act: Act, home: Path, after: float, *, from_start: bool) -> bool:
    """Run the act in a process of its own and kill it so many seconds after its start, or after it first wrote anything;
    False when it was done before."""
    errors, before = home.parent / "errors.txt", written(home)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act.run(home)
            code = 0
        except BaseException:
            errors.write_text(traceback.format_exc())
        finally:
            os._exit(code)
    status = None
    while status is None and not from_start and written(home) == before:
        time.sleep(0.002)
        done, told = os.waitpid(child, os.WNOHANG)
        status = told if done else None
    until = time.monotonic() + after
    while status is None and time.monotonic() < until:
        time.sleep(0.002)
        done, told = os.waitpid(child, os.WNOHANG)
        status = told if done else None
    if status is None:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(errors.read_text())
    return os.WIFSIGNALED(status)


def idle(act: Act, begin: Path, end: Path) -> None:
    """Raises RuntimeError for an act that did not do what it is there for: a kill of nothing shows nothing."""
    before, after = sizes(begin), sizes(end)
    for table, rows_ in act.does.items():
        change = after.get(table, 0) - before.get(table, 0)
        if change < rows_ if rows_ > 0 else change > rows_:
            raise RuntimeError(
                f"{act.name} changed {table} by {change} rows undisturbed, not by {rows_}: nothing to kill."
            )
    if not act.does:
        raise RuntimeError(f"Say what {act.name} does.")


def sizes(home: Path) -> dict[str, int]:
    """Rows of each table, and how many backups there are."""
    file = home / "parley.db"
    found = {"backups": len([one for one in backup.listed(file) if one.manifest])}
    if file.exists():
        with closing(connect(file)) as db:
            found |= {table: db.table(table).count for table in kills_acts.tables_of(db) if db.table(table).exists()}
        found["accounts"] = found.pop("users", 0)
    return found


def still_there(home: Path) -> list[str]:
    """Files of a home in which the person who was forgotten still is."""
    needles = traces.needles(Person(names=frozenset({PERSON})), ())
    return [f"{PERSON} is still in {one.file}" for one in traces.search(home, needles).places]


def undisturbed(act: Act, begin: Path, home: Path) -> float:
    """Seconds of the act in a process of its own, with what is imported already."""
    shutil.copytree(begin, home)
    started = time.monotonic()
    if killed(act, home, 3600.0, from_start=False):
        raise RuntimeError("it was to run to its end")
    shutil.rmtree(home)
    return time.monotonic() - started


def written(home: Path) -> int:
    """Bytes of all files of a home."""
    total = 0
    for file in home.rglob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


def damage(home: Path) -> list[str]:
    """What is wrong in a home after a kill: the database and every backup that claims to be one."""
    file, found = home / "parley.db", list[str]()
    if file.exists():
        with closing(connect(file)) as db:
            found += copying.check(db.conn)
            there = set(db.table_names())
            if "theme_moves" in there and not migrations.pending(db):
                found += [f"{count} {what}" for what, count in health.left_over(db).items()]
                found += ["the index disagrees"] * (not health.index_agrees(db))
                found += ["the ledger disagrees"] * bool(health.themes_astray(db) or health.members_astray(db))
                found += [f"{q[0]} is not what was said" for q in health.quotes(db) if q[5][q[1] : q[2]] != q[3]]
            db.rollback()
    for one in backup.listed(file):
        try:
            backup.verify(one.file)
        except Exception as error:
            found.append(f"{one.file.name}: {error}")
    return found


def stored(home: Path) -> dict[str, list[tuple]]:
    """Every row that people made or brought, and every vector, without what tells of the runs."""
    found: dict[str, list[tuple]] = {}
    with closing(connect(home / "parley.db")) as db:
        for table in (*rows.tables(db), "vectors"):
            left = OF_THE_RUN.get(table, set())
            names = [name for name in rows.columns(db, table) if name not in left]
            listed = ", ".join(f'"{name}"' for name in names)
            found[table] = sorted(db.conn.execute(f'SELECT {listed} FROM "{table}"').fetchall(), key=repr)
        # How far stages have looked is told by counts of writes, and what was killed is written twice.
        found["state"] = [row for row in found["state"] if not row[0].startswith("seen ")]
    return found


def differences(one: dict[str, list[tuple]], other: dict[str, list[tuple]]) -> list[str]:
    return [
        f"{table}: {len(one[table])} rows, {len(other[table])} undisturbed"
        for table in one
        if one[table] != other[table]
    ]


def try_act(act: Act, kills: int, work: Path, rng: random.Random, *, tell: Callable[[str], None] = print) -> Told:
    """Kill one act so many times."""
    told, begin, whole = Told(), work / f"{act.name} begin", work / f"{act.name} whole"
    begin.mkdir()
    act.begin(begin)
    shutil.copytree(begin, whole)
    act.run(whole)
    told_of = act.stored or stored
    expected = told_of(whole)
    idle(act, begin, whole)
    at_first = told_of(begin) if act.whole else {}
    told.seconds = length = undisturbed(act, begin, work / f"{act.name} home")
    while told.kills < kills:
        home = work / f"{act.name} home"
        shutil.copytree(begin, home)
        began = told.kills
        for _ in range(rng.randint(1, MOST_IN_A_ROW)):
            after, from_start = rng.uniform(0, length), rng.random() < FROM_START
            if told.kills >= kills or not killed(act, home, after, from_start=from_start):
                break
            told.kills += 1
            told.wrong += [f"after {after:.2f} s: {one}" for one in damage(home) if one not in act.broken]
            if act.whole:
                now = told_of(home)
                told.wrong += [f"after {after:.2f} s: neither as before nor as after"] * (
                    now not in (at_first, expected)
                )
                told.done += now == expected
        if told.kills > began:
            told.runs += 1
            act.run(home)
            told.wrong += [
                f"after {told.kills - began} kills, the last at {after:.2f} s, and again: {one}"
                for one in (
                    *damage(home),
                    *differences(told_of(home), expected),
                    *(still_there(home) if act.name == "forget" else ()),
                )
            ]
        else:
            told.too_late += 1
            length *= 0.9
        shutil.rmtree(home)
    tell(
        f"{act.name}: {told.kills} kills in {told.runs} runs, {told.too_late} too late, {told.seconds:.1f} s undisturbed, {len(told.wrong)} wrong"
    )
    for line in told.wrong[:10]:
        tell(f"  {line}")
    return told


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=sum(SHARES.values()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import bertopic  # noqa: F401 - what takes seconds in every process is there before it is forked
    import spacy  # noqa: F401

    ingesting.PIECES_PER_TRANSACTION = analyse.CONVERSATIONS_PER_TRANSACTION = analyse.TEXTS_PER_TRANSACTION = STEP

    rng, found = random.Random(asked.seed), dict[str, Told]()
    with tempfile.TemporaryDirectory() as folder:
        for name, act in acts(Path(folder)).items():
            if asked.only not in name:
                continue
            kills = max(1, round(SHARES[name] * asked.kills / sum(SHARES.values())))
            found[name] = try_act(act, kills, Path(folder), rng)
            if not asked.only:
                write(found, asked.seed)  # after each act: who stops it keeps what was measured
    sys.exit(any(told.wrong for told in found.values()))


def write(found: dict[str, Told], seed: int) -> None:
    table = [
        f"| {name} | {told.kills} | {told.runs} | {told.seconds:.1f} s | {len(told.wrong)} |"
        for name, told in found.items()
    ]
    kills, wrong = sum(told.kills for told in found.values()), sum(len(told.wrong) for told in found.values())
    head = f"""# Durability

`python -m benchmarks.kills --seed {seed}`: {kills} times SIGKILL at a random moment of a real process, uniform over the time
that the act takes undisturbed, four fifths of them counted from when it first wrote. After each, integrity check, references, search index, ledger and every quote; then the same act
again, killed up to {MOST_IN_A_ROW} times in a row and at last run to its end, and every row compared with an undisturbed run's
(vectors too; who read and how often is left out, as are secrets). Backups that a killed process left must verify. **{wrong} of {kills} found anything wrong.**

| act | kills | runs | undisturbed | wrong |
|---|---:|---:|---:|---:|
"""
    whole = " ".join(
        f"After {told.kills - told.done} of the {told.kills} kills of {name} everything stood as before it, after {told.done} as after it."
        for name, told in found.items()
        if name in ("forget", "retention", "undo")
    )
    missing = ", ".join(name for name in SHARES if name not in found)
    foot = f"""
An act that does nothing undisturbed stops the benchmark: a kill of nothing shows nothing.{f" Not run: {missing}." if missing else ""}

Upload: {NOTES} notes, {MAILS} mails and {CALLS} calls of the sample company, {STEP} a transaction (hundreds otherwise, which would
leave fewer moments); thirty changes of themes; four backups of which three are kept; a database of the fourth schema with 1,500
conversations for "upgrade"; {MANY:,} notes more that come, to as many that are there ("ingest much"); forty accounts with
tokens, roles and passwords, of which ten are removed. "forget" takes a person out of {MET} calls in which they speak and of {MANY // 50} of those {MANY:,} notes, each with
a quote in a theme; "retention" takes the notes that are older than nine months. {whole} When
forgetting was done again after its kills, no file of the folder held the person's name. Parley {version("parley")}, SQLite {sqlite3.sqlite_version}, {platform.system()}, Python
{platform.python_version()}. SIGKILL is not a power cut: what was acknowledged in the last moments before one may be missing
afterwards (`synchronous = NORMAL`), never half of it.
"""
    RESULTS.write_text(head + "\n".join(table) + "\n" + foot)


if __name__ == "__main__":
    main()
