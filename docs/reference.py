"""Write the reference from the code: `python -m docs.reference`. A test fails when a page is missing, stale or says nothing.

What a page says is said in the code: a command's help, a setting's description, a route's summary and role, a column's
role. Only what SQLite cannot hold, the meaning of tables and columns, stands here.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from enum import Enum
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent / "reference"
NOTE = "<!-- Written from the code by `python -m docs.reference` (make docs). Do not edit it here. -->\n"

# What a table holds, for those that no other list of the code describes.
TABLES = {
    "_sqlite_migrations": "changes of the schema that were made",
    "audit": "who did what, without content",
    "audit_kept": "since when the audit log is kept",
    "access_settings": "who may see originals, which rep an account is",
    "digest_deliveries": "messages of digests on their way",
    "erasures": "receipts of what was forgotten",
    "forgotten": "keyed marks of who must not come back",
    "invitations": "links for one time",
    "keeping_rules": "how long things are kept",
    "keeping_receipts": "what keeping rules took away",
    "sessions": "who is signed in",
    "tokens": "tokens of programs, as hashes",
    "users": "people with an account",
    "utterances_fts": "the full-text index of utterances",
}
VIEWS = {
    "shown_insights": "the insights that pages and reports count: found or confirmed, above the confidence that was set, not refused by a "
    "reviewer, of conversations that count. Begin here",
    "quote_usage": "what each quote may be used for now",
}
# The columns that a BI tool wants, in words.
COLUMNS = {
    "conversations": {
        "id": "made of its content or the source's own id", "kind": "call, email, note or chat", "title": "", "occurred_at": "ISO 8601; empty where unknown",
        "account": "the buyer's company", "contact": "", "job_title": "of the contact", "persona": "function, from the job title and your rules",
        "seniority": "", "rep": "the seller's person", "stage": "as your CRM names it", "outcome": "won, lost, open, or as your CRM says",
        "file": "where it was read", "row": "", "participants": "JSON: name, role, title", "account_key": "the account as it is compared",
        "counted_as": "the meeting it belongs to: count distinct values of this, never rows", "standing": "'', duplicate, revision, …: why it does not count by itself",
    },
    "utterances": {
        "conversation_id": "", "position": "from 0", "speaker": "", "role": "buyer, seller or unknown", "voice": "verbatim, or reported by a rep",
        "text": "never changed", "started_at": "seconds", "ended_at": "seconds", "language": "two letters; empty where too short to tell",
    },
    "insights": {
        "utterance_id": "", "kind": "objection, question or competitor", "label": "its class, for a competitor the relation", "name": "the competitor",
        "start": "characters into the utterance", "end": "", "text": "verbatim", "confidence": "0 to 1, calibrated: the share that is right",
        "follow_up": "answered, deferred, open", "came_back": "1: raised again after a reply", "standing": "what reviewers said of it",
    },
    "themes": {
        "id": "permanent", "kind": "", "name": "", "label": "", "status": "active, retired, merged; empty when its making was undone",
        "parent_id": "of a sub-theme", "merged_into": "where a merged one went", "pinned": "1: growth leaves it alone",
    },
    "theme_members": {"insight_id": "", "theme_id": "", "leaf_id": "its sub-theme, or the theme", "confidence": "how well it fits, 0 to 1"},
    "conversation_fields": {"conversation_id": "", "name": "a column of your uploads", "value": ""},
}  # fmt: skip


def commands() -> str:
    """Every command with its options, from the help that the terminal shows."""
    from typer.main import get_command

    from api.cli import app

    out = [
        "# Commands",
        "",
        "What `parley COMMAND --help` says. Exit codes: 0 fine, 1 failed, 2 usage, 3 done with problems.",
        "",
    ]
    for path, command in _commands("parley", get_command(app)):
        arguments = " ".join(_argument(p) for p in command.params if p.param_type_name == "argument")
        out += [
            f"## `{path}`",
            "",
            _prose(command.help or ""),
            "",
            "```text",
            f"{path} {arguments}".rstrip() + _has_options(command),
            "```",
            "",
        ]
        rows = [row for row in (_parameter(p) for p in command.params) if row]
        if rows:
            out += ["| option | meaning | default |", "|---|---|---|", *rows, ""]
    return "\n".join(out)


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    for name, child in sorted(getattr(command, "commands", {}).items()):
        if getattr(child, "commands", None):
            yield from _commands(f"{path} {name}", child)
        elif not child.hidden:
            yield f"{path} {name}", child


def _argument(p: Any) -> str:
    name = p.name.upper() + ("…" if p.nargs == -1 else "")
    return name if p.required else f"[{name}]"


def _has_options(command: Any) -> str:
    return " [OPTIONS]" if any(p.param_type_name == "option" and p.name != "help" for p in command.params) else ""


def _parameter(p: Any) -> str:
    if p.name == "help":
        return ""
    names = (
        ", ".join(f"`{name}`" for name in (*p.opts, *p.secondary_opts))
        if p.param_type_name == "option"
        else f"`{p.name.upper()}`"
    )
    kind = p.type_descriptor.annotation
    choices = [one.value for one in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []
    meaning = _cell(p.help or "") + (f" ({', '.join(choices)})" if choices else "")
    default = (
        ""
        if p.default in (None, "", False, (), []) or callable(p.default)
        else f"`{getattr(p.default, 'value', p.default)}`"
    )
    return f"| {names} | {meaning} | {'required' if p.required else default} |"


def settings() -> str:
    """Every setting, as a variable and as a line of `parley.toml`."""
    from pipelines.settings import Settings

    out = [
        "# Settings", "",
        "A setting stands in the environment or, without `PARLEY_` and in small letters, in `parley.toml` in the home. The environment wins. A "
        "mistyped value stops the start with a message that names it; a mistyped name is told by `parley doctor`.", "",
        "| variable | meaning | default |", "|---|---|---|",
    ]  # fmt: skip
    for name, field in Settings.model_fields.items():
        default = field.default_factory and "~/.parley"
        if default is None:
            value = field.default
            value = value.get_secret_value() if hasattr(value, "get_secret_value") else value
            default = "" if value in ("", []) else str(value).lower() if isinstance(value, bool) else str(value)
        out.append(
            f"| `PARLEY_{name.upper()}` | {_cell(field.description or '')} | {f'`{default}`' if default else 'none'} |"
        )
    return "\n".join([*out, ""])


def interface() -> str:
    """Every address of the interface with its least role, and the pages."""
    from api.app import create_app
    from api.gate import access
    from api.serving.reference import operations
    from pipelines.settings import Settings

    with TemporaryDirectory() as folder:
        app = create_app(Settings(home=Path(folder)), today=date.today, worker=False)
        document = app.openapi()
    out = [
        "# Interface", "",
        "Everything that a page shows a program can have: the same address with `Accept: application/json`, or the addresses below. "
        "Send a token as `Authorization: Bearer parley_…` where there are accounts. A running Parley describes each parameter and field "
        "under `/docs`, and for generators under `/openapi.json`. An error is problem details (RFC 9457).", "",
    ]  # fmt: skip
    by_tag: dict[str, list[str]] = {}
    for one in operations(document):
        role = access.least_role(one.method, one.path)
        given = ", ".join(f"`{p.name}`" for p in one.parameters if p.required)
        by_tag.setdefault(one.tag, []).append(
            f"| {one.method} | `{one.path}` | {_cell(one.summary)} | {given} | {role} |"
        )
    for tag, rows in sorted(by_tag.items()):
        out += [
            f"## {tag.capitalize()}",
            "",
            "| method | address | what it does | required | least role |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    return "\n".join(out)


def database() -> str:
    """Every table and view with its columns."""
    from api.views.forget import TABLES as TOLD
    from pipelines.store import connect, prepare
    from pipelines.store.rows import LEFT_OUT

    with TemporaryDirectory() as folder:
        file = Path(folder) / "parley.db"
        prepare(file)
        with closing(connect(file)) as db:
            tables = [name for name in db.table_names() if not name.startswith(("sqlite_", "utterances_fts_"))]
            shape = {name: list(db.table(name).columns) for name in tables}
            keys = {
                name: {key.column: f"{key.other_table}.{key.other_column}" for key in db.table(name).foreign_keys}
                for name in tables
            }
            views = {name: [column.name for column in db.view(name).columns] for name in db.view_names()}
    out = [
        "# Columns of the database", "",
        "One SQLite file. Read it with whatever reads SQLite, in read-only mode; [connect a BI tool](../how-to/connect-bi.md) shows how. "
        "Names may change with a version; each change is a migration, and `_sqlite_migrations` says which were made. Write through Parley only.", "",
        "## Views", "",
    ]  # fmt: skip
    for name, columns in sorted(views.items()):
        out += [
            f"### `{name}`",
            "",
            f"{_sentence(VIEWS[name])}",
            "",
            f"Columns: {', '.join(f'`{c}`' for c in columns)}.",
            "",
        ]
    out += ["## Tables", ""]
    for name in [*COLUMNS, *sorted(set(tables) - set(COLUMNS))]:
        what = TABLES.get(name) or TOLD.get(name) or LEFT_OUT.get(name, "")
        out += [f"### `{name}`", "", _sentence(what), "", "| column | type | |", "|---|---|---|"]
        for column in shape[name]:
            notes = (
                f"→ `{keys[name][column.name]}`" if column.name in keys[name] else "",
                COLUMNS.get(name, {}).get(column.name, ""),
            )
            out.append(
                f"| `{column.name}` | {column.type or ''}{' key' if column.is_pk else ''} | {_cell('; '.join(filter(None, notes)))} |"
            )
        out.append("")
    return "\n".join(out)


def formats() -> str:
    """Every ending that is read, every role of a column, every format that is written."""
    from api.exports import FORMATS
    from insights.formats import READERS, archives

    roles = json.loads(files("insights.formats.tables").joinpath("columns.json").read_text("utf-8"))
    out = [
        "# File formats",
        "",
        "## Read",
        "",
        "What a file is, its content decides; the ending only says where to look first.",
        "",
        "| endings | read by |",
        "|---|---|",
    ]
    for endings, _, reader in READERS:
        module = sys.modules[reader.__module__]
        out.append(f"| {', '.join(f'`{e}`' for e in endings)} | {_cell(_first(module.__doc__))} |")
    out += [
        f"| {', '.join(f'`{e}`' for e in archives.ENDINGS)}, folders | what is in them, archives in archives too |",
        "",
    ]
    out += [
        "## Columns of tables", "",
        "A column is taken for a role by its head, else by what stands in it; `parley preview FILE` says which and why, and "
        "`--column HEAD=ROLE` corrects it. Any other column becomes a field to filter by.", "", "| role | meaning | heads, among others |", "|---|---|---|",
    ]  # fmt: skip
    for role, entry in roles.items():
        if isinstance(entry, dict) and "says" in entry:
            out.append(f"| `{role}` | {_cell(entry['says'])} | {_cell(', '.join(entry['names'][:6]))} |")
    out += ["", "## Written", "", "| format | media type |", "|---|---|"]
    out += [f"| `{name}` | {media.split(';')[0]} |" for name, media in FORMATS.items()]
    return "\n".join([*out, ""])


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands, "settings.md": settings, "interface.md": interface, "database.md": database, "formats.md": formats,
}  # fmt: skip


def _first(text: str | None) -> str:
    return (text or "").strip().split("\n\n")[0].split("\n")[0]


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name, write in PAGES.items():
        (HERE / name).write_text(NOTE + write(), "utf-8")
        sys.stderr.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
