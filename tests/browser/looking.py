"""What is wrong with a page that is open: by axe, and by what axe does not ask."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

WIDE: "ViewportSize" = {"width": 1440, "height": 900}
NARROW: "ViewportSize" = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
RULES = {"resultTypes": ["violations"]}
Look = tuple[Literal["light", "dark"], "ViewportSize"]
LOOKS: tuple[Look, ...] = (
    ("light", WIDE),
    ("dark", NARROW),
)  # colours change with the one, layout with the other: each is seen once
# One macro writes all rows of a table, all items of a list, all parts of the reference: axe takes a minute for hundreds.
REPEATED = ("tbody > tr", "li", "main section", "main details", "main article")

STRUCTURE = r"""() => {
  const found = [], seen = (e) => e.checkVisibility({visibilityProperty: true});
  const label = (e) => `<${e.tagName.toLowerCase()}${e.id ? " id=" + e.id : ""}${e.className && e.className.baseVal === undefined ? " class='" + e.className + "'" : ""}> ${(e.textContent || "").trim().slice(0, 40)}`;
  const text = (ids) => (ids || "").split(/\s+/).map((id) => (document.getElementById(id) || {}).textContent || "").join(" ").trim();
  const named = (e) => (e.getAttribute("aria-label") || "").trim() || text(e.getAttribute("aria-labelledby"));
  const heads = Array.from(document.querySelectorAll("h1")).filter(seen);
  if (heads.length !== 1) found.push(`${heads.length} h1`);
  else if (!heads[0].textContent.trim()) found.push("an empty h1");
  if (!document.title.trim() || document.title.startsWith(" ")) found.push("no title");
  for (const [what, name] of [["main", "main"], ["header", "banner"], ["footer", "contentinfo"], ["nav[aria-label]", "navigation"]])
    if (!document.querySelector(what)) found.push(`no landmark ${name}`);
  for (const e of document.querySelectorAll("svg, img, canvas")) {
    if (!seen(e) || e.closest("[aria-hidden=true]")) continue;
    if (!(named(e) || e.getAttribute("alt") !== null || (e.querySelector(":scope > title") || {}).textContent)) found.push(`a picture without a name: ${label(e.parentElement)}`);
  }
  const tables = new Map();
  for (const e of document.querySelectorAll("table")) {
    if (!seen(e)) continue;
    const caption = e.querySelector("caption"), around = e.closest("[role=group]"), name = (caption ? caption.textContent.trim() : "") || named(e) || (around ? named(around) : "");
    if (!name) found.push(`a table without a name: ${label(e)}`);
    if (["Table", "table", "Figures"].includes(name)) found.push(`a table with the name of nothing: ${label(e)}`);
    if (!e.querySelector("th")) found.push(`a table without heads: ${label(e)}`);
  }
  for (const e of document.querySelectorAll(".scroll[tabindex], [role=group], [role=region]"))
    if (seen(e) && ["", "Table", "table"].includes(named(e))) found.push(`an area with the name of nothing: ${label(e)}`);
  for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!seen(e) || e.closest("[aria-hidden=true]") || e.getAttribute("aria-hidden") === "true") continue;
    const labels = Array.from(e.labels || []).map((l) => l.textContent.trim()).join("");
    if (!labels && !named(e)) found.push(`a field without a label: ${label(e)} ${e.name}`);
  }
  let last = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    if (!seen(e)) continue;
    const level = Number(e.tagName[1]);
    if (last && level > last + 1) found.push(`a heading of level ${level} after one of level ${last}: ${e.textContent.trim().slice(0, 40)}`);
    last = level;
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) found.push(`two elements with the id ${e.id}`); ids.add(e.id); }
  return Array.from(new Set(found));
}"""
SIDEWAYS = r"""() => {
  const page = document.documentElement, room = page.clientWidth;
  if (page.scrollWidth <= room && document.body.scrollWidth <= room) return [];
  const scrolls = (e) => e && e !== document.body && (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const wide = Array.from(document.body.querySelectorAll("*")).filter((e) => e.getBoundingClientRect().right > room + 1 && !scrolls(e.parentElement));
  return [`${page.scrollWidth} px wide in ${room}: ` + wide.slice(0, 4).map((e) => `<${e.tagName.toLowerCase()} class='${e.getAttribute("class") || ""}'>`).join(" ")];
}"""

# What lies folded up is part of the page, too. Menus and the like lie over it and are looked at where they are opened.
UNFOLD = r"""() => { for (const e of document.querySelectorAll("main details:not(.menu, .confirm, .tool, [open])")) { e.open = true; e.dataset.was = ""; } }"""
FOLD = r"""() => { for (const e of document.querySelectorAll("details[data-was]")) { e.open = false; delete e.dataset.was; } }"""
THIN_OUT = r"""(repeated) => { for (const one of repeated) for (const e of document.querySelectorAll(`${one}:nth-of-type(n + 9)`)) e.remove(); }"""


@cache
def _axe() -> Any:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def axe(page: "Page") -> Iterator[str]:
    """What axe calls serious or critical."""
    for violation in _axe().run(page, options=RULES).response["violations"]:
        if violation["impact"] in GRAVE:
            for node in violation["nodes"][:3]:
                yield f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))} {node['html'][:160]}"


def troubles(page: "Page", *, looks: Sequence[Look] = LOOKS) -> list[str]:
    """All that is wrong with the page, wide in the light and narrow in the dark. Narrow, everything that can be unfolded is.

    Axe comes last, in `looks` alone, over what is left of the page when nothing stands there more than eight times.
    """
    found = []
    for look in LOOKS:
        size = _look(page, look)
        found += [f"{size['width']}: {one}" for one in (*page.evaluate(STRUCTURE), *page.evaluate(SIDEWAYS))]
    page.evaluate(THIN_OUT, REPEATED)
    for look in looks:
        size = _look(page, look)
        found += [f"{look[0]} {size['width']}: {one}" for one in axe(page)]
    return found


def _look(page: "Page", look: Look) -> "ViewportSize":
    scheme, size = look
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.evaluate(UNFOLD if size is NARROW else FOLD)
    return size
