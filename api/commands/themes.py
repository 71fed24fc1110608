"""Themes on the terminal: look at them, change them, take any change back."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import theme_proposals
from api.commands.terminal import fail, open_database, print_json
from api.commands.theme_output import (
    ACTOR,
    LARGEST_ID,
    AsJson,
    DryRun,
    Kind,
    Reason,
    ThemeId,
    change,
    print_quotes,
    tell,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

    from api.models.theme import ThemeWithCounts
    from pipelines.themes.ledger import MergePreview, NewPart
    from pipelines.themes.upkeep import Division

NEWEST = 20
themes_app = typer.Typer(
    no_args_is_help=True,
    help="Themes keep their numbers for good. Look at them, rename, merge, split, pin or retire them; undo any of it.\n\n"
    'Examples: `parley themes list`, `parley themes rename 12 "Price level"`, `parley themes merge 12 15 --dry-run`, '
    "`parley themes split 12`, `parley themes undo 340`, `parley themes proposals`",
)


def register(app: typer.Typer) -> None:
    theme_proposals.register(themes_app)
    app.add_typer(themes_app, name="themes")


@themes_app.command("list")
def list_themes(
    kind: Kind = None,
    every: Annotated[bool, typer.Option("--all", help="Retired and merged ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Every theme with its permanent number and how many conversations it is in, its sub-themes below it."""
    from api.views.themes import evidence
    from pipelines.store import themes

    with open_database() as db:
        found = [t for t in themes.all_of(db, kind or "") if every or t.status == "active"]
        rows = evidence.counted(db, found)
    if rows and not as_json:
        print(f"{'id':>5}  {'kind':<10}  {'conversations':>13}  theme")
    for row in _in_order(rows):
        if as_json:
            print_json(row.model_dump())
        else:
            name = f"  {row.name}" if row.parent else row.name
            print(f"{row.id:>5}  {row.kind:<10}  {row.conversations:>13,}  {name}{_state(row)}")
    if not rows and not as_json:
        print("No theme to list. Themes come with: parley ingest FOLDER, then parley mine")


def _in_order(rows: "Sequence[ThemeWithCounts]") -> "list[ThemeWithCounts]":
    """The largest theme first, sub-themes under theirs. One whose theme is not listed stands by itself."""
    known = {row.id for row in rows}
    ordered = sorted(rows, key=lambda row: (-row.conversations, row.id))
    tops = [row for row in ordered if row.parent not in known]
    return [one for row in tops for one in (row, *(sub for sub in ordered if sub.parent == row.id))]


def _state(row: "ThemeWithCounts") -> str:
    into = f" into {row.into}" if row.into else ""
    told = [f"{row.status}{into}" if row.status != "active" else "", "pinned" if row.pinned else ""]
    return f"  ({', '.join(filter(None, told))})" if any(told) else ""


@themes_app.command("show")
def show_theme(theme_id: ThemeId, as_json: AsJson = False) -> None:
    """One theme: how much is in it, its sub-themes, quotes that stand for it, and its history."""
    from api.views.themes import evidence
    from api.wording import theme_words
    from insights.wording import plural
    from pipelines.store import theme_events, themes
    from pipelines.themes.ledger import UnknownTheme

    with open_database() as db:
        theme = evidence.one(db, theme_id)
        if theme is None:
            raise UnknownTheme(theme_id)
        subs, told = evidence.counted(db, themes.subs(db, theme_id)), theme_events.of_theme(db, theme_id)
        if as_json:
            events = [event.model_dump() for event in evidence.told(db, told)]
            print_json({**theme.model_dump(), "subs": [sub.model_dump() for sub in subs], "events": events})
            return
        above = themes.get(db, theme.parent) if theme.parent else None
        quotes = evidence.typical(db, theme_id) if theme.status != "merged" else []
        history = theme_words.history(db, told)
    print(f"{theme.name}{_state(theme)}")
    part = f", part of “{above.name}” ({above.id})" if above else ""
    print(f"Theme {theme.id}, {theme.kind}{part}, since {theme.created_at[:10]}.")
    print(
        f"{plural(theme.insights, 'quote')} in {plural(theme.conversations, 'conversation')} of "
        f"{plural(theme.accounts, 'account')}."
    )
    if theme.keywords:
        print(f"Keywords: {', '.join(theme.keywords)}")
    for sub in subs:
        print(f"  {sub.id:>5}  {plural(sub.conversations, 'conversation'):>23}  {sub.name}{_state(sub)}")
    print_quotes(quotes)
    print("History:")
    if len(history) > NEWEST:
        print(f"  … {len(history) - NEWEST} earlier: parley themes history {theme_id} --limit {len(history)}")
    for line in history[-NEWEST:]:
        print(f"  {line}")


