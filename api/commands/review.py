"""Review in the terminal, take reviews back or out, and train on them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import fail, open_database, print_json, shown_progress

if TYPE_CHECKING:
    from sqlite_utils import Database

    from pipelines.reviews.review import Answer, Shown

ACTOR = "terminal"


def register(app: typer.Typer) -> None:
    app.command()(review)
    app.command()(train)


def review(
    listing: Annotated[
        bool, typer.Option("--list", help="Say how far the round is and how good the finder is.")
    ] = False,
    undo: Annotated[int | None, typer.Option(help="Take a review back by its number; 0 takes your last.")] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write all reviews as labelled rows, one JSON object a line.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Start another round of 50.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: one JSON object for machines.")] = False,
) -> None:
    """Judge what was found, one item at a time, by key: y yes, n no, l LABEL, s not sure, u undo, q quit.

    Every answer holds at once, for what is like it too, and after every `parley mine`.
    Examples: `parley review`, `parley review --list`, `parley review --undo 12`, `parley review --export rows.jsonl`
    """
    from pipelines.jobs import now
    from pipelines.reviews.review import draw, progress

    with open_database() as db:
        if undo is not None:
            _undo(db, undo)
        elif export is not None:
            _export(db, export)
        elif listing:
            _list(db, as_json)
        else:
            found = progress(db)
            if new or found is None or found.done == found.total:
                draw(db, now=now(), actor=ACTOR)
            _ask(db)


def _undo(db: "Database", number: int) -> None:
    from pipelines.jobs import now
    from pipelines.reviews import review as run
    from pipelines.store import reviews

    chosen = number or next((r.id or 0 for r in reviews.recent(db, actor=ACTOR, limit=1)), 0)
    if not chosen or not run.undo(db, chosen, now=now()):
        raise fail(f"There is no review {number} that holds. List them: parley review --list")
    print(f"Review {chosen} taken back.")


def _export(db: "Database", file: Path) -> None:
    from pipelines.reviews.review_rows import rows

    count = 0
    with file.open("w", encoding="utf-8") as stream:
        for row in rows(db):
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    print(f"{count} rows written to {file}. They hold what customers said: treat them as you treat the conversations.")


def _list(db: "Database", as_json: bool) -> None:
    from api.views.review import plain, sentence
    from pipelines.reviews.precision import of_themes, precision
    from pipelines.reviews.review import progress
    from pipelines.store import reviews, themes

    round_, figures = progress(db), precision(db)
    by_theme = of_themes(db)
    if as_json:
        kinds = {one.kind: {"precision": plain(one.precision), "missed": plain(one.missed)} for one in figures}
        print_json({"done": round_.done if round_ else 0, "total": round_.total if round_ else 0, "kinds": kinds})
        return
    print(f"Round {round_.id}: {round_.done} of {round_.total} answered." if round_ else "No round yet: parley review")
    for one in figures:
        print(f"  {one.kind:<11} {sentence(one)}".replace("\u00a0", " "))
    for theme in themes.active(db):
        if found := by_theme.get(theme.id):
            told = f"{found.share:.0%} right ({found.low:.0%} to {found.high:.0%}), {found.reviewed} reviewed"
            print(f"  theme {theme.id}, {theme.name}: {told}")
    for r in reviews.recent(db, limit=10):
        print(
            f"{r.id:>6}  {r.at}  {r.verdict:<8} {r.kind} {r.label}{f' -> {r.new_label}' if r.new_label else ''}  {r.actor}"
        )


def _ask(db: "Database") -> None:
    """Ask about one item after the other until the round is over or the person has enough."""
    from insights.errors import InsightsError
    from pipelines.jobs import now
    from pipelines.reviews import review as run

    while item := run.following(db, holder=ACTOR, now=now()):
        shown = run.show(db, item)
        if shown is None:
            break
        _print_item(db, shown)
        said = _typed()
        if said in ("q", "quit"):
            print("What you answered holds. To go on: parley review")
            return
        if said == "u":
            _undo(db, 0)
            continue
        try:
            given = _answer(shown, said)
            if given is None:
                print("That is no answer here." + _help(shown))
                continue
            run.answer(db, shown, given, actor=ACTOR, now=now())
        except InsightsError as error:
            print(error)
    print("Nothing is left in this round. Next: parley train, or parley review --new")


def _typed() -> str:
    """What a person types; the end of the input, or Ctrl+C, is a q."""
    try:
        return str(typer.prompt("Answer", default="q", show_default=False)).strip()
    except typer.Abort:
        print()
        return "q"


def _answer(shown: "Shown", said: str) -> "Answer | None":
    """What a person typed; None where it is no answer to this item."""
    from pipelines.reviews.review import Answer

    letter, *words = said.split(maxsplit=2)
    match letter, words:
        case "s", []:
            return Answer("skip")
        case (("y" | "n"), []) if shown.insight:
            return Answer("yes" if letter == "y" else "no")
        case "n", ["here"] if shown.insight:
            return Answer("no", alike=False)
        case "l", [label] if shown.insight:
            return Answer("label", label)
        case "n", [] if not shown.insight:
            return Answer("nothing")
        case "m", [what, label] if not shown.insight:
            return Answer("missed", label, what)
    return None


def _help(shown: "Shown") -> str:
    if shown.insight:
        return " y yes, n no (n here: only this one), l LABEL another label, s not sure, u undo, q quit."
    return " n nothing, m KIND LABEL something was missed (m objection price), s not sure, u undo, q quit."


def _print_item(db: "Database", shown: "Shown") -> None:
    from pipelines.reviews.review import progress

    at = progress(db)
    i, here = shown.insight, shown.utterance
    print(f"\n{at.done + 1 if at else 1} of {at.total if at else 1}")
    for said in shown.said:
        text = said["text"]
        if i and said["id"] == here["id"]:
            text = f"{text[: i['start']]}>>{text[i['start'] : i['end']]}<<{text[i['end'] :]}"
        print(f"{'* ' if said['id'] == here['id'] else '  '}{said['speaker'] or said['role']}: {text}")
    if i:
        also = f" No also removes {len(shown.also['no'])} like it." if shown.also["no"] else ""
        print(f"Is this: {i['kind']}, {i['found_label']}?{also}{_help(shown)}")
    else:
        print(f"Was anything missed where * stands?{_help(shown)}")


def train(
    status: Annotated[bool, typer.Option("--status", help="Say what was learnt so far.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to what was before the last training.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Learn from the reviews how sure to be; used only if it is better on conversations that it has not seen.

    Takes seconds, on this machine. What was found is judged anew; what was not found is not looked for again.
    """
    from pipelines.jobs import now
    from pipelines.reviews import train as run
    from pipelines.store import learned

    with open_database() as db, shown_progress() as progress:
        if status:
            _print_history(learned.history(db), learned.active_id(db), as_json)
        elif undo:
            taken = run.go_back(db, now=now(), progress=progress)
            if not taken:
                raise fail("Nothing learnt is in use.")
            left = learned.active_id(db)
            print(f"Training {taken} taken back. In use: {f'training {left}' if left else 'the shipped confidence'}.")
        else:
            done = run.train(db, now=now(), actor=ACTOR, progress=progress)
            if as_json:
                print_json({"id": done.id, "adopted": done.adopted, "reason": done.reason, **done.figures})
                return
            print(f"Training {done.id} {'is in use' if done.adopted else 'is not used, what was stays'}. {done.reason}")
            _print_figures(done.figures)


def _print_history(rows: list[dict], in_use: int, as_json: bool) -> None:
    if as_json:
        print_json({"in_use": in_use, "trainings": rows})
        return
    if not rows:
        print("Nothing learnt yet. Review some items (parley review), then: parley train")
    for row in rows:
        state = (
            "in use"
            if row["id"] == in_use
            else "taken back"
            if row["undone_at"]
            else "adopted"
            if row["adopted"]
            else "not used"
        )
        print(
            f"{row['id']:>4}  {row['at']}  {state:<10} {row['figures'].get('reviews', 0)} reviews. {row['figures']['reason']}"
        )


def _print_figures(figures: dict) -> None:
    print(
        f"  {figures['reviews']} reviews of {figures['conversations']} conversations, {figures['wrong']} found wrongly"
    )
    if "gain" in figures:
        before, after = figures["loss_before"], figures["loss_after"]
        print(
            f"  log loss on unseen conversations {before} -> {after} (gain {figures['gain']}, standard error {figures['standard_error']})"
        )
        for kind, f1 in figures["anchor_before"].items():
            print(f"  F1 on the anchor set, {kind}: {f1} -> {figures['anchor_after'][kind]}")
