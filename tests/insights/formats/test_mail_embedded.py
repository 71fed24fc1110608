"""Quoted and forwarded mails: whose they are, when they were sent, and what they say. The examples are our own."""

import pytest

from insights.formats import markup
from insights.formats.mail import quoting
from insights.formats.mail.attribution import when
from insights.formats.mail.embedded import embedded_in

SENT = "2025-03-10T09:00:00+01:00"
ANN = ("Ann Lee", "ann@us.example")
HEADINGS = [
    ("On Mon, Mar 3, 2025 at 9:12 AM Ann Lee <ann@us.example> wrote:", ANN, "2025-03-03T09:12:00"),
    ("On Mon, Mar 3, 2025 at 9:12 AM Ann Lee <\nann@us.example> wrote:", ANN, "2025-03-03T09:12:00"),
    ("On Mar 3, 2025, at 9:12 PM, Ann Lee wrote:", ("Ann Lee", ""), "2025-03-03T21:12:00"),
    ('On Mon, Mar 3, 2025 at 9:12 AM -0800, "Ann Lee" <ann@us.example> wrote:', ANN, "2025-03-03T09:12:00-08:00"),
    (
        'On 3 Mar 2025 9:12 am, "Lee, Ann" <ann@us.example> wrote:',
        ("Lee, Ann", "ann@us.example"),
        "2025-03-03T09:12:00",
    ),
    ("On 2025-03-03 at 09:12, ann@us.example wrote:", ("ann@us.example", "ann@us.example"), "2025-03-03T09:12:00"),
    ("Am 03.03.2025 um 09:12 schrieb Ann Lee:", ("Ann Lee", ""), "2025-03-03T09:12:00"),
    ("Am Mo., 3. März 2025 um 09:12 Uhr schrieb Ann Lee <ann@us.example>:", ANN, "2025-03-03T09:12:00"),
    ("Ann Lee <ann@us.example> schrieb am Mo., 3. März 2025 um 09:12 Uhr:", ANN, "2025-03-03T09:12:00"),
    ("Le lun. 3 mars 2025 à 09:12, Ann Lee <ann@us.example> a écrit :", ANN, "2025-03-03T09:12:00"),
    ("El lun, 3 mar 2025 a las 9:12, Ann Lee (<ann@us.example>) escribió:", ANN, "2025-03-03T09:12:00"),
    ("Il giorno lun 3 mar 2025 alle ore 09:12 Ann Lee <ann@us.example> ha scritto:", ANN, "2025-03-03T09:12:00"),
    ("Em seg., 3 de mar. de 2025 às 09:12, Ann Lee <ann@us.example> escreveu:", ANN, "2025-03-03T09:12:00"),
    ("Op ma 3 mrt 2025 om 09:12 schreef Ann Lee <ann@us.example>:", ANN, "2025-03-03T09:12:00"),
    ("Den mån 3 mars 2025 kl 09:12 skrev Ann Lee <ann@us.example>:", ANN, "2025-03-03T09:12:00"),
    ("pon., 3 mar 2025 o 09:12 Ann Lee <ann@us.example> napisał(a):", ANN, "2025-03-03T09:12:00"),
    ("2025-03-03 9:12 GMT+01:00 Ann Lee <ann@us.example>:", ANN, "2025-03-03T09:12:00+01:00"),
]
BLOCKS = [
    "-----Original Message-----\nFrom: Ann Lee [mailto:ann@us.example]\nSent: Monday, March 3, 2025 9:12 AM\nTo: Bob\nSubject: Offer",
    "________________________________\nFrom: Ann Lee <ann@us.example>\nSent: Monday, March 3, 2025 9:12 AM\nTo: Bob\nSubject: Offer",
    "*Von:* Ann Lee <ann@us.example>\n*Gesendet:* Montag, 3. März 2025 09:12\n*An:* Bob\n*Betreff:* Offer",
    "De : Ann Lee <ann@us.example>\nEnvoyé : lundi 3 mars 2025 09:12\nÀ : Bob\nObjet : Offer",
    "De: Ann Lee <ann@us.example>\nEnviado el: lunes, 3 de marzo de 2025 9:12\nPara: Bob\nAsunto: Offer",
    "Da: Ann Lee <ann@us.example>\nInviato: lunedì 3 marzo 2025 09:12\nA: Bob\nOggetto: Offer",
    "Van: Ann Lee <ann@us.example>\nVerzonden: maandag 3 maart 2025 09:12\nAan: Bob\nOnderwerp: Offer",
    "Från: Ann Lee <ann@us.example>\nSkickat: den 3 mars 2025 09:12\nTill: Bob\nÄmne: Offer",
    "---------- Forwarded message ---------\nFrom: Ann Lee <ann@us.example>\nDate: Mon, Mar 3, 2025 at 9:12 AM\nSubject: Offer\n"
    "To: Bob <bob@acme.example>, Eve <eve@acme.example>,\n\tSam <sam@acme.example>",
    "Begin forwarded message:\n\nFrom: Ann Lee <ann@us.example>\nSubject: Offer\nDate: 3 March 2025 at 09:12:00\nTo: Bob",
]  # fmt: skip


