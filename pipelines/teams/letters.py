"""A digest as people get it: a mail in text and HTML, and what a webhook is posted. All three say the same.

Nothing that a customer said is markup: HTML is escaped, and Slack's and Teams' own signs are taken out of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from html import escape

from insights.errors import InsightsError

NOTHING = "Nothing changed that is unlikely to be chance."
_NO_QUOTES = ("comment:", "asked:", "published:", "proposal:", "name:")  # keys of what is told besides changes
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


class BadSender(InsightsError):
    """PARLEY_MAIL_FROM is no mail address."""

    def __init__(self) -> None:
        super().__init__("No sender is set. Set PARLEY_MAIL_FROM, for instance Parley <parley@example.com>.")


@dataclass(frozen=True, slots=True)
class Item:
    """One change in words: `new` since the last digest, its quotes as (words, who said it), and where its evidence is
    (an absolute address, or a path where Parley's own address is not known). `key` is the same as long as the same is
    said."""

    sentence: str
    link: str
    quotes: tuple[tuple[str, str], ...] = ()
    new: bool = False
    key: str = ""

    @property
    def leads(self) -> str:
        """What stands on its link: comments, requests, pages and proposals have no quotes of their own."""
        return "Open it" if self.key.startswith(_NO_QUOTES) else "See the quotes"


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest ready to be sent. `about` says what was looked at, `foot` who set it up and where it can be stopped,
    `nothing` that there is nothing to tell."""

    subject: str
    about: str
    items: tuple[Item, ...]
    foot: tuple[str, ...]
    link: str
    nothing: str = NOTHING


def text(letter: Letter) -> str:
    lines = [letter.about, ""]
    for n, item in enumerate(letter.items, 1):
        lines.append(f"{n}. {'New: ' if item.new else ''}{item.sentence}")
        lines += [f"   “{_line(words)}” — {who}" for words, who in item.quotes]
        lines += [f"   {item.link}", ""]
    if not letter.items:
        lines += [letter.nothing, ""]
    return "\n".join([*lines, "--", *letter.foot, letter.link, ""])


def html(letter: Letter) -> str:
    """A page for mail programs: styles stand in the tags, because many take a style sheet out; no picture, no
    tracking."""
    items = "".join(_item(item) for item in letter.items) or f"<p>{letter.nothing}</p>"
    foot = "<br>".join(escape(line) for line in letter.foot)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(letter.subject)}</title></head>"
        '<body style="margin:0;padding:24px;font:15px/1.5 -apple-system,Segoe UI,Roboto,Arial,sans-serif">'
        f'<div style="max-width:600px;margin:0 auto"><h1 style="font-size:20px;margin:0 0 4px">{escape(letter.subject)}</h1>'
        f'<p style="margin:0 0 20px;opacity:.7">{escape(letter.about)}</p>{items}'
        f'<p style="margin:24px 0 0;padding-top:12px;border-top:1px solid #bbb;font-size:13px;opacity:.7">{foot}<br>'
        f"{_anchor(letter.link, letter.link)}</p></div></body></html>"
    )


def message(letter: Letter, *, sender: str, to: str, key: str) -> EmailMessage:
    """The mail to one person. Raises BadSender."""
    name, address = parseaddr(sender)
    if not MAIL_ADDRESS.fullmatch(address):
        raise BadSender()
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # not every server takes 8-bit text (RFC 6152)
    user, _, domain = address.rpartition("@")
    mail["From"] = Address(_line(name), user, domain)
    mail["To"] = to
    mail["Subject"] = _line(letter.subject)
    mail["Message-ID"] = f"<{key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(text(letter))
    mail.add_alternative(html(letter), subtype="html")
    return mail


def payload(letter: Letter, form: str, *, key: str) -> dict:
    """What a webhook is posted: "json" for programs, "slack" (Block Kit; Mattermost and others take it), "teams" (an
    Adaptive Card, as Teams' workflows expect it)."""
    return {"slack": _slack, "teams": _teams}[form](letter) if form in ("slack", "teams") else _json(letter, key)


def _json(letter: Letter, key: str) -> dict:
    changes = [
        {
            "key": item.key, "sentence": item.sentence, "new": item.new, "link": item.link,
            "quotes": [{"text": words, "source": who} for words, who in item.quotes],
        }
        for item in letter.items
    ]  # fmt: skip
    return {
        "type": "digest", "id": key, "title": letter.subject, "about": letter.about, "changes": changes,
        "link": letter.link,
    }  # fmt: skip


