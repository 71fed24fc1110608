"""The plan on the terminal: what to write next, a brief, our own pages, and what people note on them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.outcomes import write
from api.commands.results import Format, Where, reading
from api.commands.terminal import PROBLEMS_LEFT, fail, open_database, print_json, shown_progress

if TYPE_CHECKING:
    from pipelines.store.content_pages import Upload

plan_app = typer.Typer(invoke_without_command=True)
pages_app = typer.Typer(no_args_is_help=True, help="Our own pages: add files of them, list them, undo an upload.")
plan_app.add_typer(pages_app, name="pages")
ACTOR = "terminal"
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
Persona = Annotated[str, typer.Option(help="Only with this persona, for instance finance.")]
Step = Annotated[str, typer.Option(help="Only at this step: awareness, consideration, decision or customer.")]
Shown = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Most rows.")]


def register(app: typer.Typer) -> None:
    app.add_typer(plan_app, name="plan")


@plan_app.callback()
def show_plan(
    context: typer.Context, since: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD.")] = "", persona: Persona = "",
    kind: Annotated[str, typer.Option(help="Only objection, or only question.")] = "",
    where: Where = None, limit: Shown = 20, as_json: AsJson = False,
    format: Annotated[Format, typer.Option(help="How to print it.")] = Format.table,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write instead of the terminal.")] = None,
) -> None:  # fmt: skip
    """What to write next, the most urgent first: score, theme, and why.

    Examples: `parley plan`, `parley plan --persona finance`, `parley plan --format xlsx -o plan.xlsx`, `parley plan brief 12`, `parley plan pages add sitemap.xml`
    """
    if context.invoked_subcommand:
        return
    from dataclasses import asdict
    from datetime import date

    from api.documents import plan as made
    from insights.periods import is_day
    from insights.wording import month
    from pipelines import plan

    for name, value in (("--since", since), ("--until", until)):
        if value and not is_day(value):
            raise fail(f"{name} must be a day as YYYY-MM-DD.", code=2)
    if kind and kind not in plan.KINDS:
        raise fail(f"--kind must be one of {', '.join(plan.KINDS)}.", code=2)
    with open_database() as db:
        filters = reading(db, since=since, until=until, persona=persona, kind=kind, where=where)
        board = plan.board(db, filters, today=date.today())
        asked = made.requests(db)
    if format is not Format.table or output is not None:
        from api.models.plan import plan_json

        write(made.document(board, filters, date.today(), asked), lambda: plan_json(board), format, output)
        return
    for n, line in enumerate(board.lines[:limit], 1):
        if as_json:
            told = {"rank": n, "theme_id": line.theme.id, "theme": line.theme.name, "kind": line.theme.kind}
            told |= {"score": line.priority.score, "parts": [asdict(part) for part in line.priority.parts]}
            told |= {name: getattr(line.note, name, "") for name in ("status", "owner", "due")}
            print_json(told | {"coverage": line.coverage.state})
            continue
        note = line.note
        said = (note.status, note.owner, f"due {month(note.due)}" if note.due else "") if note else ()
        status = f" [{', '.join(filter(None, said))}]" if note else ""
        print(f"{line.priority.score:6.1f}  {line.theme.id:>4}  {line.theme.name}{status}")
        print(f"              {line.priority.words}")
    if not board.lines and not as_json:
        print("Nothing to write about yet: no theme is heard in what matches. Start with: parley ingest, parley mine")
    if not board.pages and not as_json and board.lines:
        print("None of your own pages are known, so every gap counts in full. Add them: parley plan pages add FILE")
    if asked and not as_json:
        print("\nAsked for by colleagues (take one back: parley answer --undo NUMBER)")
        for one in asked[:limit]:
            print(f"{one.id:>6}  “{one.words}”  {one.actor}, {one.at[:10]}{f', {one.theme}' if one.theme else ''}")


@plan_app.command("brief")
def show_brief(theme: int, persona: Persona = "", step: Step = "", as_json: AsJson = False) -> None:
    """A brief for whoever writes: what to answer, in the buyers' own words. THEME is the number that `parley plan` shows."""
    from dataclasses import asdict
    from datetime import date

    from api.views.plan import copied
    from insights.stages import STEPS
    from pipelines.planning import brief, published
    from pipelines.store.filters import Filters

    if step and step not in STEPS:
        raise fail(f"--step must be one of {', '.join(STEPS)}.", code=2)
    with open_database() as db:
        found = brief.brief(db, Filters(), today=date.today(), theme_id=theme, persona=persona, step=step)
        if found is None:
            raise fail(f"No conversation carries theme {theme}. See: parley plan")
        if as_json:
            told = asdict(found)
            for name in ("board", "pages", "line"):
                told.pop(name)
            print_json(told | {"theme": asdict(found.line.theme), "coverage": asdict(found.line.coverage)})
            return
        print(copied(db, found))
        for one in found.published:
            print(f"\nBefore and after {one.note.day}")
            for sentence in published.told(one):
                print(sentence)


