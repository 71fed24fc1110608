"""What people told Parley to see otherwise: who is on which side, and what a job title stands for."""

from sqlite_utils import Database

from insights.personas import PersonaRule
from insights.roles import SideCorrection


def sides(db: Database) -> tuple[SideCorrection, ...]:
    """Every correction of a side, the latest last: it wins over an earlier one of the same subject."""
    rows = db.query("SELECT subject, role, conversation_id FROM side_corrections ORDER BY at, subject, conversation_id")
    return tuple(SideCorrection(**row) for row in rows)


def correct_side(db: Database, correction: SideCorrection, *, now: str) -> None:
    """Keep a correction; one of the same subject in the same place is replaced."""
    sql = """INSERT INTO side_corrections (subject, conversation_id, role, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (subject, conversation_id) DO UPDATE SET role = excluded.role, at = excluded.at"""
    db.execute(sql, [correction.subject, correction.conversation_id, correction.role, now])


def withdraw_side(db: Database, subject: str, conversation_id: str = "") -> bool:
    """Take a correction back; False when there is none."""
    sql = "DELETE FROM side_corrections WHERE subject = ? AND conversation_id = ?"
    return db.execute(sql, [subject, conversation_id]).rowcount > 0


def persona_rules(db: Database) -> tuple[PersonaRule, ...]:
    """The user's own rules, the longest words first: what is said of "senior buyer" wins over what is said of
    "buyer"."""
    rows = db.query("SELECT words, function, seniority FROM persona_rules ORDER BY length(words) DESC, words")
    return tuple(PersonaRule(**row) for row in rows)


def add_persona_rule(db: Database, rule: PersonaRule) -> None:
    """Keep a rule; one of the same words is replaced."""
    sql = """INSERT INTO persona_rules (words, function, seniority) VALUES (?, ?, ?)
        ON CONFLICT (words) DO UPDATE SET function = excluded.function, seniority = excluded.seniority"""
    db.execute(sql, [rule.words, rule.function, rule.seniority])


def remove_persona_rule(db: Database, words: str) -> bool:
    return db.execute("DELETE FROM persona_rules WHERE words = ?", [words]).rowcount > 0
