"""A quote as it is pasted elsewhere: plain text, Markdown and HTML, to the letter but for what is masked."""

import re
from html import escape

from pipelines.quoting import Taken

FORMATS = {"text": "Text", "markdown": "Markdown", "html": "HTML"}
_MARKUP = re.compile(r"([\\`*_\[\]<>|~]|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\s*)([-+=#]|\d+[.)])", re.M)


def rendered(taken: Taken, address: str) -> dict[str, str]:
    """The quote in every format; `address` is its permalink, which Markdown and HTML name as the source."""
    return {"text": text(taken), "markdown": markdown(taken, address), "html": html(taken, address)}


def text(taken: Taken) -> str:
    """“The words” — who said them."""
    line = f"\n— {taken.line}" if taken.line else ""
    return f"“{taken.words.text}”{line}"


def markdown(taken: Taken, address: str) -> str:
    """A block quote; nothing that a customer said is markup."""
    said = [f"> {line}".rstrip() for line in f"“{escaped(taken.words.text)}”".splitlines()]
    line = f"— {escaped(taken.line)} " if taken.line else ""
    return "\n".join([*said, ">", f"> {line}([source]({address}))"])


def html(taken: Taken, address: str) -> str:
    """A block quote with its source; what stands for masked words is marked as such."""
    words = "".join(
        f'<span title="left out">{escape(piece.text)}</span>' if piece.kind else escape(piece.text)
        for piece in taken.words.pieces
    ).replace("\n", "<br>\n")
    line = f"— {escape(taken.line)} " if taken.line else ""
    source = f'<a href="{escape(address)}">source</a>'
    return f'<blockquote cite="{escape(address)}" dir="auto"><p>“{words}”</p><footer>{line}({source})</footer></blockquote>'


def escaped(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text.replace("\x00", "�")))
