"""Our own pages out of files: what is a page, what is a problem, and nothing is fetched."""

import io

import pytest

from insights.content import ContentPage, read
from insights.content.pages import key_of, passages, title_of
from insights.records import Problem

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def found(name: str, content: str | bytes) -> list[ContentPage | Problem]:
    return list(read(name, io.BytesIO(content.encode() if isinstance(content, str) else content)))


def test_a_table_is_read_by_what_its_headers_mean():
    (page,) = found(
        "a.csv",
        "Page URL,Page title,Meta Description,Content type,Publish date\nhttps://a.example/x,Hello,About it,Blog,2025-03-04\n",
    )
    assert (page.url, page.title, page.text, page.type, page.published) == (
        "https://a.example/x",
        "Hello",
        "About it",
        "Blog",
        "2025-03-04",
    )


@pytest.mark.parametrize(
    "text",
    [
        "url;title\nhttps://a.example/x;Hello\n",
        "URL\tTitle\nhttps://a.example/x\tHello\n",
        "Report\n\nurl,title\nhttps://a.example/x,Hello\n",
    ],
)
def test_other_delimiters_and_lines_above_the_headers_are_fine(text):
    assert [page.title for page in found("a.csv", text)] == ["Hello"]


def test_bad_rows_are_problems_and_the_rest_goes_in():
    table = 'url,title,published\n,,x\nhttps://a.example/b,B,31/12/2025\nhttps://a.example/c,C,soon\n"broken\n'
    pages = [one for one in found("a.csv", table) if isinstance(one, ContentPage)]
    problems = [(one.row, one.kept) for one in found("a.csv", table) if isinstance(one, Problem)]
    assert [(p.title, p.published) for p in pages] == [("B", "2025-12-31"), ("C", "")]
    assert problems == [(2, False), (4, True), (5, False)]


def test_a_date_that_could_be_two_is_left_out_and_said():
    page, problem = sorted(
        found("a.csv", "url,published\nhttps://a.example/b,03/04/2025\n"), key=lambda one: isinstance(one, Problem)
    )
    assert page.published == "" and problem.kept and "cannot be told apart" in problem.reason


def test_a_table_without_addresses_or_titles_says_what_to_do():
    (problem,) = found("a.csv", "colour,size\nred,4\n")
    assert "url" in problem.advice


def test_a_sitemap_gives_addresses_days_and_guessed_titles():
    (page,) = found(
        "sitemap.xml",
        f"<urlset {NS}><url><loc>https://a.example/pricing-for-teams.html</loc><lastmod>2025-01-02T10:00:00Z</lastmod></url></urlset>",
    )
    assert (page.title, page.updated, page.guessed, page.text) == ("Pricing for teams", "2025-01-02", True, "")


BOMB = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<!DOCTYPE x SYSTEM "http://a.example/x.dtd"><urlset/>', "declares a document type"),
        (BOMB + f"<urlset {NS}><url><loc>&c;</loc></url></urlset>", "declares a document type"),
        ('<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>', "declares a document type"),
        (f"<sitemapindex {NS}><sitemap><loc>https://a.example/s.xml</loc></sitemap></sitemapindex>", "fetches nothing"),
        (f"<urlset {NS}><url><loc>https://a.example/x</loc>", "damaged"), ("<rss><channel/></rss>", "no addresses"), ("not xml at all", "damaged"),
    ],
)  # fmt: skip
def test_what_is_no_harmless_sitemap_is_a_problem(text, says):
    assert says in next(one for one in found("s.xml", text) if isinstance(one, Problem)).reason


def test_entities_that_are_declared_late_are_not_resolved():
    padding = f"<!-- {'x' * 70_000} -->"
    text = (
        padding
        + BOMB.removeprefix('<?xml version="1.0"?>')
        + f"<urlset {NS}><url><loc>https://a.example/&c;</loc></url></urlset>"
    )
    assert not any(
        "ha" in one.url.partition("example")[2] for one in found("s.xml", text) if isinstance(one, ContentPage)
    )


def test_an_html_page_is_its_main_part_under_its_own_address():
    page = "<html><head><title>T | Acme</title><link rel=canonical href='https://a.example/p'><meta name=description content='What it is'></head><body><nav>Menu</nav><main><h1>Big</h1><p>Words of it.</p></main><footer>Imprint</footer><script>x()</script></body></html>"
    (read_page,) = found("p.html", page)
    assert (read_page.url, read_page.title) == ("https://a.example/p", "Big")
    assert "Words of it." in read_page.text and "What it is" in read_page.text
    assert not any(word in read_page.text for word in ("Menu", "Imprint", "x()"))


def test_markdown_front_matter_is_facts():
    (page,) = found(
        "p.md",
        '---\ntitle: "Hi there"\ndate: 2025-02-03\n---\n# Heading\nText with a [link](https://a.example) in **bold**.\n',
    )
    assert (page.title, page.published) == ("Hi there", "2025-02-03")
    assert "Text with a link in bold." in page.text


@pytest.mark.parametrize("name", ["x.exe", "x.pdf", "x.docx"])
def test_other_files_are_refused_with_what_would_do(name):
    (problem,) = found(name, b"abc")
    assert ".csv" in problem.advice


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 500, b"PK\x03\x04"])
def test_empty_and_binary_files_are_problems(content):
    assert all(isinstance(one, Problem) for one in found("a.csv", content))


@pytest.mark.parametrize(
    "url",
    ["https://www.a.example/x/", "http://a.example/x", "a.example/x", "https://A.example/x?utm_source=mail#part", "https://a.example/x/index.html"],
)  # fmt: skip
def test_one_page_has_one_key_however_it_is_written(url):
    assert key_of(url) == "a.example/x"


def test_pages_that_differ_have_keys_that_differ():
    assert (
        len(
            {
                key_of(u)
                for u in (
                    "https://a.example/x?id=1",
                    "https://a.example/x?id=2",
                    "https://b.example/x",
                    "docs/x.md",
                    "/x",
                )
            }
        )
        == 5
    )


def test_titles_are_guessed_from_addresses():
    assert [title_of(u) for u in ("https://a.example/", "https://a.example/guides/01-set_up%20fast.html")] == [
        "Home page",
        "Set up fast",
    ]


def test_passages_are_the_title_and_paragraphs_with_their_heading():
    text = "# Where data is\n\nYour data stays in the region that you choose, and you may move it at any time you like.\n\nShort."
    assert list(passages(ContentPage("u", "Security", text))) == [
        "Security", "Where data is: Your data stays in the region that you choose, and you may move it at any time you like.", "Where data is: Short.",
    ]  # fmt: skip


def test_a_long_page_is_cut_into_bounded_passages():
    parts = list(passages(ContentPage("u", "Long", "word " * 100_000)))
    assert len(parts) == 200 and max(len(part.split()) for part in parts) <= 90