def embedded(text):
    return embedded_in(quoting.split(text), before=SENT)


@pytest.mark.parametrize(("heading", "who", "sent_at"), HEADINGS)
def test_the_line_above_a_quotation_names_its_author_and_date(heading, who, sent_at):
    (found,) = embedded(f"Too dear.\n\n{heading}\n> Our offer stands.\n")
    assert ((found.sender.name, found.sender.address), found.sent_at) == (who, sent_at)
    assert [piece.text for piece in found.words] == ["Our offer stands."]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_headers_names_its_author_subject_and_date(block):
    (found,) = embedded(f"Too dear.\n\n{block}\n\nOur offer stands.\n")
    assert (found.sender.name, found.sender.address) == ANN
    assert (found.sent_at, found.subject) == ("2025-03-03T09:12:00", "Offer")
    assert [piece.text for piece in found.words] == ["Our offer stands."]


@pytest.mark.parametrize(
    "heading",
    [
        "Ann Lee@US\n03/28/2025 09:12 AM\nTo: Bob Ray/NA/Acme@Acme\ncc:\nSubject: Offer",
        "From: Ann Lee on 03/28/2025 09:12 AM\nTo: Bob Ray/NA/Acme@Acme\ncc:\nSubject: Offer",
    ],
)
def test_a_lotus_notes_heading_names_its_author(heading):
    (found,) = embedded(f"Too dear.\n\n{heading}\n\nOur offer stands.\n")
    assert (found.sender.name, found.sent_at, found.subject) == ("Ann Lee", "2025-03-28T09:12:00", "Offer")


def test_quotations_keep_their_nesting():
    text = (
        "Too dear.\n\nOn Mon, Mar 3, 2025 at 9:12 AM Ann Lee <ann@us.example> wrote:\n> Our offer stands.\n>\n"
        "> On Sun, Mar 2, 2025 at 8:00 AM Bob <bob@acme.example> wrote:\n>> Is it final?\n>> We need to know.\n"
    )
    (outer,) = embedded(text)
    (inner,) = outer.embedded
    assert (outer.words[0].text, inner.sender.name) == ("Our offer stands.", "Bob")
    assert inner.words[0].text == "Is it final?\nWe need to know."


def test_a_chain_of_unmarked_histories_is_nested_too():
    (outer,) = embedded(
        f"Too dear.\n\n{BLOCKS[0]}\n\nOur offer stands.\n\n{BLOCKS[2].replace('Ann', 'Eve')}\n\nEin Angebot, bitte.\n"
    )
    assert (outer.words[0].text, outer.embedded[0].sender.name) == ("Our offer stands.", "Eve Lee")
    assert outer.embedded[0].words[0].text == "Ein Angebot, bitte."


