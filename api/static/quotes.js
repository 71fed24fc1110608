// Lists of quotes: keys between quotes and on them, and values that are ticked without losing one's place. All works without.
"use strict";

const cards = Array.from(document.querySelectorAll(".quotes article.quote"));
for (const card of cards) card.tabIndex = -1;
for (const note of document.querySelectorAll(".only-keys")) note.hidden = off() || !cards.length || matchMedia("(hover: none)").matches;
// What a key does to the quote that has the focus, or something in it; with Shift, to all that are picked.
const DOES = { x: "input[name=quote]", c: "[data-take]", a: "[data-collect]" };
const DO_ALL = { C: "[data-take-picked]", A: "[data-collect-picked]" };

const typing = (element) => element.matches("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]");

addEventListener("keydown", (event) => {
  if (off() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const here = cards.findIndex((card) => card.contains(document.activeElement));
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = cards[here < 0 && step < 0 ? cards.length - 1 : here + step];
    const folded = next?.closest("details:not([open])"); // what was said beside the words that are looked for
    if (folded) folded.open = true;
    if (next) next.focus();
    else if (step > 0) document.querySelector(".pager a")?.focus();
    event.preventDefault();
  } else if (here >= 0 && !event.repeat && DOES[event.key]) {
    cards[here].querySelector(DOES[event.key])?.click();
    event.preventDefault();
  } else if (!event.repeat && DO_ALL[event.key] && document.querySelector(".picks.some")) {
    document.querySelector(DO_ALL[event.key])?.click();
    event.preventDefault();
  } else if (event.key === "z") {
    document.querySelector(".aloud button")?.click(); // what was just done, while it is told at the foot of the page
  } else if (event.key === "Enter" && event.target === cards[here]) {
    // Its own page where there is one, its place in the conversation otherwise.
    const link = event.target.querySelector("a[href^='/quotes/']") || event.target.querySelector("a[href^='/conversations/']");
    if (link) { event.preventDefault(); location.assign(link.href); }
  }
});

// A value that is ticked leads to another page: there the same value stands where it stood, with the focus, and what was unfolded is.
const TICKED = "parley-ticked";
const side = document.querySelector("#facets > details"), sheet = side && side.querySelector(".sheet");
const facetOf = (fold) => fold.closest("section")?.querySelector("[data-keep]")?.dataset.keep.split("=")[0] ?? "";
const chips = Array.from(document.querySelectorAll(".chips a"));
const remember = (link, place) => link.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const folds = side ? Array.from(side.querySelectorAll(".fold[open]"), facetOf) : [];
  const kept = { place, top: link.getBoundingClientRect().top, at: sheet ? sheet.scrollTop : 0, open: Boolean(side && side.open), folds };
  try { sessionStorage.setItem(TICKED, JSON.stringify(kept)); } catch { /* storage is off */ }
});
for (const link of document.querySelectorAll("#facets [data-keep]")) {
  link.hash = ""; // the place in the page is for browsers without scripts
  remember(link, link.dataset.keep);
}
chips.forEach((link, place) => remember(link, place));
try {
  const kept = JSON.parse(sessionStorage.getItem(TICKED));
  sessionStorage.removeItem(TICKED);
  if (kept && side) {
    if (typeof kept.place === "string") side.open = kept.open;
    for (const fold of side.querySelectorAll(".fold")) if (kept.folds.includes(facetOf(fold))) fold.open = true;
    // A chip that is taken away leaves the focus to its neighbour.
    const ticked = typeof kept.place === "number" ? chips[Math.min(kept.place, chips.length - 1)] || document.getElementById("quotes")
      : side.querySelector(`[data-keep="${CSS.escape(kept.place)}"]`);
    const fold = ticked && ticked.closest("details.fold");
    if (fold) fold.open = true;
    if (ticked) {
      ticked.focus({ preventScroll: true });
      sheet.scrollTop = kept.at;
      const moved = ticked.getBoundingClientRect().top - kept.top;
      if (getComputedStyle(sheet).position === "fixed") sheet.scrollTop += moved; // a phone's sheet scrolls by itself
      else scrollBy(0, moved);
    }
  }
} catch { /* storage is off */ }

// How many quotes are picked; the bar stays in sight as long as some are.
const bar = document.getElementById("picks");
if (bar) {
  const told = bar.querySelector("[data-picked]"), first = told.textContent;
  const count = () => {
    const picked = Array.from(bar.elements).filter((one) => one.name === "quote" && one.checked).length;
    bar.classList.toggle("some", picked > 0);
    told.textContent = picked ? `${picked} picked` : first;
  };
  addEventListener("change", (event) => { if (event.target.form === bar) count(); });
  addEventListener("pageshow", count);
  count();
}
// What is chosen here is looked for at once; the button is for who has no script.
for (const field of document.querySelectorAll(".seek [name=by], .seek [name=sort], .seek [name=match]")) {
  field.addEventListener("change", () => {
    const form = field.form;
    if (field.name === "match" && !form.elements.q.value.trim()) return;
    // An order that the other way of looking does not have.
    if (field.name === "by") form.elements.sort.value = "";
    for (const one of form.elements) if (one.name && !one.value) one.disabled = true;
    form.submit();
  });
}
addEventListener("pageshow", () => { for (const one of document.querySelectorAll(".seek [name]")) one.disabled = false; });
