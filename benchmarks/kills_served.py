"""Kill `parley serve` while people write through it, and look whether anything was damaged, lost or done by half.

    python -m benchmarks.kills_served DATABASE [--kills 20] [--seed 1] [--port 8139]

A copy of the database is served by a process of its own; two people comment, answer, close, hand on, say that quotes are none
and take that back, and once in each round an upload is undone or a person is forgotten. The process gets SIGKILL at a random
moment. Then the database is examined as in `benchmarks.kills`, what was acknowledged must be there, and what was not must be
there whole or not at all.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread

import httpx
from sqlite_utils import Database

from benchmarks.kills import damage
from pipelines.ingest import ingest
from pipelines.jobs import now
from pipelines.store import comments, connect

LONGEST = 3.0  # seconds of writing before a kill
PATIENCE = 120.0  # seconds for a server to answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", type=Path)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8139)
    asked = parser.parse_args()
    rng, wrong, acknowledged = random.Random(asked.seed), list[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        for number in range(asked.kills):
            if number % 5 == 0:  # a fresh one: who is forgotten is so once
                shutil.rmtree(home, ignore_errors=True)
                home.mkdir()
                shutil.copy(asked.database, home / "parley.db")
            done, found = killed(home, asked.port, rng, number)
            acknowledged += done
            wrong += [f"kill {number + 1}: {one}" for one in found]
    print(f"{asked.kills} kills, {acknowledged} writes acknowledged before them, {len(wrong)} wrong")
    print("\n".join(wrong[:20]))
    sys.exit(bool(wrong))


def killed(home: Path, port: int, rng: random.Random, number: int) -> tuple[int, list[str]]:
    """Serve, write, kill; how many writes were acknowledged, and what is wrong afterwards."""
    with closing(connect(home / "parley.db")) as db:
        batch = upload(db, home.parent, number)
        quotes = [
            row[0]
            for row in db.execute(
                "SELECT id FROM insights WHERE standing <> 'rejected' ORDER BY id LIMIT 40"
            ).fetchall()
        ]
        person = db.execute(
            "SELECT contact, account FROM conversations WHERE contact LIKE '% %' AND account <> '' ORDER BY id LIMIT 1"
        ).fetchone()
        receipts, talks = db.table("erasures").count, db.table("conversations").count
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--no-worker"]
    environment = {**os.environ, "PARLEY_HOME": str(home)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    told: list[tuple[str, dict]] = []
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            ready(client)
            people = [Thread(target=talk, args=(port, f"{number}-{n}", told, quotes), daemon=True) for n in range(2)]
            people += [Thread(target=once, args=(port, batch, person, told, number % 2 == 0), daemon=True)]
            for one in people:
                one.start()
            time.sleep(rng.uniform(0.05, LONGEST))
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    for one in people:
        one.join(10)
    with closing(connect(home / "parley.db")) as db:
        found = lost(db, told, batch, receipts, talks)
    return len(told), [*damage(home), *found]


def upload(db: Database, folder: Path, number: int) -> int:
    file = folder / f"more-{number}.csv"
    file.write_text(
        "Date,Account,Contact,Notes\n"
        + "".join(
            f"2026-01-05,Firm {n},Ann Lee {number},It is too dear for {n} lorries of plan {number}.\n"
            for n in range(40)
        )
    )
    done = ingest(db, [file], title=f"more {number}", now=now)
    if done.counts.added != 40:
        raise RuntimeError("The upload brought nothing: there is nothing to undo.")
    return done.batch_id or 0


def ready(client: httpx.Client) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(httpx.HTTPError):
            if client.get("/api/v1/comments").status_code == 200:
                return
        time.sleep(0.2)
    raise RuntimeError("The server did not answer.")


def talk(port: int, who: str, told: list[tuple[str, dict]], quotes: list[str]) -> None:
    """Comment, answer, close and deny until nobody answers any more; what was acknowledged goes into `told`."""
    with suppress(httpx.HTTPError), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for n in range(10_000):
            words = f"{who} says {n}"
            said = {"words": words, "place": "/themes/1", "side": "sales", "kind": "question", "actor": who}
            made = client.post("/api/v1/comments", json=said).json()
            told.append(("comment", {"id": made["id"], "words": words}))
            for step in ({"act": "answer", "done": f"{words}: yes"}, {"act": "close", "done": f"{words}: done"}):
                if client.post(f"/api/v1/comments/{made['id']}/steps", json={**step, "actor": who}).status_code == 200:
                    told.append(("step", {"id": made["id"], "words": step["done"]}))
            answer = client.post(
                "/review/none", data={"quote": quotes[n % len(quotes)], "back": "/"}, follow_redirects=False
            )
            if answer.status_code == 303:
                told.append(("denied", {"quote": quotes[n % len(quotes)]}))


def once(port: int, batch: int, person: tuple[str, str], told: list[tuple[str, dict]], undo: bool) -> None:
    """Undo the upload, or forget the person."""
    with suppress(httpx.HTTPError), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        if undo:
            if client.delete(f"/api/v1/batches/{batch}").status_code == 200:
                told.append(("undone", {"batch": batch}))
            return
        body = {"given": person[0], "account": person[1], "which": ["*"]}
        seen = client.post("/api/v1/erasures/preview", json=body)
        if seen.status_code == 200:
            body |= {"confirm": person[0], "token": seen.json()["token"]}
            if client.post("/api/v1/erasures", json=body).status_code == 201:
                told.append(("forgotten", {}))


def lost(db: Database, told: list[tuple[str, dict]], batch: int, receipts: int, talks: int) -> list[str]:
    """What was acknowledged and is not there, and what is there by half."""
    found, known = list[str](), {one.id: one for one in comments.every(db)}
    for kind, what in told:
        one = known.get(what.get("id", 0))
        if kind in ("comment", "step") and one is None:
            found.append(f"comment {what['id']} is lost")
        elif kind == "step" and one and what["words"] not in {step.words for step in one.steps}:
            found.append(f"a step of comment {what['id']} is lost")
        elif kind == "denied":
            row = db.execute("SELECT standing FROM insights WHERE id = ?", [what["quote"]]).fetchone()
            found += [f"the verdict on {what['quote']} is lost"] * (row is not None and row[0] != "rejected")
    status = db.execute("SELECT status FROM batches WHERE id = ?", [batch]).fetchone()[0]
    there = db.execute("SELECT count(*) FROM brought WHERE batch_id = ?", [batch]).fetchone()[0]
    if (status == "undone") != (there == 0) or (any(kind == "undone" for kind, _ in told) and status != "undone"):
        found.append(f"upload {batch} is {status} with {there} pieces")
    if any(kind == "forgotten" for kind, _ in told) and db.table("erasures").count == receipts:
        found.append("the receipt of an erasure is lost")
    return found


if __name__ == "__main__":
    main()
