"""Hand one message to a mail server or a webhook. The only place that talks to another machine, and only for digests
and for changes of signals.

What one would get wrong: a message that may have arrived is not one that failed. `Refused` says that it certainly did
not arrive, `Unclear` that nobody knows; only the first is tried again. No error ever holds a password.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import smtplib
import socket
import ssl
import string
from contextlib import suppress
from email.message import EmailMessage
from threading import Timer
from urllib.parse import SplitResult, quote, unquote, urlsplit

from insights.errors import InsightsError

SECONDS = 15.0
MOST_SECONDS = 30.0
SIGNATURE, DELIVERY = "X-Parley-Signature-256", "X-Parley-Delivery"
PERMANENT = range(500, 600)  # of SMTP's answers (RFC 5321, 4.2.1)
AGAIN = (408, 425, 429)  # of HTTP's 4xx answers those that ask for patience
WHERE = "Set PARLEY_SMTP_URL, for instance smtp://user:password@mail.example.com:587, and PARLEY_MAIL_FROM."


class Refused(InsightsError):
    """A message certainly did not arrive; `again` says whether trying later may help."""

    def __init__(self, told: str, *, again: bool):
        super().__init__(told)
        self.again = again


class Unclear(InsightsError):
    """Nobody knows whether a message arrived."""


def mail(message: EmailMessage, smtp_url: str) -> None:
    """Hand a message to the mail server. Raises Refused or Unclear."""
    parts = _server(smtp_url)
    secrets = [part for part in (parts.password, unquote(parts.password or ""), smtp_url) if part]
    try:
        server = _connect(parts)
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(f"The mail server {parts.hostname}: {_redacted(error, secrets)}", again=_again(error)) from None
    try:
        _submit(server, message, parts, secrets)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.close()


def _connect(parts: SplitResult) -> smtplib.SMTP:
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif parts.scheme == "smtp" and parts.username and not _is_loopback(host):
            told = "it offers no encryption, so the password is not sent. Use smtps:// or another port"
            raise smtplib.SMTPException(told)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _submit(server: smtplib.SMTP, message: EmailMessage, parts: SplitResult, secrets: list[str]) -> None:
    sender, to = _address(message["From"]), _address(message["To"])
    begun = False
    try:
        for code, answer in (server.mail(sender), server.rcpt(to)):
            if code not in (250, 251):
                raise smtplib.SMTPResponseException(code, answer)
        begun = True
        code, answer = server.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n")))
        if code != 250:
            raise smtplib.SMTPResponseException(code, answer)
    except smtplib.SMTPResponseException as error:
        said = f"The mail server {parts.hostname} refused it: {_redacted(error, secrets)}"
        raise Refused(said, again=_again(error)) from None
    except (OSError, smtplib.SMTPException) as error:
        told = f"The mail server {parts.hostname}: {_redacted(error, secrets)}"
        if begun:
            raise Unclear(f"{told}. It may have arrived.") from None
        raise Refused(told, again=True) from None
    with suppress(OSError, smtplib.SMTPException):
        server.quit()


def webhook(url: str, payload: dict, *, secret: str, delivery: str) -> None:
    """Post JSON, signed with HMAC-SHA256 over the body. Redirects are not followed, the answer's body is not read.

    Raises Refused or Unclear.
    """
    body = json.dumps(payload, ensure_ascii=False).encode()
    signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8", "User-Agent": "Parley", SIGNATURE: f"sha256={signed}",
        DELIVERY: delivery, "Connection": "close",
    }  # fmt: skip
    parts = checked(url)
    where = quote(f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", safe=string.punctuation)
    connection = _open(parts)
    clock = Timer(MOST_SECONDS, _cut, [connection])  # a server that drips a byte now and then never times out by itself
    clock.daemon = True
    clock.start()
    try:
        connection.request("POST", where, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"{parts.hostname} did not answer ({_kind(error)}). It may have arrived.") from None
    finally:
        clock.cancel()
        connection.close()
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise Refused(
            f"{parts.hostname} redirects elsewhere ({status}); give the address that it leads to.", again=False
        )
    raise Refused(f"{parts.hostname} answered {status}.", again=status >= 500 or status in AGAIN)


def checked(url: str) -> SplitResult:
    """The parts of a webhook's address. Raises Refused for what is no plain http(s) address."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or parts.username or any(c <= " " or c == "\x7f" for c in url.strip()):
        raise Refused("A webhook's address begins with https:// or http:// and holds no user name.", again=False)
    return parts


# Of Amazon, Alibaba, Oracle, Google and Microsoft, where they are not link-local.
METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "192.0.0.192", "fd20:ce::254", "168.63.129.16"})
COMPATIBLE = ipaddress.IPv6Network("::/96")
# RFC 6052, RFC 8215 and RFC 2765.
TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::ffff:0:0:0/96")))


def check_address(address: str) -> None:
    """Raise Refused for an address of the link itself: there live the metadata services of clouds, which hold secrets.

    Private networks are allowed: chat servers stand there.
    """
    ip = _within(ipaddress.ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) in METADATA:
        raise Refused(f"{address} is a link-local or metadata address; Parley sends nothing there.", again=False)


def _within(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The old address that a new one carries: mapped, compatible, translated or tunnelled (6to4)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    carried = ip.ipv4_mapped or ip.sixtofour
    if carried is None and (any(ip in one for one in TRANSLATED) or (ip in COMPATIBLE and int(ip) > 1)):
        carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return carried or ip


def _open(parts: SplitResult) -> http.client.HTTPConnection:
    """A connection to an address that was looked at: what a name means may not change between the look and the call."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(f"There is no machine named {parts.hostname}.", again=True) from None
    for *_, place in found:
        check_address(str(place[0]))
    plain = _connected(str(parts.hostname), [place[:2] for *_, place in found])
    plain.settimeout(SECONDS)
    if parts.scheme == "http":
        connection = http.client.HTTPConnection(parts.hostname or "", port)
        connection.sock = plain
        return connection
    secure = http.client.HTTPSConnection(parts.hostname or "", port)
    try:
        secure.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except (OSError, ValueError) as error:
        plain.close()
        raise Refused(f"{parts.hostname} cannot be reached safely ({_kind(error)}).", again=True) from None
    return secure


def _connected(name: str, places: list) -> socket.socket:
    """A connection to the first of these addresses that answers; a name may have one of each kind."""
    trouble: OSError = TimeoutError()
    for place in places[:4]:
        try:
            return socket.create_connection(place, timeout=SECONDS / len(places[:4]))
        except OSError as error:
            trouble = error
    raise Refused(f"{name} cannot be reached ({_kind(trouble)}).", again=True)


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _server(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not url:
        raise Refused(f"No mail server is set. {WHERE}", again=False)
    if not good:
        raise Refused(f"The mail server's address cannot be read. {WHERE}", again=False)
    return parts


def _again(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPAuthenticationError | ssl.SSLCertVerificationError):
        return False
    return not (isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in PERMANENT)


def _redacted(error: Exception, secrets: list[str]) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it does not take the user name and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        said = (
            error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        )
        text = f"{error.smtp_code} {' '.join(said.split())[:200]}"
    elif isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        text = _kind(error)
    else:
        text = " ".join(str(error).split())[:200]
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _kind(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "no answer in time"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ConnectionRefusedError():
            return "connection refused"
        case OSError() if error.strerror:
            return error.strerror
    return type(error).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(header: object) -> str:
    return header.addresses[0].addr_spec  # type: ignore[attr-defined]
