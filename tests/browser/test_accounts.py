"""Where there are accounts: coming in, what an administrator sees, and what is not shown to others."""

from contextlib import closing

import pytest
from playwright.sync_api import expect

from pipelines.access import invitations
from pipelines.jobs import now
from pipelines.store import connect, prepare
from tests.api import signing
from tests.browser import looking, plain
from tests.browser.serving import serving


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    settings = signing.settings_of(tmp_path_factory.mktemp("guarded"))
    prepare(settings.database_file)
    with closing(connect(settings.database_file)) as db:
        signing.add(db, "admin", "Ada Admin")
        signing.add(db, "viewer", "Vera Viewer")
        code = invitations.invite(db, "new@example.com", "contributor", now=now(), actor="test")
    with serving(settings, worker=False) as site:
        yield site, code


def sign_in(page, site, name):
    page.goto(f"{site.address}/quotes")
    page.get_by_label("E-mail address").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(signing.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/quotes")


def test_a_stranger_signs_in_and_is_where_they_wanted_to_be(guarded, page):
    site, _ = guarded
    sign_in(page, site, "ada")
    page.goto(f"{site.address}/settings")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Admin")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login?told=out")
    page.goto(f"{site.address}/settings")
    expect(page).to_have_url(f"{site.address}/login?next=/settings")


def test_a_viewer_is_offered_nothing_of_an_administrators(guarded, page, watch):
    site, _ = guarded
    sign_in(page, site, "vera")
    page.goto(f"{site.address}/settings")
    expect(page.get_by_role("link", name="Audit log")).to_have_count(0)
    watch.allow("403")
    page.goto(f"{site.address}/settings/people")
    assert "ada@example.com" not in page.content()


@pytest.mark.parametrize("path", ["/login", "/invitations/{code}"])
def test_pages_for_strangers_are_accessible(guarded, page, path):
    site, code = guarded
    page.goto(site.address + path.format(code=code))
    # Somebody who is not in yet is not led around: no banner, no navigation.
    assert not [one for one in looking.troubles(page) if "no landmark" not in one]


def test_an_administrators_pages_are_accessible(guarded, page):
    site, _ = guarded
    sign_in(page, site, "ada")
    found = {}
    for path in (
        "/settings",
        "/settings/people",
        "/settings/keeping",
        "/settings/forget",
        "/settings/audit",
        "/settings/health",
    ):
        page.goto(site.address + path)
        found |= {f"{path}: {one}": None for one in looking.troubles(page)}
        if path not in plain.FOR_SOMEBODY_ELSE:
            found |= {f"{path}: {one}": None for one in plain.strange(page.content())}
    assert not found, "\n".join(found)
