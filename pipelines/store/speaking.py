"""Who speaks in conversations, on which side, and whom their columns name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from insights.records import Role
from pipelines.store.remembered import per_state


@per_state
def people(db: Database) -> list[str]:
    """Every name of a person that conversations hold, in whatever role."""
    sql = """SELECT contact AS name FROM conversations UNION SELECT rep FROM conversations
        UNION SELECT json_extract(p.value, '$.name') FROM conversations, json_each(participants) AS p"""
    return [row["name"] for row in db.query(sql) if row["name"]]


def reps(db: Database) -> list[str]:
    """Every rep that conversations name."""
    return [row["rep"] for row in db.query("SELECT DISTINCT rep FROM conversations WHERE rep <> ''")]


@contextmanager
def side_changes(db: Database) -> Iterator[Callable[[], int]]:
    """A function that says how many utterances have changed sides since this began."""
    db.execute("CREATE TEMP TABLE sides_before AS SELECT id, role FROM utterances")
    sql = "SELECT count(*) AS n FROM utterances u JOIN sides_before b ON b.id = u.id AND b.role <> u.role"
    try:
        yield lambda: next(iter(db.query(sql)))["n"]
    finally:
        db.execute("DROP TABLE sides_before")


def judged_sides(db: Database) -> Iterator[tuple[str, str]]:
    """Each conversation in which somebody speaks, with what was judged of them (roles.Judgement as JSON)."""
    for row in db.query("SELECT id, sides FROM conversations WHERE sides <> '[]' ORDER BY id"):
        yield row["id"], row["sides"]


def named_sides(db: Database) -> dict[Role, list[str]]:
    """The names that the CRM's columns give as reps ("seller") and as contacts ("buyer"), whole names alone."""
    sql = "SELECT DISTINCT {0} AS name FROM conversations WHERE instr(trim({0}), ' ')"
    sides: dict[Role, str] = {"seller": "rep", "buyer": "contact"}
    return {role: [row["name"] for row in db.query(sql.format(column))] for role, column in sides.items()}


def at_domain(db: Database, domain: str) -> tuple[int, int, int]:
    """Who writes or speaks from a mail domain: in how many conversations, how many addresses, and in how many of these
    conversations somebody of them is not on the seller's side today."""
    sql = """SELECT count(DISTINCT c.id), count(DISTINCT lower(json_extract(p.value, '$.address'))),
            count(DISTINCT iif(json_extract(p.value, '$.role') <> 'seller', c.id, NULL))
        FROM conversations c, json_each(c.participants) p WHERE lower(json_extract(p.value, '$.address')) LIKE ? ESCAPE '\\'"""
    escaped = domain.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    row = db.execute(sql, [f"%@{escaped}"]).fetchone()
    return row[0], row[1], row[2]


def named_so(db: Database, name: str) -> tuple[int, int]:
    """Somebody of a name who speaks: in how many conversations, and in how many of them not on the seller's side
    today."""
    sql = """SELECT count(DISTINCT conversation_id), count(DISTINCT iif(role <> 'seller', conversation_id, NULL))
        FROM utterances WHERE voice = 'verbatim' AND speaker = ? COLLATE NOCASE"""
    row = db.execute(sql, [name]).fetchone()
    return row[0], row[1]


def in_columns(db: Database) -> Iterator[dict]:
    """Whom columns name as the rep ("seller") and as the contact ("buyer"): name, role, n conversations, and a file."""
    parts = (
        f"""SELECT {column} AS name, '{role}' AS role, count(*) AS n, min(file) AS file FROM conversations
        WHERE {column} <> '' GROUP BY {column}"""
        for role, column in (("seller", "rep"), ("buyer", "contact"))
    )
    yield from db.query(" UNION ALL ".join(parts) + " ORDER BY 3 DESC, 1")


def with_participant(db: Database, address: str) -> list[str]:
    sql = "SELECT conversation_id AS id FROM conversation_keys WHERE key = ?"
    return [row["id"] for row in db.query(sql, [f"email:{address}"])]


def first_words(db: Database, speaker: str, conversation_id: str = "", *, limit: int = 2) -> list[tuple[str, int, str]]:
    """Where somebody speaks, longest first: (conversation id, position, text)."""
    sql = """SELECT conversation_id AS c, position, text FROM utterances
        WHERE speaker = :s AND voice = 'verbatim' AND (:c = '' OR conversation_id = :c)
        ORDER BY min(length(text), 200) DESC, conversation_id, position LIMIT :n"""
    rows = db.query(sql, {"s": speaker, "c": conversation_id, "n": limit})
    return [(row["c"], row["position"], row["text"]) for row in rows]


def roles_of(db: Database, speaker: str, conversation_id: str = "") -> list[tuple[str, Role, int]]:
    """On which side somebody stands where: (conversation id, role, utterances)."""
    sql = """SELECT conversation_id AS c, role, count(*) AS n FROM utterances
        WHERE speaker = :s AND voice = 'verbatim' AND (:c = '' OR conversation_id = :c) GROUP BY 1, 2"""
    return [(row["c"], row["role"], row["n"]) for row in db.query(sql, {"s": speaker, "c": conversation_id})]
