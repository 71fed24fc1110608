"""Messages against a real mail server and a real web server on this machine: taken, refused, slow, gone."""

import email
import hashlib
import hmac
import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipelines.store.filters import literal
from pipelines.teams import digest_plans, letters, sending
from pipelines.teams.letters import Item, Letter
from tests.waiting import LONGEST_S, until

LETTER = Letter(
    "Weekly: 1 change", "Objections, as of 3 Mar 2026.",
    (Item("“Price <b>” rose.", "https://parley.example/themes/1", (("<!channel> *too* dear & [more]", "CFO, Retail"),), True),),
    ("Set up by Ines.",), "https://parley.example/reports/saved/digests/1",
)  # fmt: skip
SENDER = "Parley <parley@sender.example>"


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def mail_server(
    taken: list, *, answers: dict[str, str] | None = None, hang_up_at: str = ""
) -> socketserver.ThreadingTCPServer:
    """A mail server that takes messages into `taken`; `answers` by command replace "250 ok", at `hang_up_at` it goes."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say(told.get("CONNECT", "220 here"))
            for line in self.rfile:
                command = line.decode().split()[0].upper().strip()
                if command == hang_up_at:
                    return
                self.say(told.get(command, "250 ok"))
                if command == "QUIT":
                    return
                if command == "DATA" and "DATA" not in (answers or {}):
                    taken.append(self.message())
                    if hang_up_at == ".":
                        return
                    self.say(told.get(".", "250 taken"))

        def message(self) -> str:
            lines = []
            for line in self.rfile:
                if line == b".\r\n":
                    return b"".join(lines).decode()
                lines.append(line)
            return ""

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    told = {"DATA": "354 go on", "QUIT": "221 bye", **(answers or {})}
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    server.daemon_threads = True
    return server


def web_server(
    asked: list, *, status: int = 200, headers: tuple = (), silent: threading.Event | None = None
) -> ThreadingHTTPServer:
    """A server that takes what is posted into `asked`; with `silent` it says nothing until that is set, then hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, dict(self.headers), body))
            if silent:
                silent.wait(LONGEST_S)
                return
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server


def send_mail(port: int, *, user: str = "") -> None:
    mail = letters.message(LETTER, sender=SENDER, to="kim@reader.example", key="k1")
    sending.mail(mail, f"smtp://{user}127.0.0.1:{port}")


def post(port: int, form: str = "json", path: str = "/hook?key=1") -> None:
    sending.webhook(
        f"http://127.0.0.1:{port}{path}", letters.payload(LETTER, form, key="k1"), secret="s3", delivery="k1"
    )


def test_a_mail_arrives_with_text_and_html_that_say_the_same():
    taken: list[str] = []
    with serving(mail_server(taken)) as port:
        send_mail(port)
    mail = email.message_from_string(taken[0], policy=default)
    assert (mail["To"], mail["From"], mail["Subject"]) == ("kim@reader.example", SENDER, "Weekly: 1 change")
    assert mail["Message-ID"] == "<k1@sender.example>" and mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "New: “Price <b>” rose." in text and "https://parley.example/themes/1" in text
    assert "“Price &lt;b&gt;” rose." in html and "<img" not in html and "http-equiv" not in html
    assert "reports/saved/digests/1" in text and "reports/saved/digests/1" in html


@pytest.mark.parametrize(
    ("answers", "again", "says"),
    [
        ({"CONNECT": "554 not you"}, False, "554"),
        ({"CONNECT": "421 later"}, True, "421"),
        ({"RCPT": "550 no such person"}, False, "550 no such person"),
        ({"RCPT": "450 mailbox busy"}, True, "450"),
        ({"DATA": "552 too much"}, False, "552"),
        ({".": "451 try later"}, True, "451"),
    ],
)
def test_what_a_mail_server_refuses_is_told_with_whether_to_try_again(answers, again, says):
    with serving(mail_server([], answers=answers)) as port, pytest.raises(sending.Refused, match=says) as told:
        send_mail(port)
    assert told.value.again is again


@pytest.mark.parametrize("hang_up_at", ["EHLO", "MAIL", "RCPT"])
def test_a_mail_server_that_goes_before_the_message_has_not_taken_it(hang_up_at):
    with serving(mail_server([], hang_up_at=hang_up_at)) as port, pytest.raises(sending.Refused) as told:
        send_mail(port)
    assert told.value.again


def test_a_mail_server_that_goes_after_the_message_may_have_taken_it():
    taken: list[str] = []
    with serving(mail_server(taken, hang_up_at=".")) as port, pytest.raises(sending.Unclear, match="may have arrived"):
        send_mail(port)
    assert len(taken) == 1


def test_a_password_is_in_no_error():
    answers = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "535 hunter2 is wrong"}
    with serving(mail_server([], answers=answers)) as port, pytest.raises(sending.Refused) as told:
        send_mail(port, user="kim:hunter2@")
    assert (
        "hunter2" not in str(told.value) and "does not take the user name" in str(told.value) and not told.value.again
    )


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example:x"])
def test_a_mail_server_that_is_not_set_is_told_how_to_set(url):
    with pytest.raises(sending.Refused, match="PARLEY_SMTP_URL"):
        sending.mail(letters.message(LETTER, sender=SENDER, to="a@b.example", key="k"), url)


