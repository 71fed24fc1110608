"""Finding in this process and in several: the same results, in the same order, and a clear end when one is killed."""

import multiprocessing
import os
import signal

import pytest

from insights import language
from insights.language import Turn, Work
from insights.records import Company, Competitor
from pipelines import analyse
from pipelines.ingest import ingest
from pipelines.running import engines
from pipelines.running.where import Where
from pipelines.store import connect, prepare

US = Company(competitors=(Competitor("Zendora"),))
SAID = ("Honestly, it is too expensive for us.", "Does it work offline?", "We use Zendora today.", "Thank you.")


def work(parts: int) -> list[tuple[int, list[Work]]]:
    """Numbered parts of different turns."""
    return [(n, [(Turn("buyer", "verbatim", f"{text} {n}"), None) for text in SAID]) for n in range(parts)]


def test_processes_find_what_this_process_finds_in_the_same_order_at_the_chosen_confidence():
    chosen = {"objection": 1.0}
    with engines.local(language.build(US, least=chosen)) as here, engines.processes(US, 2, chosen) as there:
        found = list(there(work(9)))
        assert found == list(here(work(9)))
    assert {one.kind for _, parts in found for insights, _ in parts for one in insights} == {"question", "competitor"}


def test_a_killed_worker_is_told_clearly():
    with pytest.raises(engines.WorkerStopped, match="PARLEY_WORKERS=1"), engines.processes(US, 1) as run:
        for n, _ in run(work(40)):
            if n == 0:
                os.kill(worker(), signal.SIGKILL)


def test_the_analysis_in_processes_stores_what_it_stores_alone(tmp_path, upload, encoder, now, monkeypatch):
    monkeypatch.setattr(analyse, "FEWEST_FOR_WORKERS", 1)
    stored = []
    for workers in (1, 2):
        prepare(tmp_path / f"{workers}.db")
        db = connect(tmp_path / f"{workers}.db")
        ingest(db, [upload], title="All", now=now)
        assert analyse.analyse(db, encoder=encoder, where=Where(workers=workers)).insights >= 4
        stored.append(list(db.query("SELECT id, kind, label, text, confidence FROM insights ORDER BY id")))
        db.close()
    assert stored[0] == stored[1]


def test_little_work_starts_no_process(db, monkeypatch, encoder):
    monkeypatch.setattr(engines, "processes", None)
    assert analyse.analyse(db, encoder=encoder, where=Where(workers=2)).conversations == 0


def worker() -> int:
    """The process id of this process' only worker."""
    (child,) = multiprocessing.active_children()
    assert child.pid
    return child.pid
