"""What many ask for at the same time is worked out once, and nobody is told less than was there when they asked."""

import shutil
import time
from contextlib import closing
from threading import Event, Thread

import pytest

from pipelines.store import connect, remembered

ASKERS = 8


@pytest.fixture
def path(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "a.db")
    with closing(connect(tmp_path / "a.db")) as db:
        db.execute("CREATE TABLE things (n INTEGER)")
    yield tmp_path / "a.db"
    remembered.forget()


class Counting:
    """How many things there are, counted as slowly as the test wants: after the first look it waits until `go`. The first
    `failures` times nothing comes of it."""

    def __init__(self, path, failures=0):
        self.path, self.begun, self.go, self.times, self.answers, self.threads = path, Event(), Event(), 0, [], []
        self.failures = failures

    def ask(self):
        with closing(connect(self.path)) as db:

            def work_out():
                self.times += 1
                found = db.execute("SELECT count(*) FROM things").fetchone()[0]
                self.begun.set()
                assert self.go.wait(60)
                if self.times <= self.failures:
                    raise ValueError(f"no {self.times}")
                return found

            try:
                self.answers.append(remembered.remembered(db, "how many", work_out))
            except ValueError as error:
                self.answers.append(error)

    def start(self):
        self.threads.append(Thread(target=self.ask))
        self.threads[-1].start()

    def end(self):
        self.go.set()
        for thread in self.threads:
            thread.join(60)


def add(path):
    with closing(connect(path)) as db:
        db.execute("INSERT INTO things VALUES (1)")


def until_waiting(how_many):
    """Until so many threads wait for what another works out."""
    for _ in range(6000):
        works = [work for known in remembered._known.values() for work in known.working.values()]
        if sum(len(work.done._cond._waiters) for work in works) >= how_many:
            return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")


def test_who_asked_before_a_write_shares_what_was_begun_before_it(path):
    counting = Counting(path)
    counting.start()
    assert counting.begun.wait(60)
    for _ in range(ASKERS):
        counting.start()
    until_waiting(ASKERS)
    add(path)  # while it is worked out: what comes of it is not kept, but it is what they asked for
    counting.end()
    assert (counting.answers, counting.times) == ([0] * (ASKERS + 1), 1)


def test_who_asks_after_a_write_waits_for_what_has_it_in(path):
    counting = Counting(path)
    counting.start()
    assert counting.begun.wait(60)
    add(path)
    for _ in range(ASKERS):
        counting.start()
    until_waiting(ASKERS)
    counting.end()
    assert (sorted(counting.answers), counting.times) == ([0] + [1] * ASKERS, 2)


def test_what_fails_fails_once_for_all_who_wait(path):
    counting = Counting(path, failures=ASKERS)
    counting.start()
    assert counting.begun.wait(60)
    for _ in range(ASKERS):
        counting.start()
    until_waiting(ASKERS)
    counting.end()
    assert (set(map(str, counting.answers)), counting.times) == ({"no 1"}, 1)


def test_who_asks_after_a_failure_has_it_tried_again(path):
    counting = Counting(path, failures=1)
    counting.start()
    counting.end()
    counting.ask()
    assert counting.answers[1:] == [0]


def test_who_asks_after_a_write_is_not_told_of_a_failure_from_before_it(path):
    counting = Counting(path, failures=1)
    counting.start()
    assert counting.begun.wait(60)
    add(path)
    counting.start()
    until_waiting(1)
    counting.end()
    assert sorted(map(str, counting.answers)) == ["1", "no 1"]
