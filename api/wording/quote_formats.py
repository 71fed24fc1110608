"""A quote as it is pasted elsewhere: plain text, Markdown and HTML, to the letter but for what is masked and where
lines break.

A mail breaks its lines where the writer's window ended: that is no part of what was said, so a copied quote is one
paragraph.
"""

import re
from html import escape

from insights.wording import between
from pipelines.quotes.quoting import Taken

FORMATS = {"text": "Text", "markdown": "Markdown", "html": "HTML"}
_BREAK = re.compile(r"[ \t]*(?:\r\n|[\n\r\v\f\x85\u2028\u2029])\s*")
_MARKUP = re.compile(r"([\\`*_\[\]<>|~]|&(?=#?\w+;))")
_LINE_START = re.compile(r"^(\s*)([-+=#]|\d+[.)])", re.M)


def rendered(taken: Taken, address: str) -> dict[str, str]:
    """The quote in every format; `address` is its permalink, which Markdown and HTML name as the source, "" for
    none."""
    return {"text": text(taken), "markdown": markdown(taken, address), "html": html(taken, address)}


def text(taken: Taken) -> str:
    """“The words” — who said them."""
    line = f"\n— {taken.line}" if taken.line else ""
    return f"{between(one_paragraph(taken.words.text), taken.cut)}{line}"


def markdown(taken: Taken, address: str) -> str:
    """A block quote; nothing that a customer said is markup."""
    said = f"> {between(escaped(one_paragraph(taken.words.text)), taken.cut)}"
    line = f"— {escaped(taken.line)} " if taken.line else ""
    foot = (line + (f"([source]({address}))" if address else "")).strip()
    return "\n".join([said, *([">", f"> {foot}"] if foot else [])])


def html(taken: Taken, address: str) -> str:
    """A block quote with its source; what stands for masked words is marked as such."""
    words = "".join(
        f'<span title="left out">{escape(piece.text)}</span>' if piece.kind else escape(piece.text)
        for piece in taken.words.pieces
    )
    line = f"— {escape(taken.line)} " if taken.line else ""
    foot = (line + (f'(<a href="{escape(address)}">source</a>)' if address else "")).strip()
    cite = f' cite="{escape(address)}"' if address else ""
    return f'<blockquote{cite} dir="auto"><p>{between(one_paragraph(words), taken.cut)}</p>{f"<footer>{foot}</footer>" if foot else ""}</blockquote>'


def one_paragraph(text: str) -> str:
    """The words without the lines that a mail broke them into."""
    return _BREAK.sub(" ", text)


def escaped(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", text.replace("\x00", "�")))
