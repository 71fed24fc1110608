"""Templates to HTML: one environment, everything escaped, every undefined name an error."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from api import sparks
from api.exports import LISTED, NAMES
from api.gate.who import visit
from api.views import place
from api.wording import words
from pipelines.teams.comments import may_take_back


class _Kept(jinja2.FileSystemBytecodeCache):
    """Compiled templates beside the templates, as Python keeps its own: to compile all takes as long as ten pages.
    Where they cannot be written (somebody else's folder, a full disk), nothing is kept."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def environment() -> jinja2.Environment:
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("api"),
        bytecode_cache=_Kept(str(Path(__file__).parent / "templates" / "__pycache__")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        percent=words.percent, points=words.points, day=words.day, span=words.span, number=words.number, plural=words.plural,
        clock=words.clock, human=words.human, label=words.label, moment=words.moment, who=words.door,
    )  # fmt: skip
    env.globals.update(
        link=words.link,
        words=words,
        spark=sparks.spark,
        bar_of=sparks.bar,
        odds_of=sparks.odds,
        visit=visit,
        may_take_back=may_take_back,
        may_open=place.may_open,
        formats=tuple(NAMES.items()),
        listed_formats=tuple((name, NAMES[name]) for name in LISTED if name != "json"),
    )
    return env


def render(template: str, *, path: str, **values: Any) -> str:
    """A page as text; `path` is the address it is shown at."""
    return environment().get_template(template).render(path=path, **values)
