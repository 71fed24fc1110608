"""How far each cell of the plan is, which step a stage's name means, and what the board counts.

Notes are appended: the last one of a cell that was not undone says its status, and its number is the cell's version.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from sqlite_utils import Database

from insights.stages import Step
from pipelines.store import columns
from pipelines.store.counting import COUNTED
from pipelines.store.filters import (
    CONVERSATION_COLUMNS,
    MEETINGS,
    Filters,
    conversation_condition,
    insight_condition,
)
from pipelines.store.insights import JOINS
from pipelines.store.remembered import per_state

SNIPPET = 280


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of a cell's history. `persona` and `step` are "" for a whole theme. `key` is the page that was
    published and `day` when, both "" otherwise; `undone_at` is "" while it stands. `owner` is whose it is and `due` the
    month by when ("2026-12"), "" where nobody said. `upload_id` and `answer_id` are what counts because of it while it
    says how far the cell is: the page as one of ours, and that it answers the theme."""

    id: int
    at: str
    actor: str
    theme_id: int
    persona: str
    step: str
    status: str
    note: str
    key: str
    day: str
    undone_at: str
    owner: str = ""
    due: str = ""
    upload_id: int | None = None
    answer_id: int | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be done: published, or dropped."""
        return self.status in ("published", "dropped")


@dataclass(frozen=True, slots=True)
class StageStep:
    """A person's word on what a stage's name means."""

    id: int
    at: str
    actor: str
    stage: str
    step: Step


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation that counts, with the persona and the stage that it was held with ("" where unknown)."""

    id: str
    day: str
    account: str
    persona: str
    stage: str


