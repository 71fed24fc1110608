// The page of quotes: keys between quotes, and a sheet that stays open while values are ticked. All works without.
"use strict";

const cards = Array.from(document.querySelectorAll("#quotes article.quote"));
for (const card of cards) card.tabIndex = -1;
for (const note of document.querySelectorAll(".only-keys")) note.hidden = !cards.length || matchMedia("(hover: none)").matches;

const typing = (element) => element.matches("input:not([type=radio], [type=checkbox]), select, textarea, [contenteditable]");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const here = cards.findIndex((card) => card.contains(document.activeElement));
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = cards[here < 0 && step < 0 ? cards.length - 1 : here + step];
    if (next) next.focus();
    else if (step > 0) document.querySelector(".pager a")?.focus();
    event.preventDefault();
  } else if (event.key === "Enter" && event.target === cards[here]) {
    // Its own page where there is one, its place in the conversation otherwise.
    const link = event.target.querySelector("a[href^='/quotes/']") || event.target.querySelector("a[href^='/conversations/']");
    if (link) { event.preventDefault(); location.assign(link.href); }
  }
});

const side = document.querySelector("#facets > details");
if (side && location.hash === "#facets") {
  side.open = true;
  // The place is for who ticks here, not for whom the address is sent to.
  addEventListener("load", () => requestAnimationFrame(() => history.replaceState(history.state, "", location.pathname + location.search)));
}

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
