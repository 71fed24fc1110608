"""Every write to the database stands in a transaction: no door and no job reaches one that does not.

A function of `pipelines/store` that writes is a writer. So is whatever calls a writer outside `with db.atomic()`. Writers
may call each other; what nobody calls inside a transaction, and what the API, a command or a job calls, must be none.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|WITH\b.*\b(INSERT|UPDATE|DELETE)\b)", re.S)
RUNS = {"execute", "executemany", "executescript", "execute_returning_dicts"}
TABLE = {"insert", "insert_all", "upsert", "upsert_all", "update", "delete", "delete_where"}
# One statement each, which is a transaction of its own: a job's sign of life must not wait for the job's own writes. And an index
# in memory that lives for one look at it.
ALONE = {"pipelines.store.jobs.alive", "pipelines.store.jobs.beat", "pipelines.store.shelf.holding"}
# Work on a database that nobody else sees yet, on the log or on temporary views.
EXEMPT = {"pipelines.store.migrations", "pipelines.store.copying", "pipelines.store.published"}


@dataclass
class Function:
    """A function: the names that it calls outside any transaction, and whether it writes there itself."""

    name: str
    writes: bool = False
    calls: set[str] = field(default_factory=set)


def functions(root: Path) -> dict[str, Function]:
    found: dict[str, Function] = {}
    for file in sorted(root.rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module not in EXEMPT:
            found |= {one.name: one for one in in_module(module, ast.parse(file.read_text()))}
    return found


def in_module(module: str, tree: ast.Module) -> Iterator[Function]:
    names = {node.name: f"{module}.{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef)}
    constants = {
        target.id: text(node.value, {}) for node in tree.body if isinstance(node, ast.Assign)
        for target in node.targets if isinstance(target, ast.Name)
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = Function(f"{module}.{node.name}")
            look(node, function, names, constants, inside=False)
            yield function


def look(node: ast.AST, function: Function, names: dict[str, str], said: dict[str, str], *, inside: bool) -> None:
    """Note what stands outside `with db.atomic()`."""
    if isinstance(node, ast.With):
        inside = inside or any(".atomic()" in ast.unparse(item.context_expr) for item in node.items)
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        said = said | {}
        said[node.targets[0].id] = text(node.value, said)
    if isinstance(node, ast.Call) and not inside:
        called = node.func
        if isinstance(called, ast.Attribute):
            if called.attr in RUNS and node.args and WRITE.match(text(node.args[0], said)):
                function.writes = True
            if called.attr in TABLE and "table(" in ast.unparse(called.value):
                function.writes = True
            if isinstance(called.value, ast.Name) and called.value.id in names:
                function.calls.add(f"{names[called.value.id]}.{called.attr}")
        elif isinstance(called, ast.Name) and called.id in names:
            function.calls.add(names[called.id])
    local = dict(said)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assign) and len(child.targets) == 1 and isinstance(child.targets[0], ast.Name):
            local[child.targets[0].id] = text(child.value, local)
        look(child, function, names, local, inside=inside)


def text(node: ast.AST, said: dict[str, str]) -> str:
    """What a text begins with, as far as it is written there."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=[first, *_]):
            return text(first, said)
        case ast.FormattedValue(value=value):
            return text(value, said)
        case ast.Name(id=name):
            return said.get(name, "")
        case ast.BinOp(left=left):
            return text(left, said)
        case ast.Call(func=ast.Attribute(value=value)):
            return text(value, said)
        case ast.IfExp(body=body):
            return text(body, said)
    return ""


def writers(found: dict[str, Function]) -> set[str]:
    """All functions that write outside a transaction, themselves or through what they call."""
    known = {name for name, one in found.items() if one.writes} - ALONE
    while more := {name for name, one in found.items() if one.calls & known} - known - ALONE:
        known |= more
    return known


@pytest.fixture(scope="module")
def found() -> dict[str, Function]:
    return functions(ROOT / "pipelines") | functions(ROOT / "api")


def test_no_door_and_no_job_reaches_a_write_without_a_transaction(found):
    bare = writers(found)

    assert [name for name in sorted(bare) if name.startswith(("api.", "pipelines.jobs."))] == []


def test_the_store_writes_so_there_is_something_to_find(found):
    assert {"pipelines.store.jobs.add", "pipelines.store.state.put", "pipelines.themes.ledger._part"} <= writers(found)


STORE = """
def put(db, value):
    sql = "INSERT INTO x (a) VALUES (?)"
    db.execute(sql, [value])
def change(db):
    with db.atomic():
        put(db, 1)
def both(db):
    many(db)
def many(db):
    db.conn.executemany(f"UPDATE x SET a = {1}", [])
def read(db):
    return db.query("SELECT 1")
"""


def test_a_planted_write_is_found_through_what_calls_it():
    door = "from pipelines.store import planted\nfrom pipelines.store.planted import change\n"
    door += "def one(db):\n    planted.both(db)\ndef two(db):\n    change(db)\n    planted.read(db)\n"
    door += "def three(db):\n    with db.atomic():\n        planted.put(db, 1)\n"
    parts = {"pipelines.store.planted": STORE, "api.gate.door": door}

    found = {one.name: one for name, code in parts.items() for one in in_module(name, ast.parse(code))}

    assert writers(found) == {f"pipelines.store.planted.{name}" for name in ("put", "both", "many")} | {
        "api.gate.door.one"
    }
