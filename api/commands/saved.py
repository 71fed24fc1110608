"""Saved reports and digests on the terminal."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

import typer

from api.commands.terminal import deliver, fail, format_of, json_bytes, open_database, print_json, settings

if TYPE_CHECKING:
    from pipelines.teams.digest_plans import Plan
    from pipelines.teams.digests import Digest

saved_app = typer.Typer(no_args_is_help=True, help="Reports as they were published, under permanent links.")
digest_app = typer.Typer(no_args_is_help=True, help="What changed, by mail or webhook, every week or month.")
ACTOR = "terminal"
AsJson = Annotated[bool, typer.Option("--json", help="JSON for machines.")]
Mail = Annotated[list[str] | None, typer.Option(help="A mail address; repeatable.")]
Kind = Annotated[list[str] | None, typer.Option(help="objection, question, competitor or tracker; repeatable.")]
Filter = Annotated[list[str] | None, typer.Option("--filter", help="NAME=VALUE as in addresses; repeatable.")]
Every = Annotated[Literal["hour", "day", "week", "month"], typer.Option(help="How often.")]
Proposals = Annotated[
    bool, typer.Option("--proposals", help="Also tell what waits for a decision: proposed themes and names.")
]
Day = Annotated[int, typer.Option(help="Weekday 0 (Monday) to 6, or day of the month 1 to 31.")]
For = Annotated[
    Literal["both", "sales", "marketing"], typer.Option("--for", help="Add open comments and requests for one side.")
]
Quotes = Annotated[Literal["none", "role", "account"], typer.Option(help="Whose words the quotes are.")]
Form = Annotated[Literal["json", "slack", "teams"], typer.Option(help="What the webhook takes.")]


def register(app: typer.Typer) -> None:
    app.add_typer(saved_app, name="saved")
    app.add_typer(digest_app, name="digests")


@saved_app.command("list")
def list_saved(
    words: Annotated[str, typer.Argument(help="Words in title, note or author.")] = "",
    removed: Annotated[bool, typer.Option(help="Those that were taken back.")] = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Saved reports, the newest first."""
    from pipelines.store import saved as store

    with open_database() as db:
        found = store.every(db, status="removed" if removed else "active", q=words, limit=1000)
    for one in found:
        if as_json:
            print_json({name: getattr(one, name) for name in type(one).__slots__ if name != "content"})
        else:
            print(f"{one.id}  {one.at[:10]}  {one.title} ({one.report}{'?' + one.query if one.query else ''})")
    if not found and not as_json:
        print('Nothing saved. Save one: parley saved add "/reports/objections?persona=finance" "Deck of March"')


@saved_app.command("add")
def add_saved(address: str, title: str, note: str = "") -> None:
    """Keep what a report's page shows now; ADDRESS is that of the page, with its query."""
    from api.errors import RequestError
    from api.views.saved import snapshot
    from pipelines.jobs import now
    from pipelines.reports import saved

    with open_database() as db:
        try:
            kept = snapshot(db, address, date.today())
        except RequestError as error:
            raise fail(str(error)) from None
        made = saved.save(db, kept, title=title, note=note, now=now(), actor=ACTOR, version=version("parley"))
    print(f"Saved: /reports/saved/{made.id}")


@saved_app.command("show")
def show_saved(
    saved_id: str, format: Annotated[str, typer.Option(help="csv, xlsx, pptx, pdf, md, html or json; else the output's ending, or md.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; else standard output.")] = None,
) -> None:  # fmt: skip
    """A report exactly as it was published."""
    from api.exports import FORMATS, render
    from api.views.saved import frozen, named
    from pipelines.reports import saved

    if format not in ("", *FORMATS):
        raise fail(f"There is no format '{format}'. Known: {', '.join(FORMATS)}.", code=2)
    format = format_of(format, output, FORMATS, unnamed="", otherwise="md")
    with open_database() as db:
        kept = saved.get(db, saved_id)
        if kept.status == "removed":
            raise fail(f"It was taken back by {kept.removed_by}. To bring it back: parley saved restore {saved_id}")
        document = named(kept, frozen(db, kept))
    data = json_bytes(asdict(document)) if format == "json" else render(document, format)
    deliver(data, format, output)


@saved_app.command("rename")
def rename_saved(saved_id: str, title: str, note: Annotated[str | None, typer.Option()] = None) -> None:
    """Give it another title (and note); what it shows never changes."""
    from pipelines.reports import saved

    with open_database() as db:
        print(f"Now “{saved.describe(db, saved_id, title=title, note=note).title}”.")


@saved_app.command("remove")
def remove_saved(saved_id: str) -> None:
    """Take it back: its link then says so. It is kept and can be brought back."""
    from pipelines.jobs import now
    from pipelines.reports import saved

    with open_database() as db:
        title = saved.remove(db, saved_id, now=now(), actor=ACTOR).title
    print(f"Took “{title}” back. To bring it back: parley saved restore {saved_id}")


@saved_app.command("restore")
def restore_saved(saved_id: str) -> None:
    """Show it again."""
    from pipelines.reports import saved

    with open_database() as db:
        print(f"“{saved.restore(db, saved_id).title}” is back.")


@digest_app.command("list")
def list_digests(removed: Annotated[bool, typer.Option()] = False, as_json: AsJson = False) -> None:
    """Every digest: when, and what became of it last."""
    from api.views.digest import line
    from pipelines.teams import digests

    with open_database() as db:
        found = [line(db, one) for one in digests.every(db, *(["removed"] if removed else []))]
    for one in found:
        d = one.digest
        if as_json:
            print_json(_told(d))
        else:
            print(f"{d.id:>5}  {d.status:<7} {d.plan.title}: {one.when}, to {one.to}. Last: {one.last or 'not yet'}.")
    if not found and not as_json:
        print('No digest yet. See one: parley digests preview "What changed"')