@plan_app.command("note")
def add_note(
    theme: int, status: str, persona: Persona = "", step: Step = "", text: Annotated[str, typer.Option("--note")] = "",
    page: Annotated[str, typer.Option(help="Address of the page that was published.")] = "",
    day: Annotated[str, typer.Option(help="Day of publication, YYYY-MM-DD; the page's own date without it.")] = "",
    title: Annotated[str, typer.Option(help="Title of the page, where no upload names it.")] = "",
    owner: Annotated[str | None, typer.Option(help="Whose it is; \"\" for nobody.")] = None,
    due: Annotated[str | None, typer.Option(help="The month by when, YYYY-MM; \"\" for none.")] = None,
    who: str = ACTOR,
) -> None:  # fmt: skip
    """Note how far a theme or cell is: idea, planned, in writing, published or dropped.

    Example: `parley plan note 12 planned --owner "Mara Lind" --due 2026-12`
    """
    from datetime import date

    from pipelines.jobs import now
    from pipelines.planning import cells, content

    with open_database() as db:
        number = cells.note(
            db, theme, persona=persona, step=step, status=status, text=text, page=page, day=day, title=title,
            owner=owner, due=due, base=None, today=date.today(), actor=who, now=now(),
        )  # fmt: skip
        if content.waiting(db) <= content.AT_ONCE:
            content.read_new(db)
    print(f"Noted as {number}. Undo it: parley plan undo {number}")


@plan_app.command("undo")
def undo_note(note: int) -> None:
    """Take the last note of a cell back."""
    from pipelines.jobs import now
    from pipelines.planning import cells

    with open_database() as db:
        cells.undo(db, note, now=now())
    print(f"Note {note} is undone.")


@plan_app.command("stage")
def set_step(name: str, step: str) -> None:
    """Say which step a stage of your CRM means, for instance: parley plan stage "Paper process" decision"""
    from pipelines.jobs import now
    from pipelines.planning import cells

    with open_database() as db:
        number = cells.set_step(db, name, step, actor=ACTOR, now=now())
    print(f"“{name}” now means {step} (word {number}; undo it: parley plan unstage {number}).")


@plan_app.command("unstage")
def undo_step(number: int) -> None:
    """Take what was said of a stage back."""
    from pipelines.jobs import now
    from pipelines.planning import cells

    with open_database() as db:
        cells.undo_step(db, number, now=now())
    print(f"Word {number} is undone.")


@plan_app.command("answers")
def answer(theme: int, page: int) -> None:
    """Say that a page answers a theme; THEME and PAGE are numbers (see `parley plan pages list`)."""
    _say(theme, page, "answers")


@plan_app.command("answers-not")
def answer_not(theme: int, page: int) -> None:
    """Say that a page does not answer a theme."""
    _say(theme, page, "does not")


@plan_app.command("unsay")
def unsay(number: int) -> None:
    """Take what was said of a page and a theme back."""
    from pipelines.jobs import now
    from pipelines.planning import content

    with open_database() as db:
        content.unsay(db, number, now=now())
    print(f"Word {number} is undone.")


@pages_app.command("add")
def add_pages(paths: list[Path], as_json: AsJson = False) -> None:
    """Read pages from CSV, sitemap.xml, HTML or Markdown files, folders, or a zip of them. Nothing is fetched."""
    from pipelines.jobs import now
    from pipelines.planning import content

    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise fail(f"There is no file {', '.join(missing)}.", code=2)
    with open_database() as db, shown_progress() as progress:
        done = content.add(db, paths, title=", ".join(p.name for p in paths), actor=ACTOR, now=now(), progress=progress)
        content.read_new(db, progress=progress)
    _print_upload(done, as_json)
    if done.problems:
        raise typer.Exit(PROBLEMS_LEFT)


@pages_app.command("list")
def list_pages(
    uploads: Annotated[bool, typer.Option(help="The uploads that brought them.")] = False, as_json: AsJson = False
) -> None:
    """Every page of ours with its number, or the uploads of pages."""
    from dataclasses import asdict

    from pipelines.store import content_pages

    with open_database() as db:
        if uploads:
            for one in content_pages.uploads(db):
                _print_upload(one, as_json)
            return
        found = content_pages.pages(db)
    for page in found:
        if as_json:
            print_json(asdict(page))
        else:
            print(f"{page.id:>5}  {page.published or '          '}  {page.words:>6} words  {page.title}  {page.key}")
    if not found and not as_json:
        print("No pages yet. Add some: parley plan pages add FILE")


@pages_app.command("undo")
def undo_upload(upload: int) -> None:
    """Take an upload of pages back; what others say of its pages stands again."""
    from pipelines.jobs import now
    from pipelines.planning import content

    with open_database() as db:
        done = content.undo(db, upload, now=now())
    print(f"“{done.title}” is undone. Bring it back: parley plan pages redo {upload}")


@pages_app.command("redo")
def redo_upload(upload: int) -> None:
    """Bring an upload of pages back that was undone."""
    from pipelines.planning import content

    with open_database() as db, shown_progress() as progress:
        done = content.redo(db, upload)
        content.read_new(db, progress=progress)
    print(f"“{done.title}” counts again.")


@pages_app.command("read")
def read_pages() -> None:
    """Read what is new of our pages, where that was interrupted."""
    from pipelines.planning import content

    with open_database() as db, shown_progress() as progress:
        print(f"{content.read_new(db, progress=progress):,} passages read.")


def _say(theme: int, page: int, verdict: str) -> None:
    from pipelines.jobs import now
    from pipelines.planning import cells, content

    with open_database() as db:
        cells.topic(db, theme)
        number = content.say(db, theme, page, verdict, actor=ACTOR, now=now())
    print(f"Kept as {number}. Undo it: parley plan unsay {number}")


def _print_upload(done: "Upload", as_json: bool) -> None:
    from dataclasses import asdict

    from insights.wording import plural

    if as_json:
        print_json(asdict(done))
        return
    undone = " (undone)" if done.undone_at else ""
    print(
        f"{done.id:>5}  {done.title}{undone}: {plural(done.read, 'page')} read, {done.added:,} new, {done.changed:,} changed."
    )
    for problem in done.problems:
        row = f", row {problem.row}" if problem.row else ""
        print(f"       {problem.file}{row}: {problem.reason} {problem.advice}")
