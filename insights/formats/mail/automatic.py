"""Mails that no person wrote: bounces, out-of-office replies, calendar notices, newsletters, notifications.

A mail to a group address such as sales@ carries a mailing list's headers too and is a customer's all the same; what
gives a newsletter away is that nobody can answer to its list and that it answers nobody.
"""

import re
from email.message import Message

from insights.formats.mail.messages import header, leaves, people

_ROBOT = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?|auto-?(?:reply|responder))\b", re.I
)
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|bounces?)\b", re.I)
# "Out of office" alone may be the subject of a person's mail; with a colon, or alone, a program wrote it.
_AWAY = re.compile(
    r"^\s*(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response)|autoreply|abwesend|abwesenheit"
    r"(?:snotiz|sassistent)?|automatische antwort|réponse automatique|absence du bureau|respuesta automática"
    r"|fuera de la oficina|resposta automática|risposta automatica|fuori sede|automatisch antwoord|afwezig(?:heid)?"
    r"|autosvar|automatiskt svar|automatisk svar|odpowiedź automatyczna|автоответ|自动回复|自動回覆|自動応答)"
    r"(?:\s*$|\s*[:：(\[]|\s+(?:re|aw)\s*:)",
    re.I,
)
_BOUNCE = re.compile(
    r"^\s*(?:undeliver(?:able|ed)(?: mail)?(?:\s*$|\s*:| returned)|delivery (?:status notification|failure(?:\s*$|\s*[:(])|has failed)"
    r"|mail delivery (?:failed|subsystem|failure)|returned mail\s*:|failure notice\s*$|unzustellbar\s*:|mail could not be delivered)",
    re.I,
)
_MEETING = re.compile(
    r"^\s*(?:(?:accepted|declined|tentative(?:ly accepted)?|cancell?ed(?: event)?|updated invitation|invitation|new time"
    r" proposed|zugesagt|abgesagt|mit vorbehalt|einladung|accepté|refusé|aceptad[oa]|rechazad[oa])\s*:)",
    re.I,
)


def kind_of(message: Message) -> str:
    """What kind of automatic mail this is, in a person's words; "" for one that somebody may have written."""
    subject = header(message, "Subject")
    sender = next((person.address for person in people(message, "From")), "")
    return (
        _report(message, subject, sender)
        or _calendar(message, subject)
        or _away(message, subject)
        or ("a delivery report" if header(message, "Return-Path") == "<>" else "")
        or _mass(message)
        or ("a notification from an address that takes no answers" if _ROBOT.match(sender) else "")
    )


def by_heading(subject: str, sender: str) -> str:
    """The same from what a CRM keeps of a mail: its subject and its sender's address."""
    if _BOUNCE.match(subject) or _DAEMON.match(sender):
        return "a delivery report"
    if _AWAY.match(subject):
        return "an automatic reply, such as an out-of-office note"
    return "a notification from an address that takes no answers" if _ROBOT.match(sender) else ""


def _report(message: Message, subject: str, sender: str) -> str:
    if message.get_content_type() == "multipart/report":
        receipt = "disposition" in str(message.get_param("report-type", ""))
        return "a read receipt" if receipt else "a delivery report"
    bounced = _BOUNCE.match(subject) or _DAEMON.match(sender) or header(message, "X-Failed-Recipients")
    return "a delivery report" if bounced else ""


def _calendar(message: Message, subject: str) -> str:
    """A mail program's invitation or answer to one; a file from a calendar that somebody attached is none."""
    shown = any(
        part.get_content_type() == "text/calendar" and part.get_content_disposition() != "attachment"
        for part in leaves(message)
    )
    alone = message.get_content_type() == "text/calendar"
    return "a calendar notice" if alone or (shown and (_MEETING.match(subject) or not _answers(message))) else ""


def _away(message: Message, subject: str) -> str:
    submitted = header(message, "Auto-Submitted").casefold()
    replied = any(header(message, name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
    if _AWAY.match(subject) or replied or submitted.startswith("auto-replied"):
        return "an automatic reply, such as an out-of-office note"
    if header(message, "Precedence").casefold() == "auto_reply":
        return "an automatic reply, such as an out-of-office note"
    if submitted and not submitted.startswith(("no", "auto-forwarded")):
        return "a notification that a program sent"
    return ""


def _mass(message: Message) -> str:
    if header(message, "List-Post"):
        return ""
    bulk = header(message, "Precedence").casefold() in ("bulk", "junk")
    listed = bool(header(message, "List-Unsubscribe")) and not _answers(message)
    return "a newsletter or another mass mail" if bulk or listed else ""


def _answers(message: Message) -> bool:
    return bool(header(message, "In-Reply-To") or header(message, "References"))
