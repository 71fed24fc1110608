"""Tools without a database: read, extract, cluster, evaluate. JSON lines in, JSON lines out."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from api.commands.terminal import PROBLEMS_LEFT, print_json

if TYPE_CHECKING:
    from insights.records import Competitor, Conversation

Source = Annotated[str, typer.Argument(help="A file of JSON lines; - or nothing reads standard input.")]


def register(app: typer.Typer) -> None:
    app.command()(read)
    app.command()(extract)
    app.command()(cluster)
    app.command()(evaluate)


def read(file: Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False)]) -> None:
    """Print the conversations in a file as JSON lines, unreadable pieces as {"problem": …}. Nothing is stored."""
    from insights import formats, roles
    from insights.formats import mail
    from insights.records import Company, CrmRecord, Problem

    problems = 0
    mails: list[mail.Mail] = []
    with file.open("rb") as stream:
        for item in formats.read(file.name, stream):
            if isinstance(item, Problem):
                problems += 1
                print_json({"problem": asdict(item)})
            elif isinstance(item, CrmRecord):
                print_json({"record": asdict(item)})
            elif isinstance(item, mail.Mail):
                mails.append(item)
            else:
                print_json(_conversation(roles.assign(item, Company())))
    for thread in mail.threads(mails):
        print_json(_conversation(roles.assign(thread, Company())))
    if problems:
        raise typer.Exit(PROBLEMS_LEFT)


def _conversation(conversation: "Conversation") -> dict:
    facts = ("account", "contact", "job_title", "rep", "stage", "outcome")
    row = {key: getattr(conversation, key) for key in ("id", "kind", "title", "occurred_at")}
    row |= {key: value for key in facts if (value := getattr(conversation, key))}
    if conversation.fields:
        row["fields"] = dict(conversation.fields)
    return row | {
        "participants": [asdict(p) for p in conversation.participants],
        "utterances": [asdict(u) for u in conversation.utterances],
    }


def extract(
    source: Source = "-",
    competitors: Annotated[
        Path | None, typer.Option(exists=True, help="Catalogue: a name and its aliases a line.")
    ] = None,
    own: Annotated[list[str] | None, typer.Option(help="A name of the seller's own; repeatable.")] = None,
) -> None:
    """Find insights in utterances: {"id","role","text","context"} in, {"id","insights"} out."""
    from insights import language
    from insights.language.rows import extract as run
    from insights.records import Company

    catalogue = _catalogue(competitors) if competitors else ()
    finder = language.build(Company(products=tuple(own or ()), competitors=catalogue))
    with _lines(source) as rows:
        _print_rows(run(finder, rows))


def _catalogue(file: Path) -> "tuple[Competitor, ...]":
    from insights.records import Competitor

    entries = [
        [part.strip() for part in line.replace("\t", ",").split(",") if part.strip()]
        for line in file.read_text("utf-8-sig").splitlines()
    ]
    return tuple(Competitor(entry[0], tuple(entry[1:])) for entry in entries if entry)


def cluster(source: Source = "-") -> None:
    """Group short texts: {"id","text"} in, {"id","theme","confidence"} out, then one line per theme.

    A text that belongs nowhere has the theme null, as have all where fewer than 8 different ones are given. A line that
    cannot be used gives {"problem": …} in its place, and exit code 3.

    Examples: `parley cluster texts.jsonl`, `cat texts.jsonl | parley cluster > themes.jsonl`
    """
    from insights import themes

    with _lines(source) as rows:
        _print_rows(themes.cluster(rows))


def evaluate(
    gold: Annotated[list[Path], typer.Argument(exists=True, help="Labelled rows, JSON lines.")],
    competitors: Annotated[
        Path | None, typer.Option(exists=True, help="Catalogue: a name and its aliases a line.")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Also for each value of a field of the rows, such as voice; or: label.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Precision, recall and F1 per kind with 95 % intervals, label agreement, and whether confidence means precision."""
    from insights import evaluation, language
    from insights.language.rows import extract as run
    from insights.records import KINDS, Company

    finder = language.build(Company(competitors=_catalogue(competitors) if competitors else ()))
    for file in gold:
        with _lines(str(file)) as lines:
            rows = list(lines)
        found = {row["id"]: row for row in run(finder, rows) if "id" in row}
        for name, part in _parts(file.name, rows, [field for field in by or () if field != "label"]):
            spans = [found[row["id"]] for row in part if row.get("id") in found]
            scores = evaluation.score(part, spans)
            for kind in KINDS:
                scores[kind]["reliability"] = evaluation.reliability(part, spans, kind)
                if "label" in (by or ()):
                    scores[kind]["labels"] = evaluation.by_label(part, spans, kind)
            print_json({"file": file.name, "rows": name, **scores}) if as_json else _print_scores(name, scores)


def _parts(name: str, rows: list[dict], fields: list[str]) -> Iterator[tuple[str, list[dict]]]:
    """The whole file, then the rows of each value of each field."""
    yield name, rows
    for field in fields:
        for value in sorted({str(row.get(field, "")) for row in rows}):
            yield f"{name}, {field} {value or '(none)'}", [row for row in rows if str(row.get(field, "")) == value]


def _print_scores(name: str, scores: dict) -> None:
    from insights.records import KINDS

    print(f"{name}: {scores['utterances']} utterances")
    for kind in KINDS:
        r = scores[kind]
        low, high = r["f1_95"] or (0, 0)
        print(
            f"  {kind:<11} labelled {r['gold']:>5}  found {r['predicted']:>5}  precision {r['precision']:.3f}  "
            f"recall {r['recall']:.3f}  F1 {r['f1']:.3f} ({low:.3f} to {high:.3f})  label agreement {r['label_agreement']}"
        )
        if r["reliability"]:
            groups = ", ".join(f"{g['confidence']:.2f}: {g['right']:.2f}" for g in r["reliability"])
            print(f"              said confidence and share that was right, in groups of equal size: {groups}")
        for label, one in r.get("labels", {}).items():
            print(
                f"    {label:<17} labelled {one['gold']:>4}  found {one['predicted']:>4}  precision {one['precision']:.2f}  "
                f"recall {one['recall']:.2f}  F1 {one['f1']:.2f}"
            )


def _print_rows(rows: Iterator[dict]) -> None:
    problems = 0
    for row in rows:
        problems += "problem" in row
        print_json(row)
    if problems:
        raise typer.Exit(PROBLEMS_LEFT)


@contextmanager
def _lines(source: str) -> Iterator[Iterator[dict]]:
    """Parsed JSON lines; a line that is no JSON object comes as {"problem": …} for the tool to pass on."""
    if source == "-":
        yield _parsed(sys.stdin)
        return
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file '{source}'.")
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        yield _parsed(stream)


def _parsed(stream: TextIO) -> Iterator[dict]:
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        yield row if isinstance(row, dict) else {"problem": {"row": number, "reason": "not a JSON object"}}