def _slack(letter: Letter) -> dict:
    blocks: list[dict] = [{"type": "header", "text": {"type": "plain_text", "text": letter.subject[:150]}}]
    blocks.append({"type": "context", "elements": [_mrkdwn(_plain_slack(letter.about))]})
    for item in letter.items:
        said = [f"{'*New:* ' if item.new else ''}{_plain_slack(item.sentence)}"]
        said += [f"> “{_plain_slack(_line(words))}” — {_plain_slack(who)}" for words, who in item.quotes]
        said += [f"<{item.link}|{item.leads}>"] if _is_web(item.link) else []
        blocks.append({"type": "section", "text": _mrkdwn("\n".join(said)[:2900])})
    if not letter.items:
        blocks.append({"type": "section", "text": _mrkdwn(letter.nothing)})
    blocks.append({"type": "context", "elements": [_mrkdwn(_plain_slack(" ".join([*letter.foot, letter.link])))]})
    return {"text": letter.subject, "blocks": blocks}


def _teams(letter: Letter) -> dict:
    body: list[dict] = [
        {"type": "TextBlock", "text": _plain_teams(letter.subject), "weight": "Bolder", "size": "Medium", "wrap": True},
        {"type": "TextBlock", "text": _plain_teams(letter.about), "isSubtle": True, "wrap": True},
    ]
    for item in letter.items:
        link = f" [{item.leads}]({item.link})" if _is_web(item.link) else ""
        told = f"{'**New:** ' if item.new else ''}{_plain_teams(item.sentence)}{link}"
        body.append({"type": "TextBlock", "text": told, "wrap": True, "spacing": "Medium"})
        for words, who in item.quotes:
            said = f"“{_plain_teams(_line(words))}” — {_plain_teams(who)}"
            body.append({"type": "TextBlock", "text": said, "wrap": True, "isSubtle": True, "spacing": "Small"})
    if not letter.items:
        body.append({"type": "TextBlock", "text": letter.nothing, "wrap": True})
    body.append(
        {
            "type": "TextBlock",
            "text": _plain_teams(" ".join(letter.foot)),
            "wrap": True,
            "isSubtle": True,
            "size": "Small",
        }
    )
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4"}
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": {**card, "body": body},
    }
    return {"type": "message", "attachments": [attachment]}


def _item(item: Item) -> str:
    new = '<strong style="color:#3d5a98">New</strong> · ' if item.new else ""
    quotes = "".join(
        f'<blockquote style="margin:8px 0 0;padding-left:12px;border-left:3px solid #bbb">“{escape(_line(words))}”'
        f'<br><span style="opacity:.7;font-size:13px">{escape(who)}</span></blockquote>'
        for words, who in item.quotes
    )
    link = f'<p style="margin:6px 0 0;font-size:13px">{_anchor(item.link, item.leads)}</p>'
    return f'<div style="margin:0 0 20px"><p style="margin:0">{new}{escape(item.sentence)}</p>{quotes}{link}</div>'


def _anchor(address: str, told: str) -> str:
    return (
        f'<a href="{escape(address)}" style="color:#3d5a98">{escape(told)}</a>' if _is_web(address) else escape(address)
    )


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _mrkdwn(told: str) -> dict:
    return {"type": "mrkdwn", "text": told}


def _plain_slack(told: str) -> str:
    """Slack's three control signs, as its manual says; the marks of bold and the like are broken by a joiner."""
    safe = told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([*_~`])", "\u2060\\1\u2060", safe)


def _plain_teams(told: str) -> str:
    return re.sub(r"([\\*_\[\]()#`])", r"\\\1", told)


def _line(told: str) -> str:
    return " ".join(told.split())


def subject(title: str, items: Sequence[Item], *, apart: bool = False) -> str:
    """ "Objections this week: 3 changes"; of two groups that are held `apart`: "3 differences"."""
    what, none = ("difference", "no difference") if apart else ("change", "nothing changed")
    count = f"{len(items)} {what}{'' if len(items) == 1 else 's'}" if items else none
    return f"{title}: {count}"
