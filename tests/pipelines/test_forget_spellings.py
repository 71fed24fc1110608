"""Names that are more than two plain words are forgotten where they stand, kept out later, and looked for in the files."""

import shutil

import pytest

from insights.covers import COVER, fold
from pipelines.ingest import ingest
from pipelines.privacy import forget, keeping_out, traces
from pipelines.privacy.persons import Asked
from tests.spending import at_most

NOW = "2026-01-15T12:00:00+00:00"
HEAD = "ID,Date,Account,Contact,Owner,Notes\n"


def bring(db, folder, rows: str) -> None:
    file = folder / "in" / "notes.csv"
    file.parent.mkdir()
    file.write_text(HEAD + rows)
    ingest(db, [file], title="notes", now=lambda: NOW)
    shutil.rmtree(file.parent)


def forgotten(db, home, name: str, account: str = "Arlo Foods"):
    return forget.forget(db, Asked(name, account), home, confirmed=name, now=lambda: NOW, actor="test")


NAMES = {
    "Jürgen Groß": "groß", "Dr. Anna Müllerová": "mullerova", "Müllerová, Dr. Anna": "mullerova", "Anna B. C. Wrzosek": "wrzosek",
    "İlker Yılmaz": "yilmaz", "Jean‑Luc Roybal": "roybal", "Geoﬀ Griﬃthson": "griﬃthson", "Ostrowska, Danuta Maria": "ostrowska",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_forgotten_where_another_company_speaks_of_it_and_kept_out_later(db, tmp_path, name):
    bring(
        db,
        tmp_path,
        f'1,2025-03-01,Arlo Foods,"{name}",Joel Okafor,"It is too expensive for us."\n'
        f'2,2025-03-02,Bexley Trading,Lena Voss,Joel Okafor,"Their friend {name} told us that it works offline."\n',
    )
    receipt = forgotten(db, tmp_path, name)
    bring(
        db,
        tmp_path,
        f'3,2025-03-03,Bexley Trading,Lena Voss,Joel Okafor,"The CFO {name} called about a demo."\n'
        f'4,2025-03-03,Arlo Foods,"{name}",Joel Okafor,"Asked about the price of a pilot."\n',
    )
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert not [line for line in db.conn.iterdump() if NAMES[name] in fold(line)]
    assert COVER in "".join(row["text"] for row in db.query("SELECT text FROM utterances"))
    assert receipt.found == 0 and receipt.sought.spellings > 1


@pytest.mark.parametrize("name", ["Jürgen Groß", "Anna Müller"])
def test_who_is_stored_with_a_title_is_forgotten_by_the_name_alone(db, tmp_path, name):
    bring(db, tmp_path, f'1,2025-03-01,Arlo Foods,Dr. {name},Joel Okafor,"It is too expensive."\n')
    forgotten(db, tmp_path, name)
    assert db.execute("SELECT count(*) FROM conversations WHERE contact <> ''").fetchone()[0] == 0


def test_a_name_in_the_query_of_a_saved_report_is_forgotten(db, tmp_path):
    bring(
        db, tmp_path, '1,2025-03-01,Arlo Foods,Jürgen Groß,Joel Okafor,"Too expensive."\n'
        '2,2025-03-02,Bexley Trading,Lena Voss,Joel Okafor,"Asked whether it works offline."\n',
    )  # fmt: skip
    query = "q=J%C3%BCrgen+Gro%C3%9F&kind=objection"
    sql = "INSERT INTO saved_reports (id, title, report, query, day, content, at, actor, version) VALUES ('a', 'x', 'trends', ?, '', '{}', ?, 'x', '1')"
    with db.atomic():
        db.execute(sql, [query, NOW])
    forgotten(db, tmp_path, "Jürgen Groß")
    (left,) = (row["query"] for row in db.query("SELECT query FROM saved_reports"))
    assert COVER in left and "kind=objection" in left and not {"rgen", "Gro"} & set(left.split("%"))


@pytest.mark.parametrize(
    "text",
    ["The CFO Dana Ortiz said", "Yesterday our Head Buyer Dana Ortiz", "with Dana\u00a0Ortiz", "told Dana\n> Ortiz", "**Dana** Ortiz", "DANA ORTIZ"],
)  # fmt: skip
def test_a_whole_name_is_seen_behind_other_words_with_capitals(text):
    assert "dana ortiz" in {one.lower() for one in keeping_out.names_in(text)}


@pytest.mark.parametrize("name", ["Mary Ann de la Cruzado", "José María Pérez García", "Anna B C Wrzosek"])
def test_a_long_name_is_seen_whole(name):
    assert name in keeping_out.names_in(f"The buyer {name} said so.")


@pytest.mark.parametrize("unit", ["A", "A ", "A'", "de ", "Ab. "])
def test_looking_for_names_takes_time_by_the_length_of_a_text(unit):
    with at_most(1):
        keeping_out.names_in(unit * (40_000 // len(unit)))


@pytest.mark.parametrize("written", ["JÜRGEN GROSS", "Jürgen Groß", "jürgen groß", "Ju\u0308rgen Groß"])
def test_files_are_searched_for_letters_beyond_the_alphabet_in_capitals_and_with_accents_apart(tmp_path, written):
    (tmp_path / "left.txt").write_text(f"from {written} today")
    assert traces.search(tmp_path, ["jürgen groß", "jürgen gross"]).places
