// Go anywhere by name: Ctrl or Command and K. A dialog with a list that the arrow keys walk through.
"use strict";

const palette = document.querySelector("#palette");
const box = palette.querySelector("input");
const list = palette.querySelector("[role=listbox]");
const told = palette.querySelector("[role=status]");
let goals = [], at = 0, asked = 0;

const choose = (place) => {
  if (!goals.length) return;
  at = (place + goals.length) % goals.length;
  for (const option of list.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", String(option.id === `goal-${at}`));
  const option = document.getElementById(`goal-${at}`);
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
};

const element = (name, words, properties = {}) => {
  const made = document.createElement(name);
  made.textContent = words;
  return Object.assign(made, properties);
};

const show = () => {
  list.replaceChildren();
  let group;
  goals.forEach((goal, place) => {
    if (!place || goals[place - 1].heading !== goal.heading) {
      const heading = element("li", goal.heading, { className: "heading", id: `goals-${place}` });
      heading.setAttribute("role", "presentation");
      group = element("ul", "");
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", heading.id);
      const holder = element("li", "");
      holder.setAttribute("role", "presentation");
      holder.append(group);
      list.append(heading, holder);
    }
    const option = element("li", "", { id: `goal-${place}` });
    option.setAttribute("role", "option");
    option.append(element("bdi", goal.name), element("span", goal.detail, { className: "of" }));
    option.addEventListener("click", (event) => go(place, event.ctrlKey || event.metaKey));
    option.addEventListener("pointermove", () => { if (at !== place) choose(place); });
    group.append(option);
  });
  box.setAttribute("aria-expanded", String(goals.length > 0));
  told.textContent = goals.length === 1 ? "1 place" : `${goals.length} places`;
  choose(0);
};

const go = (place, beside) => {
  if (!goals[place]) return;
  if (beside) open(goals[place].address, "_blank", "noopener");
  else location.href = goals[place].address;
  palette.close();
};

const look = async () => {
  const mine = ++asked;
  const answer = await fetch(`/api/v1/places?q=${encodeURIComponent(box.value.slice(0, 200))}`).catch(() => null);
  if (mine !== asked) return; // a later question is on its way
  goals = answer && answer.ok ? await answer.json() : [];
  show();
  if (!answer || !answer.ok) told.textContent = "Parley does not answer. Is it still running?";
};

const start = () => {
  if (palette.open) return;
  box.value = "";
  palette.showModal();
  look();
};

box.addEventListener("input", look);
box.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) { event.preventDefault(); choose(at + step); }
  if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); go(at, event.ctrlKey || event.metaKey); }
});
palette.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) { event.preventDefault(); start(); }
});
for (const button of document.querySelectorAll("[data-palette]")) {
  button.hidden = false;
  if (/Mac|iPhone|iPad/.test(navigator.platform)) button.querySelector("kbd").textContent = "⌘ K";
  button.addEventListener("click", start);
}

// Keys of one letter, which a person can turn off on the help page.
const off = () => { try { return localStorage.getItem("single-keys") === "off"; } catch { return false; } };
addEventListener("keydown", (event) => {
  if (off() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || palette.open) return;
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [popover]")) return;
  if (event.key === "?") {
    // In the queue of the review the keys stand beside the question: nobody is to lose their place for them.
    const keys = document.querySelector("[data-shows-keys]");
    if (!keys) location.href = "/help#keys";
    else { keys.open = !keys.open; keys.scrollIntoView({ block: "nearest" }); }
  }
  if (event.key !== "/") return;
  const field = document.querySelector("main input[name=q]") || document.querySelector("#find");
  if (!field) return;
  event.preventDefault();
  if (field.checkVisibility()) { field.focus(); field.select(); } else start();
});
for (const place of document.querySelectorAll("[data-single-keys]")) {
  const tick = place.querySelector("input");
  place.hidden = false;
  tick.checked = !off();
  tick.addEventListener("change", () => localStorage.setItem("single-keys", tick.checked ? "on" : "off"));
}
