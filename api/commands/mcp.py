"""`parley mcp`: a team's assistants ask for themes, trends and quotes, over standard input and output, and change nothing."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from importlib.metadata import version
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, Literal, ParamSpec

import typer
from pydantic import Field, ValidationError

from api.commands.terminal import fail, prepare_database, settings

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

    from api.assistants import Desk

P = ParamSpec("P")
MOST_SHOWN = 60  # characters of an argument that is wrong
_EDGES = {"le": "at most", "ge": "at least"}
_WANTED = {
    "int": "a whole number",
    "string": "text",
    "mapping": 'names with their values, such as {"persona": "finance"}',
    "dict": 'names with their values, such as {"persona": "finance"}',
}
Answer = dict[str, Any]
Kind = Literal["objection", "question", "competitor"]
Where = Annotated[
    Mapping[str, str],
    Field(
        description="filters as name: value; several values of one name are separated by commas. `about` tells the names and values"
    ),
]
Days = Annotated[
    int | None, Field(ge=1, le=3660, description="length of the two windows compared; Parley chooses without it")
]
Few = Annotated[int, Field(ge=1, le=50)]


def register(app: typer.Typer) -> None:
    app.command()(mcp)


def mcp() -> None:
    """Serve assistants that speak the Model Context Protocol, over standard input and output; nothing can be changed.

    An assistant starts this command itself. Give it PARLEY_HOME and, where you have accounts, PARLEY_TOKEN: a token to
    read of the person who asks (`parley tokens create`). Without one it asks as this machine's owner, like the terminal.
    Quotes are masked as in exports, and come with the address of their page.

    Example, as most assistants are told: `{"command": "/srv/parley/.venv/bin/parley", "args": ["mcp"], "env": {"PARLEY_HOME": "/var/lib/parley"}}`
    """
    try:
        import mcp.server.mcpserver as _  # noqa: F401
    except ImportError:
        raise fail(
            "This needs an extra that is not installed. In the folder of Parley: .venv/bin/pip install '.[mcp]'"
        ) from None
    from api import assistants
    from pipelines.jobs import now
    from pipelines.store import connect_to_read

    ours = settings()
    connect_to_read(ours.database_file).close()  # a mistyped home must not make an empty database
    prepare_database(ours.database_file)
    base = ours.public_url or f"http://{ours.host}:{ours.port}"
    desk = assistants.Desk(
        ours.database_file, ours.token.get_secret_value(), base, lambda: datetime.now(UTC).date(), now
    )
    who = assistants.greet(desk)
    print(f"Parley answers assistants on standard input and output, as {who}. It ends with them.", file=sys.stderr)
    server(desk).run()


def server(desk: "Desk") -> "MCPServer[Any]":
    """The server with its tools; each answers one question."""
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp_types import ToolAnnotations

    from api import assistants

    tools = _tools(desk)
    takes = {tool.__name__: [*signature(tool).parameters] for tool in tools}

    class Server(MCPServer[Any]):
        """One whose arguments' faults are told with what to give instead."""

        async def call_tool(
            self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
        ) -> Any:
            taken = takes.get(name, [*arguments])
            for one in arguments:
                if one not in taken:  # left out, a filter in the wrong place would be a figure of everything
                    told = f": {', '.join(taken)}" if taken else " none"
                    raise ToolError(f"`{one}` is no argument of {name}. It takes{told}.")
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                if isinstance(error.__cause__, ValidationError):
                    raise ToolError(" ".join(map(_instead, error.__cause__.errors()))) from error
                raise

    made: MCPServer[Any] = Server(
        "parley", title="Parley", version=version("parley"), instructions=assistants.INSTRUCTIONS, log_level="CRITICAL"
    )
    for tool in tools:
        made.add_tool(
            tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False), structured_output=True
        )
    return made