def test_the_signature_of_a_quoted_mail_is_cut_as_its_authors():
    (found,) = embedded(f"Too dear.\n\n{HEADINGS[0][0]}\n> Our offer stands.\n>\n> --\n> Ann Lee\n> +1 555 010 0199\n")
    assert [piece.text for piece in found.words] == ["Our offer stands."]


@pytest.mark.parametrize(
    "text", ["Too dear.\n\n> Our offer stands.\n", "Too dear.\n\n-----Original Message-----\nOur offer"]
)
def test_a_quotation_of_nobody_known_is_no_mail(text):
    assert embedded(text) == ()


@pytest.mark.parametrize(
    ("html", "name"),
    [
        (
            '<p>Too dear.</p><div class="gmail_quote"><div class="gmail_attr">On Mon, Mar 3, 2025 at 9:12 AM Ann Lee '
            '&lt;<a href="mailto:ann@us.example">ann@us.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote">'
            "Our offer stands.</blockquote></div>",
            "Ann Lee",
        ),
        (
            '<p>Too dear.</p><div class="moz-cite-prefix">Am 03.03.25 um 09:12 schrieb Ann Lee:<br></div>'
            '<blockquote type="cite"><p>Our offer stands.</p></blockquote>',
            "Ann Lee",
        ),
        (
            '<p>Too dear.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Ann Lee<br><b>Sent:</b> Monday,'
            " March 3, 2025 9:12 AM<br><b>To:</b> Bob<br><b>Subject:</b> Offer</div><div>Our offer stands.</div>",
            "Ann Lee",
        ),
        (
            '<p>Too dear.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Von:</b> Ann Lee<br><b>Gesendet:</b> '
            "Montag, 3. März 2025 09:12<br><b>An:</b> Bob<br><b>Betreff:</b> Angebot</p></div><p>Our offer stands.</p>",
            "Ann Lee",
        ),
    ],
)  # fmt: skip
def test_the_history_in_html_is_read_like_that_in_plain_text(html, name):
    text = markup.marked(f"<html><body>{html}</body></html>")
    assert quoting.own_text(text) == "Too dear."
    (found,) = embedded(text)
    assert (found.sender.name, found.sent_at) == (name, "2025-03-03T09:12:00")
    assert [piece.text for piece in found.words] == ["Our offer stands."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/04/2025 9:12 AM", "2025-03-04T09:12:00"),  # 3 April is after the mail that quotes it
        ("03/03/2025", "2025-03-03"),
        ("28/02/2025 18:00", "2025-02-28T18:00:00"),
        ("04.03.2025", "2025-03-04"),
        ("2025年3月3日 9:12", "2025-03-03T09:12:00"),
        ("3 марта 2025 г., 09:12", "2025-03-03T09:12:00"),
        ("Mon, 3 Mar 2025 09:12:05 +0530", "2025-03-03T09:12:05+05:30"),
        ("30 February 2025", ""),
        ("Monday at nine", ""),
        ("", ""),
    ],
)
def test_dates_of_headings_in_any_language(text, expected):
    assert when(text, before=SENT) == expected


@pytest.mark.parametrize("before", ["", "2025-04-10T09:00:00+01:00"])
def test_day_and_month_that_nothing_tells_apart_are_not_guessed(before):
    assert when("03/04/2025 9:12", before=before) == ""


def test_what_wrapping_broke_off_inside_a_quotation_is_no_answer():
    text = (
        "Too dear.\n\nOn Mon, Mar 3, 2025 at 9:12 AM Ann Lee <ann@us.example> wrote:\n\n> It is final.\n>\n"
        "> On Sun, Mar 2, 2025 at 8:00 AM Bob Ray <bob@acme.example> wrote:\n>\n"
        "> > We need to know whether the export is in the offer\n> that you\n> have now\n> > sent us, and when.\n"
    )
    (outer,) = embedded(text)
    assert [piece.text for piece in outer.words] == ["It is final."]
    assert outer.embedded[0].words[0].text == (
        "We need to know whether the export is in the offer\nthat you\nhave now\nsent us, and when."
    )
