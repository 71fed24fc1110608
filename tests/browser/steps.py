"""What a person does on a page, each step finished before the next begins: tests read and press keys only on pages that are there.

What one would get wrong: a click returns as soon as it was made. What stands on the page then is still the old page, and a new
one hears keys only once its deferred scripts have run. So whatever leads to another page goes through `follow` or `leads_on`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LONG = 120_000  # milliseconds until something counts as missing, on a machine that has much else to do


@contextmanager
def leads_on(page: "Page") -> Iterator[None]:
    """After the block, the page that it led to is loaded and its scripts have run."""
    with page.expect_navigation(wait_until="load"):
        yield


def follow(control: "Locator") -> None:
    """Press a link or button that leads to another page, and arrive there."""
    with leads_on(control.page):
        control.click()


def button(page: "Page", name: str | re.Pattern[str]) -> "Locator":
    """The first button of this exact name in the page's main part."""
    return page.get_by_role("main").get_by_role("button", name=name, exact=True).first


def to(page: "Page", name: str) -> None:
    """To a page of the main navigation."""
    follow(page.get_by_role("navigation", name="Main").get_by_role("link", name=name, exact=True))


def unfold(page: "Page", name: str, *, within: str = "main") -> "Locator":
    """Open what is folded under these words; gives the unfolded part."""
    part = page.locator(f"{within} details", has=page.locator("> summary", has_text=name)).last
    if part.get_attribute("open") is None:
        part.locator("> summary").click()
    expect(part).to_have_attribute("open", "")
    return part


def save(control: "Locator") -> tuple[str, bytes]:
    """Press what gives a file: its name and what is in it."""
    with control.page.expect_download() as coming:
        control.click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def drop(area: "Locator", *files: Path) -> None:
    """Drag files or folders from the desk and let them go over a place of the page, as the browser's own window would."""
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    held = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    wire = area.page.context.new_cdp_session(area.page)
    for event in ("dragEnter", "dragOver", "drop"):
        wire.send("Input.dispatchDragEvent", {"type": event, "data": held} | place)
    wire.detach()


def until_done(page: "Page") -> None:
    """Wait while the page tells of work under way, which it loads itself anew to tell the end of."""
    expect(page.locator("main [data-job]")).to_have_count(0)
    page.wait_for_load_state()