@digest_app.command("preview")
def preview_digest(
    title: str, kind: Kind = None, filters: Filter = None, mail: Mail = None, webhook: str = "", form: Form = "json",
    quotes: Quotes = "role", proposals: Proposals = False, side: For = "both",
) -> None:  # fmt: skip
    """Exactly what would be sent now. Nothing is sent or saved."""
    from pipelines.teams import digests, letters

    with open_database() as db:
        plan = _plan(db, title, kind, filters, mail, webhook, form, quotes, side)
        letter = digests.preview(db, replace(plan, proposals=proposals), settings(), now=datetime.now(UTC), actor=ACTOR)
    print(f"Subject: {letter.subject}\n\n{letters.text(letter)}")


@digest_app.command("add")
def add_digest(
    title: str, kind: Kind = None, filters: Filter = None, mail: Mail = None, webhook: str = "", form: Form = "json",
    quotes: Quotes = "role", side: For = "both", every: Every = "week", day: Day = 0, hour: int = 8, zone: str = "UTC",
    always: Annotated[bool, typer.Option(help="Send it even where nothing is new.")] = False,
    proposals: Proposals = False,
) -> None:  # fmt: skip
    """Set a digest up; it is sent from its next due time on, while `parley serve` or `parley worker` runs.

    Example: `parley digests add "What changed" --mail team@example.com --day 0 --hour 8 --zone Europe/Berlin`
    """
    from api.views.digest import ready
    from insights.schedules import Schedule, told
    from pipelines.teams import digests

    with open_database() as db:
        plan = _plan(db, title, kind, filters, mail, webhook, form, quotes, side)
        plan = replace(plan, schedule=Schedule(every, day, hour, zone), only_changes=not always, proposals=proposals)
        made = digests.save(db, plan, now=datetime.now(UTC), actor=ACTOR)
    print(f"Digest {made.id}: {told(made.plan.schedule)}, next at {made.next_due}.")
    if mail and not ready(settings()).mail:
        print("Mail cannot be sent yet: set PARLEY_SMTP_URL and PARLEY_MAIL_FROM.")


@digest_app.command("history")
def show_history(digest_id: int, as_json: AsJson = False) -> None:
    """What became of every message, the newest first."""
    from pipelines.store import digests as store
    from pipelines.teams import digests

    with open_database() as db:
        digests.get(db, digest_id)
        runs = store.runs(db, digest_id)
    for run, found in runs:
        if as_json:
            print_json({**asdict(run), "deliveries": [asdict(one) for one in found]})
            continue
        if not found:
            print(f"{run.due_at}  {run.status}  {run.reason}")
        for one in found:
            print(f"{run.due_at}  {one.status:<8} {one.address}  {one.reason}")


@digest_app.command("send")
def send_digest(digest_id: int) -> None:
    """Send it now, from here, whether or not something changed."""
    from pipelines.store import digests as store
    from pipelines.teams import digests

    moment = datetime.now(UTC)
    with open_database() as db:
        run_id = digests.send_now(db, digest_id, now=moment)
        digests.work_off(db, run_id, settings(), now=moment)
        found = store.deliveries(db, run_id)
    for one in found:
        print(f"{one.status}: {one.address} {one.reason}".rstrip())
    if any(one.status != "sent" for one in found):
        raise typer.Exit(3)


@digest_app.command("pause")
def pause_digest(digest_id: int) -> None:
    """Send nothing until it is resumed."""
    _set(digest_id, "paused", "is paused. To let it go on: parley digests resume {}")


@digest_app.command("resume")
def resume_digest(digest_id: int) -> None:
    """Let it go on, or bring a removed one back."""
    _set(digest_id, "active", "goes on.")


@digest_app.command("remove")
def remove_digest(digest_id: int) -> None:
    """Take it away; it is kept and can be brought back."""
    _set(digest_id, "removed", "is removed. To bring it back: parley digests resume {}")


def _set(digest_id: int, status: Literal["active", "paused", "removed"], told: str) -> None:
    from pipelines.teams import digests

    with open_database() as db:
        digest = digests.set_status(db, digest_id, status, now=datetime.now(UTC))
    print(f"“{digest.plan.title}” {told.format(digest_id)}")


def _plan(
    db, title: str, kinds: list[str] | None, filters: list[str] | None, mails: list[str] | None, webhook: str,
    form: Form,
    quotes: Quotes, side: For,
) -> "Plan":  # fmt: skip
    from api.errors import RequestError
    from api.views.digest import filters_from
    from api.views.saved import read_query
    from pipelines.report import SUBJECTS
    from pipelines.teams.digest_plans import Plan

    for kind in kinds or ():
        if kind not in SUBJECTS:
            raise fail(f"There is no kind '{kind}'. Known: {', '.join(SUBJECTS)}.", code=2)
    pairs = [part.partition("=") for part in filters or ()]
    try:
        checked, _ = read_query(db, urlencode(filters_from({n: v for n, _, v in pairs})), date.today(), ())
    except RequestError as error:
        raise fail(str(error), code=2) from None
    return Plan(
        title, tuple(one for one in SUBJECTS if one in (kinds or ())), checked.active, mails=tuple(mails or ()), webhook=webhook, form=form, quotes=quotes,
        side="" if side == "both" else side,
    )  # fmt: skip


def _told(digest: "Digest") -> dict:
    from pipelines.teams.digest_plans import masked

    told = asdict(digest) | {"secret": None}
    told["plan"]["webhook"] = masked(digest.plan.webhook)
    return told