@themes_app.command("history")
def history(
    theme_id: Annotated[
        int | None, typer.Argument(min=1, max=LARGEST_ID, help="A theme's number; all themes without it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What happened, the newest first, with the numbers that `undo` takes. New quotes that joined are in a theme's own."""
    from api.views.themes import evidence
    from api.wording import theme_words
    from pipelines.store import theme_events, themes
    from pipelines.themes.ledger import UnknownTheme

    with open_database() as db:
        if theme_id is not None and themes.get(db, theme_id) is None:
            raise UnknownTheme(theme_id)
        told = (
            theme_events.recent(db, limit=limit)
            if theme_id is None
            else theme_events.of_theme(db, theme_id)[::-1][:limit]
        )
        if as_json:
            for event in evidence.told(db, told):
                print_json(event.model_dump())
            return
        lines = theme_words.history(db, told)
    for line in lines:
        print(line)
    if not lines:
        print("Nothing has happened to themes yet.")


@themes_app.command("rename")
def rename_theme(theme_id: ThemeId, name: str, reason: Reason = "", as_json: AsJson = False) -> None:
    """Give a theme another name; its number, its quotes and the old name in its history stay.

    Example: `parley themes rename 12 "Price level" --reason "as marketing calls it"`
    """
    from pipelines.jobs import now
    from pipelines.themes import ledger

    change(lambda db: ledger.rename(db, theme_id, name, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("merge")
def merge_themes(
    into: Annotated[int, typer.Argument(min=1, max=LARGEST_ID, help="The theme that stays, with number and name.")],
    others: Annotated[list[int], typer.Argument(min=1, max=LARGEST_ID, help="The themes that go into it.")],
    reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put other themes into one. Their numbers lead to it from then on.

    Examples: `parley themes merge 12 15 --dry-run`, `parley themes merge 12 15 18 --reason "all about price"`
    """
    from pipelines.jobs import now
    from pipelines.themes import ledger

    if dry_run:
        with open_database() as db:
            _print_merge(db, ledger.preview_merge(db, into, set(others)), as_json)
        return
    change(lambda db: ledger.merge(db, into, set(others), now=now(), actor=ACTOR, reason=reason), as_json)


def _print_merge(db: "Database", seen: "MergePreview", as_json: bool) -> None:
    from api.views.themes import evidence

    if as_json:
        print_json(asdict(seen))
        return
    for theme in (seen.into, *seen.others):
        print(f"{theme.name} ({theme.id})")
        print_quotes(evidence.typical(db, theme.id))
    print(
        f"Together {seen.quotes:,} quotes in {seen.conversations:,} conversations of {seen.accounts:,} accounts; "
        f"{seen.both:,} conversations have more than one of them and count once."
    )
    print("Nothing was changed. To do it, leave --dry-run out.")


@themes_app.command("split")
def split_theme(
    theme_id: ThemeId,
    part: Annotated[
        list[int] | None, typer.Option(min=1, help="Take this part out, by the number shown; repeatable.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Take all parts out but the largest.")] = False,
    sub_themes: Annotated[
        bool, typer.Option("--sub-themes", help="Make the parts sub-themes; with --apply all of them.")
    ] = False,
    promote: Annotated[
        list[int] | None,
        typer.Option(min=1, max=LARGEST_ID, help="Make this sub-theme a theme of its own; repeatable."),
    ] = None,
    reason: Reason = "", dry_run: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show the parts that a theme falls into, and take some of them out as themes of their own.

    Without --part, --apply or --promote nothing is changed. The numbers hold until quotes join or leave the theme.

    Examples: `parley themes split 12` (look), `parley themes split 12 --part 2 --part 3`,
    `parley themes split 12 --apply --sub-themes`, `parley themes split 12 --promote 31`
    """
    from pipelines.jobs import now
    from pipelines.store import theme_lists
    from pipelines.themes import ledger, upkeep

    if part and apply:
        raise fail("Give --part with numbers, or --apply for all parts but the largest, not both.", code=2)
    if sub_themes and promote:
        raise fail("--sub-themes makes sub-themes, --promote takes them out. Do one after the other.", code=2)
    with open_database() as db:
        if not (part or apply or promote):
            _print_division(db, upkeep.division(db, theme_id), as_json)
            return
        found = upkeep.division(db, theme_id) if part or apply else None
        parts = upkeep.chosen(found, part or None, inside=sub_themes) if found else ()
        run = partial(
            ledger.split, db, theme_id, parts, promoted=set(promote or ()), inside=sub_themes, now=now(), actor=ACTOR,
            reason=reason,
        )  # fmt: skip
        if not dry_run:
            tell(db, run(), as_json)
            return
        stays = upkeep.tried(db, run, theme_id)
        _print_parts(db, found, parts, as_json)
        going = theme_lists.names(db)
    if not as_json:
        for number, name in going.items():
            print(f"{number:>5}  {name} (a sub-theme now)")
        print(f"That would go; {stays:,} quotes would stay. Nothing was changed. To do it, leave --dry-run out.")


def _print_division(db: "Database", found: "Division", as_json: bool) -> None:
    if len(found.parts) < 2:
        if not as_json:
            print(f"“{found.theme.name}” does not fall into parts: its quotes are about one thing, or too few.")
        return
    _print_parts(db, found, found.parts, as_json)
    if not as_json:
        this = f"parley themes split {found.theme.id}"
        print(
            f"Nothing was changed. To take part 2 out: {this} --part 2. All but the largest: {this} --apply. "
            "With --sub-themes the parts stay inside."
        )


def _print_parts(db: "Database", found: "Division | None", chosen: "Sequence[NewPart]", as_json: bool) -> None:
    from api.views.themes import evidence
    from api.wording import words

    for number, one in enumerate(found.parts if found else (), 1):
        if one not in chosen:
            continue
        if as_json:
            print_json({"part": number, "size": len(one.insights), **asdict(one)})
            continue
        print(f"{number:>5}  {words.plural(len(one.insights), 'quote')}: {one.name}")
        if one.keywords:
            print(f"    {', '.join(one.keywords)}")
        print_quotes(evidence.words_of(db, one.insights))


@themes_app.command("move")
def move_quotes(
    insights: Annotated[list[str], typer.Argument(help="Ids of quotes (`parley search … --json`).")],
    to: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="The theme or sub-theme that they go to.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Let them wait until a person places them.")] = False,
    reason: Reason = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Put quotes into another theme, or let them wait.

    Examples: `parley themes move 3f0c9a1be2d47765 --to 12`, `parley themes move 3f0c9a1be2d47765 --wait`
    """
    from pipelines.jobs import now
    from pipelines.themes import ledger

    if wait == (to is not None):
        raise fail("Say where they go: --to with a theme's number, or --wait.", code=2)
    change(lambda db: ledger.move(db, insights, to, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("pin")
def pin_theme(theme_id: ThemeId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Hold a theme's name and quotes as they are: only new quotes join."""
    from pipelines.jobs import now
    from pipelines.themes import ledger

    change(lambda db: ledger.pin(db, theme_id, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("unpin")
def unpin_theme(theme_id: ThemeId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let a pinned theme be changed again."""
    from pipelines.jobs import now
    from pipelines.themes import ledger

    change(lambda db: ledger.unpin(db, theme_id, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("retire")
def retire_theme(theme_id: ThemeId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Take a theme out of reports. Its quotes, and new ones like them, stay with it; `restore` brings it back."""
    from pipelines.jobs import now
    from pipelines.themes import ledger

    change(lambda db: ledger.retire(db, theme_id, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("restore")
def restore_theme(theme_id: ThemeId, reason: Reason = "", as_json: AsJson = False) -> None:
    """Bring a retired theme back into reports."""
    from pipelines.jobs import now
    from pipelines.themes import ledger

    change(lambda db: ledger.restore(db, theme_id, now=now(), actor=ACTOR, reason=reason), as_json)


@themes_app.command("undo")
def undo_event(
    event_id: Annotated[
        int, typer.Argument(min=1, max=LARGEST_ID, help="An event's number (`parley themes history`).")
    ],
    reason: Reason = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take an event back. An undo is an event too: undoing it makes the first one stand again.

    Where what it did has been changed since, the later events must be undone first: they are named.
    """
    from pipelines.jobs import now
    from pipelines.themes import ledger

    try:
        change(lambda db: ledger.undo(db, event_id, now=now(), actor=ACTOR, reason=reason), as_json)
    except ledger.Blocked as error:
        way = "".join(f"\n  parley themes undo {one.id}" for one in error.events)
        raise fail(f"Event {event_id} cannot be undone yet. {error}{way}") from None
