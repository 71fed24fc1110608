"""The words of HTML mails: lines as a reader sees them, history marked with what it is deep, signatures gone."""

import pytest

from insights.formats.markup import marked


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Too dear,<br>sorry.</p><p>Bob</p>", "Too dear,\nsorry.\n\nBob"),
        ("<div>Too <b>dear</b>\n for&nbsp;us</div><div>Bob</div>", "Too dear for us\nBob"),
        ("<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo"),
        ("<ul><li>SSO</li><li>Audit log</li></ul>", "SSO\nAudit log"),
        ("<table><tr><td>Seats</td><td>10</td></tr><tr><td>Price</td><td>9</td></tr></table>", "Seats 10\nPrice 9"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<style>p{}</style><p>a<!-- no -->b</p><script>x()</script>", "ab"),
        ("<p>a &lt; b &amp; c</p>", "a < b & c"),
        ("no tags", "no tags"),
        ("", ""),
    ],
)
def test_lines_are_as_a_reader_sees_them(html, text):
    assert marked(html) == text


def test_quotations_are_marked_by_their_depth():
    html = "<p>No.</p><blockquote type=cite><p>And?</p><blockquote type=cite>Yes?</blockquote></blockquote><p>Bob</p>"
    assert [line for line in marked(html).split("\n") if line.strip("> ")] == ["No.", "> And?", "> > Yes?", "Bob"]


def test_a_quotation_that_is_all_of_a_mail_is_a_style():
    assert marked("<html><body><blockquote><p>Too dear.</p></blockquote></body></html>") == "Too dear."


@pytest.mark.parametrize("name", ['class="gmail_signature"', 'class="moz-signature"', 'id="Signature"'])
def test_marked_signatures_are_gone(name):
    assert marked(f"<p>Too dear.</p><div {name}>Bob Ray<br>CFO</div>") == "Too dear."


def test_a_rule_without_headers_below_it_is_no_history():
    html = '<p>One.</p><div style="border-top:solid 1pt">Two.</div><p>Three.</p>'
    assert ">" not in marked(html)
