"""A browser and the servers that it looks at. Trouble that a page tells its console, or a request elsewhere, fails the test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.jobs import work_once
from pipelines.settings import Settings
from tests.browser.lived_in import live, propose
from tests.browser.looking import WIDE
from tests.browser.serving import HOW_TO_GET, Site, chromium, copied, serving
from tests.browser.steps import LONG
from tests.browser.walking import Walk, walk
from tests.browser.watching import Watched, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


# Of this folder and not of the session: the event loop that Playwright keeps must not reach other tests.
@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    program = chromium()
    if not program:
        pytest.skip(HOW_TO_GET)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=LONG)  # only what fails takes so long
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(browser: "Browser") -> Iterator[Callable[..., "BrowserContext"]]:
    """A function that gives a person a browser of their own, by options of Playwright's `new_context`."""
    with watched() as watch:
        opened = []

        def enter(**options: object) -> "BrowserContext":
            context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB"} | options)
            context.set_default_timeout(LONG)
            watch.over(context)
            opened.append(context)
            return context

        enter.watch = watch  # type: ignore[attr-defined]
        yield enter
        for context in opened:
            context.close()


@pytest.fixture
def watch(visitor: Callable[..., "BrowserContext"]) -> Watched:
    """What went wrong in the browsers of this test; `allow` what it brings about on purpose."""
    return visitor.watch  # type: ignore[attr-defined]


@pytest.fixture
def page(visitor: Callable[..., "BrowserContext"]) -> "Page":
    return visitor().new_page()


@pytest.fixture(scope="package")
def _reading(browser: "Browser") -> Iterator[tuple["Page", Watched]]:
    watch = Watched()
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(LONG)
    watch.over(context)
    yield context.new_page(), watch
    context.close()


@pytest.fixture
def reader(_reading: tuple["Page", Watched]) -> Iterator["Page"]:
    """The page of whoever only looks, one for all such tests: style and scripts are there, and nothing else is kept."""
    page, watch = _reading
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    watch.trouble.clear()
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
    page.context.clear_cookies()
    assert watch.unexpected() == []


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Site]:
    """A server with nothing in it yet, for one test."""
    with serving(Settings(home=tmp_path / "empty", workers=1)) as site:
        yield site


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[Site]:
    """A server with nothing in it yet whose worker rests until the test lets it work: what is under way can be looked at."""
    with serving(Settings(home=tmp_path / "by-hand", workers=1), worker=False) as site:
        yield site


@pytest.fixture(scope="package")
def sample(tmp_path_factory: pytest.TempPathFactory, mined_sample: Path, browser: "Browser") -> Iterator[Site]:
    """The sample company, for the stories: they write to it as colleagues do, each its own things under its own names."""
    with serving(copied(mined_sample, tmp_path_factory.mktemp("sample"))) as site:
        yield site


@pytest.fixture(scope="package")
def lived_in(tmp_path_factory: pytest.TempPathFactory, mined_sample: Path, browser: "Browser") -> Iterator[Site]:
    """The sample company in use: reports kept, a digest, a tracker, uploads with problems. For reading."""
    with serving(copied(mined_sample, tmp_path_factory.mktemp("lived-in")), worker=False) as site:
        live(site)
        while work_once(site.settings):
            pass
        propose(site)
        yield site


@pytest.fixture(scope="package")
def bare(tmp_path_factory: pytest.TempPathFactory, browser: "Browser") -> Iterator[Site]:
    """A server with nothing in it, for reading."""
    with serving(Settings(home=tmp_path_factory.mktemp("bare"), workers=1), worker=False) as site:
        yield site


@pytest.fixture(scope="package")
def walked(lived_in: Site) -> Walk:
    """Every page of the sample company that a link leads to, one or two addresses for each route."""
    return walk(lived_in)
