"""What is wrong with a page that is open: by axe, and by what axe does not ask."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

WIDE: "ViewportSize" = {"width": 1440, "height": 900}
NARROW: "ViewportSize" = {"width": 390, "height": 844}
GRAVE = ("serious", "critical")
# What axe never calls grave and takes long over is not asked.
LESSER = ("region", "hidden-content", "presentation-role-conflict", "aria-allowed-role", "page-has-heading-one")
OPTIONS = {"resultTypes": ["violations"], "rules": {name: {"enabled": False} for name in LESSER}}
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
# Colours take axe ten times as long as all else, and hundreds of texts on a page have the same: a link of a table is as dark on
# as light a ground as the next. Three of each are compared: the first, the last and one between. Their own tag and class and
# their parent's tell apart what something may lie under, such as the number over a bar.
CHOOSE = r"""() => {
  const grounds = new Map(), alike = new Map(), kind = (e) => `${e.tagName} ${e.getAttribute("class") || ""}`;
  const own = (e) => Array.from(e.childNodes).filter((one) => one.nodeType === Node.TEXT_NODE).map((one) => one.data.trim()).join("");
  const ground = (e) => {
    if (!e) return "";
    if (!grounds.has(e)) {
      const s = getComputedStyle(e), place = ["static", "relative"].includes(s.position) ? "" : s.position;
      const here = [s.backgroundColor, s.backgroundImage, s.opacity, s.mixBlendMode, s.filter, place].join(" ");
      grounds.set(e, (here === "rgba(0, 0, 0, 0) none 1 normal none " ? "" : `${here} > `) + ground(e.parentElement));
    }
    return grounds.get(e);
  };
  for (const e of document.body.querySelectorAll("*")) {
    e.removeAttribute("data-colours");
    const text = own(e), around = e.parentElement;
    if (!text && !["A", "INPUT", "SELECT", "TEXTAREA"].includes(e.tagName) || !e.checkVisibility({ visibilityProperty: true })) continue;
    const s = getComputedStyle(e), off = e.closest("[disabled], [aria-disabled=true], [inert]") !== null;
    const look = [s.color, s.fontSize, s.fontWeight, s.textShadow, s.textDecorationLine, text.length < 2, off, own(around) !== ""];
    const aside = e.getBoundingClientRect().right > innerWidth; // axe does not judge all that has to be scrolled to
    const key = [...look, aside, kind(e), kind(around), ground(e)].join();
    alike.set(key, [...alike.get(key) || [], e]);
  }
  for (const all of alike.values()) for (const n of [0, all.length >> 1, all.length - 1]) all[n].dataset.colours = "";
  axe.configure({ rules: [
    { id: "color-contrast", selector: "[data-colours]" },
    { id: "link-in-text-block", selector: "a[href][data-colours], [role=link][data-colours]" },
  ] });
}"""
THIN_OUT = r"""(repeated) => { for (const one of repeated) for (const e of document.querySelectorAll(`${one}:nth-of-type(n + 9)`)) e.remove(); }"""


@cache
def _axe() -> str:
    from axe_playwright_python.base import AXE_SCRIPT

    return AXE_SCRIPT


def axe(page: "Page") -> Iterator[str]:
    """What axe calls serious or critical."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    page.evaluate(CHOOSE)
    for violation in page.evaluate("async (options) => (await axe.run(document, options)).violations", OPTIONS):
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
