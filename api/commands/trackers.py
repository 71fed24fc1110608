"""Trackers on the terminal: try a concept on the history, save it, edit it, take it away and bring it back."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.commands.terminal import fail, open_database, print_json, shown_progress

if TYPE_CHECKING:
    from insights.trackers import Tracker
    from pipelines.store.trackers import Counts, Found

tracker_app = typer.Typer(no_args_is_help=True, help="Your own concepts: by phrases, or by 5 to 20 example sentences.")
ACTOR = "terminal"
Phrases = Annotated[
    list[str] | None, typer.Option("--phrase", help='A phrase in any word form; "*" is a gap. Repeatable.')
]
Examples = Annotated[list[str] | None, typer.Option("--example", help="A sentence that says it; repeatable, 5 to 20.")]
Not = Annotated[
    list[str] | None, typer.Option("--not", help="A sentence that comes near but is not meant; repeatable.")
]
File = Annotated[Path | None, typer.Option("--examples-file", help="Example sentences, one a line.")]
SaidBy = Annotated[
    Literal["buyer", "seller", "anyone"] | None, typer.Option(help="Whose words count; the buyer's without it.")
]
Asked = Annotated[Literal["question", "statement", "either"] | None, typer.Option(help="Only questions, or none.")]
Strict = Annotated[Literal["strict", "normal", "loose"] | None, typer.Option(help="How near to the examples.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]


def register(app: typer.Typer) -> None:
    app.add_typer(tracker_app, name="trackers")


@tracker_app.command("list")
def list_trackers(
    removed: Annotated[bool, typer.Option(help="Those that were removed.")] = False, as_json: AsJson = False
) -> None:
    """Every tracker with how far it reaches."""
    from pipelines.catalogue import trackers

    with open_database() as db:
        found = trackers.every(db, "removed" if removed else "active")
    for one in found:
        if as_json:
            print_json(asdict(one))
        else:
            c = one.counts
            print(
                f"{one.saved.id:>5}  {c.conversations:>6} conversations {c.accounts:>6} accounts  {one.saved.tracker.name}"
            )
    if not found and not as_json:
        print('No tracker yet. Try one: parley trackers preview --phrase "work * offline"')


@tracker_app.command("show")
def show_tracker(
    tracker_id: int, limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20, as_json: AsJson = False
) -> None:
    """One tracker, how far it reaches, and its newest hits."""
    from pipelines.catalogue import trackers
    from pipelines.store import trackers as store

    with open_database() as db:
        saved = trackers.get(db, tracker_id)
        counts, found = store.counts(db, saved), store.hits(db, saved, limit=limit)
    if as_json:
        print_json({**asdict(saved), "counts": asdict(counts), "hits": [asdict(one) for one in found]})
        return
    t = saved.tracker
    print(f"{t.name} ({saved.status}, version {saved.version}): {t.said_by}, {t.asked}, {t.strictness}")
    for title, lines in (("phrase", t.phrases), ("example", t.examples), ("not", t.counter_examples)):
        for line in lines:
            print(f"  {title}: {line}")
    _print_counts(counts)
    _print_found("Newest", found)


@tracker_app.command("preview")
def preview_tracker(
    phrase: Phrases = None, example: Examples = None, not_: Not = None, examples_file: File = None,
    said_by: SaidBy = None,
    asked: Asked = None, strictness: Strict = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """What a tracker would find in the whole history: hits and near misses. Nothing is saved.

    Examples: `parley trackers preview --phrase "work * offline" --asked question`,
    `parley trackers preview --examples-file sentences.txt --strictness strict`
    """
    from insights.trackers import Tracker
    from insights.wording import plural
    from pipelines.catalogue import trackers

    wanted = _changed(Tracker(""), "", phrase, example, not_, examples_file, said_by, asked, strictness)
    with open_database() as db, shown_progress() as progress:
        seen = trackers.preview(db, wanted, progress=progress)
    if as_json:
        print_json(asdict(seen))
        return
    print(f"{plural(seen.sentences, 'sentence')} looked at.")
    _print_counts(seen.counts)
    for title, found in (("Surest", seen.surest), ("Just over the line", seen.barely), ("Near misses", seen.near)):
        _print_found(title, found)
    for line in seen.advice:
        print(line)


@tracker_app.command("add")
def add_tracker(
    name: str, phrase: Phrases = None, example: Examples = None, not_: Not = None, examples_file: File = None,
    said_by: SaidBy = None, asked: Asked = None, strictness: Strict = None,
) -> None:  # fmt: skip
    """Save a tracker and apply it to the whole history."""
    from insights.trackers import Tracker
    from pipelines.catalogue import trackers
    from pipelines.jobs import now
    from pipelines.store import trackers as store

    wanted = _changed(Tracker(name), name, phrase, example, not_, examples_file, said_by, asked, strictness)
    with open_database() as db, shown_progress() as progress:
        tracker_id = trackers.save(db, wanted, now=now(), actor=ACTOR, progress=progress)
        counts = store.counts(db, trackers.get(db, tracker_id))
    print(f"Saved as tracker {tracker_id}.")
    _print_counts(counts)


@tracker_app.command("edit")
def edit_tracker(
    tracker_id: int, name: Annotated[str, typer.Option(help="A new name.")] = "", phrase: Phrases = None,
    example: Examples = None, not_: Not = None, examples_file: File = None, said_by: SaidBy = None, asked: Asked = None,
    strictness: Strict = None,
) -> None:  # fmt: skip
    """Change what is given, keep the rest (a list that is given replaces the old one), and apply it to the whole history."""
    from pipelines.catalogue import trackers
    from pipelines.jobs import now
    from pipelines.store import trackers as store

    with open_database() as db, shown_progress() as progress:
        known = trackers.get(db, tracker_id).tracker
        wanted = _changed(known, name, phrase, example, not_, examples_file, said_by, asked, strictness)
        saved = trackers.edit(db, tracker_id, wanted, now=now(), actor=ACTOR, progress=progress)
        counts = store.counts(db, saved)
    print(f"Tracker {tracker_id} is at version {saved.version}.")
    _print_counts(counts)


@tracker_app.command("remove")
def remove_tracker(tracker_id: int) -> None:
    """Take a tracker away; it is kept and can be brought back."""
    from pipelines.catalogue import trackers

    with open_database() as db:
        saved = trackers.remove(db, tracker_id)
    print(f"Removed “{saved.tracker.name}”. To bring it back: parley trackers restore {tracker_id}")


@tracker_app.command("restore")
def restore_tracker(tracker_id: int) -> None:
    """Bring a removed tracker back, applied to what came meanwhile."""
    from pipelines.catalogue import trackers

    with open_database() as db, shown_progress() as progress:
        saved = trackers.restore(db, tracker_id, progress=progress)
    print(f"“{saved.tracker.name}” is back.")


def _changed(
    known: "Tracker", name: str, phrases: list[str] | None, examples: list[str] | None, against: list[str] | None,
    file: Path | None, said_by: str | None, asked: str | None, strictness: str | None,
) -> "Tracker":  # fmt: skip
    given: dict[str, object] = {"said_by": said_by, "asked": asked, "strictness": strictness, "name": name or None}
    lines = list(examples or ())
    if file is not None:
        try:
            lines += file.read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise fail(f"'{file}' is no text in UTF-8. Save it as UTF-8, one sentence a line.") from None
    given |= {"phrases": phrases, "examples": lines or None, "counter_examples": against}
    kept = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items() if v is not None}
    return replace(known, **kept)  # type: ignore[arg-type]


def _print_counts(c: "Counts") -> None:
    from insights.wording import plural

    last = f", last on {c.last}" if c.last else ""
    print(
        f"{plural(c.hits, 'sentence')} in {plural(c.conversations, 'conversation')} of {plural(c.accounts, 'account')}{last}."
    )


def _print_found(title: str, found: "Sequence[Found]") -> None:
    if found:
        print(f"{title}:")
    for one in found:
        who = ", ".join(part for part in (one.speaker, one.account, one.day) if part)
        print(
            f"  {one.confidence:.2f}  “{one.text}”\n        {one.why} · {who} · {one.conversation_id}#u-{one.position}"
        )