@dataclass(frozen=True, slots=True)
class Naming:
    """An utterance in which a page of ours is named by `phrase`, its title or address."""

    id: str
    text: str
    role: str
    voice: str
    position: int
    conversation_id: str
    account: str
    job_title: str
    persona: str
    channel: str
    day: str
    phrase: str

    @property
    def snippet(self) -> str:
        """The utterance, or its part around the phrase where it is long; verbatim but for the dots."""
        if len(self.text) <= SNIPPET:
            return self.text
        at = max(0, self.text.lower().find(self.phrase.lower()) - SNIPPET // 3)
        begin = self.text.rfind(" ", 0, at) + 1 if at else 0
        end = self.text.rfind(" ", begin, begin + SNIPPET)
        return f"{'… ' if begin else ''}{self.text[begin : end if end > begin else None]} …"


def add(
    db: Database,
    theme_id: int,
    persona: str,
    step: str,
    *,
    status: str,
    note: str,
    key: str,
    day: str,
    actor: str,
    now: str,
    owner: str = "",
    due: str = "",
) -> int:
    sql = """INSERT INTO plan_notes (at, actor, theme_id, persona, step, status, note, key, day, owner, due)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
    values = [now, actor, theme_id, persona, step, status, note, key, day, owner, due]
    return int(db.execute(sql, values).lastrowid or 0)


def count_with(db: Database, note_id: int, *, upload: int | None, answer: int | None) -> None:
    """Keep what counts because of a note."""
    db.execute("UPDATE plan_notes SET upload_id = ?, answer_id = ? WHERE id = ?", [upload, answer, note_id])


def owners(db: Database) -> list[str]:
    """Everybody that a note which was not undone names as whose it is."""
    sql = "SELECT DISTINCT owner FROM plan_notes WHERE owner <> '' AND undone_at = '' ORDER BY owner COLLATE NOCASE"
    return [row["owner"] for row in db.query(sql)]


def get(db: Database, note_id: int) -> Note | None:
    return next((Note(**row) for row in db.query("SELECT * FROM plan_notes WHERE id = ?", [note_id])), None)


def notes(db: Database, theme_ids: Collection[int] | None = None) -> list[Note]:
    """Every note of these themes, of all for None, the oldest first, undone ones too."""
    some = "" if theme_ids is None else "WHERE theme_id IN (SELECT value FROM json_each(?))"
    values = [] if theme_ids is None else [json.dumps(sorted(theme_ids))]
    return [Note(**row) for row in db.query(f"SELECT * FROM plan_notes {some} ORDER BY id", values)]


def last(db: Database, theme_id: int, persona: str, step: str) -> Note | None:
    """The note that says how far a cell is."""
    sql = """SELECT * FROM plan_notes WHERE theme_id = ? AND persona = ? AND step = ? AND undone_at = ''
        ORDER BY id DESC LIMIT 1"""
    return next((Note(**row) for row in db.query(sql, [theme_id, persona, step])), None)


def undo(db: Database, note_id: int, at: str) -> None:
    db.execute("UPDATE plan_notes SET undone_at = ? WHERE id = ?", [at, note_id])


def set_step(db: Database, stage: str, step: str, *, actor: str, now: str) -> int:
    sql = "INSERT INTO stage_steps (at, actor, stage, step) VALUES (?, ?, ?, ?)"
    return int(db.execute(sql, [now, actor, stage, step]).lastrowid or 0)


def steps(db: Database) -> dict[str, StageStep]:
    """The last word that stands on each stage's name, as it was written."""
    sql = "SELECT id, at, actor, stage, step FROM stage_steps WHERE undone_at = '' ORDER BY id"
    return {row["stage"]: StageStep(**row) for row in db.query(sql)}


def undo_step(db: Database, number: int, at: str) -> bool:
    return db.execute("UPDATE stage_steps SET undone_at = ? WHERE id = ? AND undone_at = ''", [at, number]).rowcount > 0


@per_state
def stages(db: Database) -> dict[str, int]:
    """The CRM's names of stages with how many conversations that count have them; "" for those without one. It is
    shared: nobody may change it."""
    if told := columns.told(db):
        stage = told.facts["stage"]
        (codes, _), _ = columns.groups(stage.codes[told.counted], told.meeting[told.counted])
        there, numbers = np.unique(codes, return_counts=True)
        return dict(sorted(zip(columns.named(stage.values, there), numbers.tolist(), strict=True)))
    sql = f"SELECT c.stage, count(DISTINCT c.counted_as) AS n FROM conversations c WHERE {COUNTED} GROUP BY c.stage ORDER BY c.stage"
    return {row["stage"]: row["n"] for row in db.query(sql)}


def places(db: Database, filters: Filters) -> list[Place]:
    """Every conversation that matches, once for each persona and stage that its tellings have."""
    told = columns.told(db)
    if told is None:
        return _places(db, filters)
    alone, several = columns.alone(told, columns.conversations(db, told, filters))
    meeting = told.meeting[alone]
    facts = (told.facts[name] for name in ("account_key", "persona", "stage"))
    texts = [columns.named(one.values, one.codes[alone]) for one in facts]
    days = columns.named(told.days, told.day[meeting])
    found = [Place(*row) for row in zip(columns.named(told.ids, meeting), days, *texts, strict=True)]
    if several:
        found = sorted([*found, *_places(db, filters, only=several)], key=lambda p: (p.id, p.persona, p.stage))
    return found


def _places(db: Database, filters: Filters, *, only: Sequence[str] | None = None) -> list[Place]:
    """The same by SQL; `only` some meetings."""
    condition, values = conversation_condition(filters)
    persona, stage = CONVERSATION_COLUMNS["persona"], CONVERSATION_COLUMNS["stage"]
    some = "" if only is None else "AND c.counted_as IN (SELECT value FROM json_each(?))"
    sql = f"""SELECT c.counted_as AS id, min(w.day) AS day, max(c.account_key) AS account,
        {persona} AS persona, {stage} AS stage
        FROM conversations c JOIN {MEETINGS} w ON w.id = c.counted_as WHERE {COUNTED} AND {condition} {some}
        GROUP BY c.counted_as, {persona}, {stage} ORDER BY c.counted_as, persona, stage"""
    return [Place(**row) for row in db.query(sql, [*values, *([] if only is None else [json.dumps(only)])])]


def carried(db: Database, filters: Filters) -> list[dict]:
    """(theme_id, kind, id, persona, stage): the conversations that carry a theme, where it was said in them."""
    if (read := columns.read(db)) and (chosen := columns.insights(db, read, filters)) is not None:
        chosen = chosen & (read.theme > 0) & read.told.counted[read.of]
        of, told = read.of[chosen], read.told
        kind, persona, stage = read.texts["kind"], told.facts["persona"], told.facts["stage"]
        keys = (read.theme[chosen], kind.codes[chosen], told.rank[told.meeting[of]], persona.codes[of], stage.codes[of])
        (themes, kinds, ranks, personas, stages_), _ = columns.groups(*keys)
        texts = (
            columns.named(kind.values, kinds), columns.named(told.ids, np.argsort(told.rank)[ranks]),
            columns.named(persona.values, personas), columns.named(stage.values, stages_),
        )  # fmt: skip
        names = ("theme_id", "kind", "id", "persona", "stage")
        return [dict(zip(names, row, strict=True)) for row in zip(themes.tolist(), *texts, strict=True)]
    condition, values = insight_condition(filters)
    sql = f"""SELECT DISTINCT m.theme_id, i.kind, c.counted_as AS id, c.persona, c.stage {JOINS}
        WHERE m.theme_id IS NOT NULL AND {COUNTED} AND {condition}"""
    return list(db.query(sql, values))


def said(db: Database, filters: Filters, *, limit: int = -1) -> list[dict]:
    """(id, text, account, conversation): every quote that matches, or `limit` of them, in an order that its content gives."""
    condition, values = insight_condition(filters)
    # Which they are comes first: for who sees no names, each text that is read is covered.
    sql = f"""WITH few AS MATERIALIZED (SELECT i.id {JOINS} WHERE {COUNTED} AND {condition} ORDER BY i.id LIMIT ?)
        SELECT i.id, i.text, c.account_key AS account, c.counted_as AS conversation FROM few
        CROSS JOIN shown_insights i ON i.id = few.id JOIN conversations c ON c.id = i.conversation_id ORDER BY few.id"""
    return list(db.query(sql, [*values, limit]))


def naming(db: Database, phrase: str, conversations: Collection[str], *, limit: int = 5) -> list[Naming]:
    """Utterances of these conversations that hold a phrase word for word, the newest first. It is never query
    syntax."""
    quoted = '"' + phrase.replace("\x00", " ").replace('"', '""') + '"'
    sql = """SELECT u.id, u.text, u.role, u.voice, u.position, u.conversation_id, c.account, c.job_title, c.persona,
            c.kind AS channel, c.day
        FROM utterances_fts f JOIN utterances u ON u.rowid = f.rowid JOIN conversations c ON c.id = u.conversation_id
        WHERE utterances_fts MATCH ? AND c.counted_as IN (SELECT value FROM json_each(?))
        ORDER BY c.day DESC, u.id LIMIT ?"""
    rows = db.query(sql, [quoted, json.dumps(sorted(conversations)), limit])
    return [Naming(phrase=phrase, **row) for row in rows]
