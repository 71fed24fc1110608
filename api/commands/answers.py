"""What to send a buyer, on the terminal."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.terminal import fail, open_database, print_json

if TYPE_CHECKING:
    from pipelines.sales.answer_replies import Reply

ACTOR = "terminal"


def register(app: typer.Typer) -> None:
    app.command("answer")(answer)


def answer(
    words: Annotated[str, typer.Argument(help="What the buyer said; - reads a mail from standard input.")] = "",
    theme: Annotated[int, typer.Option(min=0, max=2**62, help="A theme's number instead of words.")] = 0,
    ask: Annotated[bool, typer.Option("--ask", help="Put it on the content plan, with your name from --who.")] = False,
    who: Annotated[str, typer.Option(help="Your name, for --ask.")] = ACTOR,
    undo: Annotated[int, typer.Option(min=0, max=2**62, help="Take the request of this number back.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
) -> None:  # fmt: skip
    """What to send: pages of yours that answer it, what colleagues answered, or that nothing answers it yet.

    Examples: `parley answer "is it priced per seat?"`, `parley answer - < mail.txt`, `parley answer "runs on NetSuite?" --ask --who Kim`
    """
    from dataclasses import asdict

    from api.views.answers import heard
    from pipelines.jobs import now
    from pipelines.sales import answers, asking
    from pipelines.store import themes

    given = sys.stdin.read(answers.LONGEST + 1) if words == "-" else words
    with open_database() as db:
        if undo:
            asking.undo(db, undo, now=now())
            print(f"Request {undo} is undone.")
            return
        about = themes.get(db, theme) if theme else None
        if theme and (about is None or about.status != "active"):
            raise fail(f"There is no active theme {theme}. List them: parley themes")
        if ask:
            made = asking.ask(
                db, given or (about.name if about else ""), theme_id=theme or None, actor=who[:80], now=now()
            )
            print(f"On the content plan as request {made.id}. Undo it: parley answer --undo {made.id}")
            return
        found = answers.answers(db, given, theme=about)
    if as_json:
        print_json(asdict(found))
        return
    for one in found.found:
        if len(found.found) > 1:
            print(f"\n{one.kind or 'said'}: {one.words}")
        if told := heard(one):
            print(f"{one.theme.name} · {told}" if one.theme else told)
        for other in one.themes[1:] if one.theme else one.themes:
            print(
                f"It may be: {other.theme.name} (heard in {other.conversations:,}; parley answer --theme {other.theme.id})"
            )
        if one.rival:
            print(f"About {one.rival}. How it goes beside it: parley competition --competitor {shlex.quote(one.rival)}")
        for page in one.pages:
            lacks = f" (does not name {', '.join(page.lacks)})" if page.lacks else ""
            print(f"\n{page.standing}: {page.page.title}  {page.page.url}{lacks}\n  {page.passage}")
        if one.theme and not about and one.pages and one.on_plan == "not covered":
            print(
                f"\nOn the content plan “{one.theme.name}” is a gap all the same: what comes near these words is not near what most buyers say of it."
            )
        if not one.pages:
            print('\nNothing of ours answers this yet. Ask for it: parley answer "…" --ask --who YOU')
            if one.theme and not about and one.on_plan in ("covered", "partly", "title only"):
                print(
                    f"Something does answer “{one.theme.name}”, as which it is heard: parley answer --theme {one.theme.id}"
                )
            for page in one.nearest:
                print(f"  nearest: {page.page.title}  {page.page.url}")
        for reply in one.replies:
            _print_reply(reply)
        for it in one.maybe:
            what = f"“{it.words}”" if it.words else f"“{it.theme.name}”, if that is meant" if it.theme else "the like"
            print(f"\nWhat colleagues answered to {what}:")
            for reply in it.replies:
                _print_reply(reply)
    if not found.pages:
        print("None of your own pages are known. Add them: parley plan pages add FILE")


def _print_reply(reply: "Reply") -> None:
    from api.wording import words

    print(f"\nA colleague answered “{reply.asked}” with:\n  “{reply.words}{'' if reply.whole else ' …'}”")
    marks = "".join(f", {told}" for told in words.after_reply(reply))
    print(f"  to: {reply.line or 'a buyer'}, {reply.day}, quote {reply.quote_id}{marks}")