def test_a_sender_that_is_no_address_is_told():
    with pytest.raises(letters.BadSender, match="PARLEY_MAIL_FROM"):
        letters.message(LETTER, sender="Parley", to="a@b.example", key="k")


def test_a_webhook_is_posted_json_signed_with_its_secret():
    asked: list = []
    with serving(web_server(asked)) as port:
        post(port)
    ((path, headers, body),) = asked
    assert path == "/hook?key=1" and json.loads(body)["changes"][0]["sentence"] == "“Price <b>” rose."
    expected = hmac.new(b"s3", body, hashlib.sha256).hexdigest()
    assert headers["X-Parley-Signature-256"] == f"sha256={expected}" and headers["X-Parley-Delivery"] == "k1"


@pytest.mark.parametrize("form", ["slack", "teams"])
def test_chat_services_get_their_own_form_in_which_a_customer_cannot_call_everybody(form):
    asked: list = []
    with serving(web_server(asked)) as port:
        post(port, form)
    told = json.loads(asked[0][2])
    text = json.dumps(told, ensure_ascii=False)
    if form == "slack":
        assert told["blocks"][0]["type"] == "header" and "<!channel>" not in text and "&lt;!channel&gt;" in text
    else:
        assert told["attachments"][0]["content"]["type"] == "AdaptiveCard" and "\\\\[more\\\\]" in text


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (404, False), (410, False), (408, True), (429, True), (500, True), (503, True)]
)
def test_what_a_webhook_refuses_is_told_with_whether_to_try_again(status, again):
    with serving(web_server([], status=status)) as port, pytest.raises(sending.Refused, match=str(status)) as told:
        post(port)
    assert told.value.again is again


@pytest.mark.parametrize(
    ("path", "asked_for"),
    [("/käse?q=ü%20", "/k%C3%A4se?q=%C3%BC%20"), ("/%0d%0aX-Own:1", "/%0d%0aX-Own:1"), ("/a'(b)[1]", "/a'(b)[1]")],
)
def test_a_path_is_asked_for_as_it_is_written_in_signs_that_may_travel(path, asked_for):
    asked: list = []
    with serving(web_server(asked)) as port:
        post(port, path=path)
    assert [(place, "X-Own" in headers) for place, headers, _ in asked] == [(asked_for, False)]


def test_a_redirect_is_not_followed():
    asked: list = []
    with serving(web_server(asked)) as inner:
        elsewhere = (("Location", f"http://127.0.0.1:{inner}/secret"),)
        with (
            serving(web_server([], status=302, headers=elsewhere)) as port,
            pytest.raises(sending.Refused, match="redirects"),
        ):
            post(port)
    assert asked == []


def test_a_slow_webhook_is_given_up_and_may_have_taken_it(monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    asked, over = [], threading.Event()
    with serving(web_server(asked, silent=over)) as port:
        with pytest.raises(sending.Unclear, match="no answer in time"):
            post(port)
        until(lambda: asked)
        over.set()
    assert len(asked) == 1


def test_a_server_that_drips_byte_by_byte_is_cut_off(monkeypatch):
    monkeypatch.setattr(sending, "MOST_SECONDS", 0.2)
    stop = threading.Event()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200:
                if stop.wait(0.02):
                    return
                try:
                    self.request.sendall(bytes([byte]))
                except OSError:
                    return

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    with serving(server) as port, pytest.raises(sending.Unclear):
        post(port)
    stop.set()


def test_a_closed_port_and_an_unknown_name_have_not_taken_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can
        with pytest.raises(sending.Refused, match="refused") as told:
            post(taken.getsockname()[1])
    assert told.value.again
    with pytest.raises(sending.Refused, match="no machine named"):
        sending.webhook("http://nowhere.invalid/x", {}, secret="s", delivery="d")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0/",
        "http://2852039166/", "http://0xA9FEA9FE/", "http://100.100.100.200/", "http://192.0.0.192/",
        "http://[64:ff9b::a9fe:a9fe]/", "http://[::169.254.169.254]/", "http://[2002:a9fe:a9fe::1]/",
    ],
)  # fmt: skip
def test_the_metadata_services_of_clouds_are_not_called_however_they_are_written(url):
    with pytest.raises(sending.Refused, match=r"link-local|no machine"):
        sending.webhook(url, {}, secret="s", delivery="d")


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.9", "127.0.0.1", "::1", "fd12::1", "93.184.216.34"])
def test_private_networks_are_allowed(address):
    sending.check_address(address)


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/passwd", "http://", "http://u:p@a.example/", "http://a.example/\r\nX: y", "x"],
)
def test_what_is_no_plain_web_address_is_refused(url):
    with pytest.raises(sending.Refused, match="begins with https://"):
        sending.checked(url)


def test_a_digests_line_reads_a_value_with_a_comma_as_it_is_written():
    segment = literal("Retail, wholesale")
    plan = digest_plans.Plan("Weekly", filters={"segment": segment}, this=f"segment:{segment}", that="segment:SMB")
    told = digest_plans.about(plan, "2026-03-02", "")
    assert "(Segment: Retail, wholesale)" in told and "Retail, wholesale against SMB" in told and "\\" not in told