def _instead(fault: Mapping[str, Any]) -> str:
    """What is wrong with an argument and what to give, as a sentence or two."""
    name, kind, limits = fault["loc"][0], fault["type"], fault.get("ctx", {})
    if kind == "missing":
        return f"`{name}` is missing. Give it; the tool's description says what it is."
    if "expected" in limits:
        wanted = limits["expected"]
    elif edge := next((f"{words} {limits[at]}" for at, words in _EDGES.items() if at in limits), ""):
        wanted = f"a number of {edge}"
    else:
        wanted = next(
            (words for start, words in _WANTED.items() if kind.startswith(start)), "what the description says"
        )
    given = repr(fault["input"])
    shown = given if len(given) <= MOST_SHOWN else f"{given[:MOST_SHOWN]}…"
    return f"`{name}` cannot be {shown}. Give {wanted}."


def _tools(desk: "Desk") -> list[Callable[..., Answer]]:
    from api import assistants
    from api.assistants import asked

    def about() -> Answer:
        """What Parley holds: how many conversations until which day, and the filters with their values. Start here."""
        with asked(desk) as one:
            return assistants.about(one)

    def list_themes(kind: Kind | None = None, filters: Where = {}, limit: Few = 25) -> Answer:  # noqa: B006
        """Themes (groups of objections, of questions, or competitors), those in most conversations first."""
        with asked(desk) as one:
            return assistants.listed(one, kind or "", filters, limit)

    def get_theme(theme: Annotated[int, Field(ge=1, le=2**62)], filters: Where = {}) -> Answer:  # noqa: B006
        """One theme by its number: its share now and before with verdict and interval, and quotes with their address."""
        with asked(desk) as one:
            return assistants.theme(one, theme, filters)

    def trend_report(
        kind: Literal["objection", "question", "competitor", "tracker"], filters: Where = {}, by: str = "",  # noqa: B006
        days: Days = None, unit: Literal["conversation", "account", "deal"] = "conversation",
        windows: Literal["rolling", "quarter"] = "rolling",
    ) -> Answer:  # fmt: skip
        """What changed, in sentences with how sure they are, and every theme's share now and before. `by` splits each theme by
        a field, such as persona, stage or segment."""
        with asked(desk) as one:
            return assistants.trends(one, kind, filters, by, days, unit, windows)

    def search_quotes(
        text: str, by: Literal["words", "meaning"] = "meaning", kind: Kind | None = None, filters: Where = {},  # noqa: B006
        limit: Few = 10, after: str = "",
    ) -> Answer:  # fmt: skip
        """Quotes of buyers by what they mean, or by words that must all occur. Names are masked as in exports; each has the
        address of its page. `after` takes `next` of the answer before."""
        with asked(desk) as one:
            return assistants.quotes(one, text, by, kind or "", filters, limit, after)

    def competitors(filters: Where = {}, days: Days = None) -> Answer:  # noqa: B006
        """Competitors and other alternatives: how often each is named, whether that changed, and how deals end beside it."""
        with asked(desk) as one:
            return assistants.competitors(one, filters, days)

    def content_plan(filters: Where = {}, limit: Few = 10) -> Answer:  # noqa: B006
        """What to write next, the most urgent first, with what each score rests on."""
        with asked(desk) as one:
            return assistants.next_pieces(one, filters, limit)

    tools = (about, list_themes, get_theme, trend_report, search_quotes, competitors, content_plan)
    return [_told(tool) for tool in tools]


def _told(tool: Callable[P, Answer]) -> Callable[P, Answer]:
    """A tool whose known errors reach the assistant as the sentence that they are."""
    from mcp.server.mcpserver.exceptions import ToolError

    from api.errors import RequestError
    from insights.errors import InsightsError

    @wraps(tool)
    def run(*given: P.args, **named: P.kwargs) -> Answer:
        try:
            return tool(*given, **named)
        except (InsightsError, RequestError) as error:
            raise ToolError(str(error)) from error

    return run
