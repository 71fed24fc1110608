// Conveniences only: every page works without this file.
"use strict";

// Where the bar of pages is wider than the screen, begin at the page that is open.
const openHere = () => {
  for (const here of document.querySelectorAll("nav > [aria-current]")) {
    const bar = here.parentElement;
    bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  }
};
openHere();
addEventListener("resize", openHere);

// Times on the reader's own clock; a day without a time is a day of the calendar and stays as it is.
for (const time of document.querySelectorAll("time[datetime*=T]")) {
  const moment = new Date(time.dateTime);
  if (Number.isNaN(moment.getTime())) continue;
  time.title = `${time.textContent.trim()}`;
  time.textContent = moment.toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

// A thin line at the top says at once that a page is on its way; it leaves with the page, and where none comes by itself.
let waiting = 0;
const arrived = () => { clearTimeout(waiting); document.documentElement.classList.remove("under-way"); };
const underWay = () => { arrived(); document.documentElement.classList.add("under-way"); waiting = setTimeout(arrived, 20000); };
addEventListener("pageshow", arrived);
addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.target !== "_blank") underWay(); });
addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const here = link.href.split("#")[0] === location.href.split("#")[0];
  // Files come without another page.
  if (link.origin === location.origin && !link.target && !link.download && !here && !/^\/(api|static)\/|\.csv$/.test(link.pathname)) underWay();
});

// Menus close as menus do.
const closeMenus = (but) => { for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(but)) menu.open = false; };
addEventListener("click", (event) => closeMenus(event.target));
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open], details.tool[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

// Where the screen is narrow, long tables begin folded up under their headings; a link to one unfolds it, and so does paper.
const whole = document.querySelectorAll("details[data-wide]");
if (matchMedia("(max-width: 760px)").matches) for (const part of whole) part.open = false;
// A link to something that is folded away opens every fold around it, and the fold that is meant by it (the form for a comment,
// where nothing was said yet), and brings it into view; a second click on the same link does so again.
const unfold = () => {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!there) return;
  const folds = [], own = there.querySelector(`details[data-opens="${CSS.escape(there.id)}"]`);
  if (own) folds.push(own);
  for (let part = there.closest("details"); part; part = part.parentElement.closest("details")) folds.push(part);
  const closed = folds.filter((part) => !part.open);
  for (const part of closed) part.open = true;
  if (closed.length) there.scrollIntoView();
};
addEventListener("hashchange", unfold);
addEventListener("click", (event) => { const link = event.target.closest('a[href^="#"]'); if (link && link.hash === location.hash) setTimeout(unfold); });
addEventListener("beforeprint", () => { for (const part of whole) part.open = true; });
unfold();

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.classList.add("auto");
  const submit = () => {
    underWay();
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    form.submit();
  };
  form.addEventListener("change", submit);
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
}

for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = button.closest("section").querySelectorAll("input[type=checkbox]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const every = Array.from(boxes).every((box) => box.checked);
    for (const box of boxes) box.checked = !every;
  });
}

// Whether somebody has begun to fill something in: then the page is not reloaded under their hands.
let touched = false;
addEventListener("input", () => { touched = true; });

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    if (form.dataset.once && event.submitter) { event.submitter.dataset.text = event.submitter.textContent; event.submitter.textContent = form.dataset.once; }
  });
}

// What a system leaves in folders by itself.
const LITTER = /^(\.|~\$|Thumbs\.db$|desktop\.ini$|__MACOSX$)/i;

// The files of a dropped folder, and of the folders in it.
async function within(entry) {
  if (LITTER.test(entry.name)) return [];
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) return (await Promise.all(found.map(within))).flat();
    found.push(...part);
  }
}

for (const input of document.querySelectorAll("[data-files]")) {
  const area = input.parentElement;
  const told = area.querySelector("[data-chosen]");
  const first = told.textContent;
  const tell = () => {
    const names = Array.from(input.files, (file) => file.name);
    const size = Array.from(input.files).reduce((sum, file) => sum + file.size, 0);
    const named = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${(names.length - 3).toLocaleString("en")} more` : names.join(", ");
    const many = names.length > 1000 ? "More than 1,000 files: put them into a zip and choose that. " : "";
    told.textContent = names.length ? `${many}${named} (${size < 1e6 ? "less than 1" : Math.round(size / 1e6).toLocaleString("en")} MB)` : first;
    input.setCustomValidity(many);
    touched = true;
  };
  const take = (files) => {
    const all = new DataTransfer();
    for (const file of files) all.items.add(file);
    input.files = all.files;
    tell();
  };
  input.addEventListener("change", tell);
  for (const type of ["dragenter", "dragover"]) area.addEventListener(type, () => area.classList.add("over"));
  for (const type of ["dragleave", "drop"]) area.addEventListener(type, () => area.classList.remove("over"));
  area.addEventListener("drop", async (event) => {
    const entries = Array.from(event.dataTransfer.items, (item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.some((entry) => entry.isDirectory)) return;
    event.preventDefault();
    told.textContent = "Looking into the folder…";
    take(await Promise.all(entries.map(within)).then((found) => found.flat(), () => []));
  });
  const other = input.form.querySelector("[data-folder]");
  const folder = document.createElement("input");
  if (!other || !("webkitdirectory" in folder)) continue;
  other.hidden = false;
  folder.type = "file";
  folder.webkitdirectory = true;
  folder.addEventListener("change", () => take(Array.from(folder.files).filter((file) => !file.webkitRelativePath.split("/").some((name) => LITTER.test(name)))));
  other.querySelector("button").addEventListener("click", () => folder.click());
}

// "Reading, 12 of 40 MB, 3 MB a second, about 9 s left": the rate is that of the present stage.
// What is counted, where its number alone does not tell.
const COUNTED = { finding: "conversations" };

// How long it still takes is said once two guesses in a row agree, each at another step: the first steps load what later ones use.
const guesses = {};
function steady(job, left) {
  const end = new Date(job.heartbeat_at).getTime() / 1000 + left, key = `${job.id} ${job.stage}`, last = guesses[key];
  if (!last || last.done !== job.done) guesses[key] = { done: job.done, end, agrees: Boolean(last) && Math.abs(end - last.end) <= Math.max(10, left / 4) };
  return guesses[key].agrees;
}

function progress(job) {
  const bytes = job.stage === "reading";
  const say = (value) => bytes ? (job.total < 1e6 ? `${Math.ceil(value / 1e3)} KB` : `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB`) : Math.round(value).toLocaleString("en");
  const parts = [job.stage ? job.stage[0].toUpperCase() + job.stage.slice(1) : "Starting"];
  const counted = COUNTED[job.stage] ? ` ${COUNTED[job.stage]}` : "";
  if (job.done) parts.push(`${job.total ? `${say(job.done)} of ${say(job.total)}` : say(job.done)}${counted}`);
  const seconds = (new Date(job.heartbeat_at) - new Date(job.stage_began_at)) / 1000;
  if (job.done && seconds >= 2) {
    const rate = job.done / seconds;
    parts.push(`${say(rate)} a second`);
    if (job.total > job.done) {
      const left = (job.total - job.done) / rate;
      if (steady(job, left)) parts.push(left < 90 ? `about ${Math.ceil(left)} s left` : `about ${Math.ceil(left / 60)} min left`);
    }
  }
  return parts.join(", ");
}

// What says how far something is, as it is now, where the page itself must stay: somebody types in it.
const refreshed = async () => {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const now = page.getElementById(part.id);
    if (now && !part.contains(document.activeElement) && !part.querySelector("details[open]")) part.replaceWith(now);
  }
};

for (const section of document.querySelectorAll("[data-job]")) {
  const stage = section.querySelector("[data-stage]");
  const bar = section.querySelector("progress");
  let begun = false;
  let pause = 200; // small files are read in no time: look often at first, then less and less
  const look = async () => {
    const answer = await fetch(`/api/v1/jobs/${section.dataset.job}`).catch(() => null);
    if (answer && answer.ok) {
      const job = await answer.json();
      if (job.status === "done" || job.status === "failed") {
        if (!touched) { location.reload(); return; }
        await refreshed();
        stage.textContent = "";
        const again = document.createElement("a");
        again.href = location.href.split("#")[0];
        again.textContent = job.status === "done" ? "It is done: show what came of it" : "It failed: show why";
        stage.append(again);
        bar.hidden = true;
        return;
      }
      // The rows beneath say that it waits until they are looked at again.
      if (job.status === "running" && !begun) { begun = true; refreshed(); }
      if (job.status === "running") stage.textContent = progress(job);
      if (job.total) { bar.max = job.total; bar.value = job.done; } else bar.removeAttribute("value");
    }
    setTimeout(look, pause);
    pause = Math.min(1500, pause * 1.5);
  };
  look();
}

// Answers by key, while the question or nothing at all has the focus: a click beside it must not make them dead. Those who
// turned keys of one letter off have to come to the question first.
const lettersOff = () => { try { return localStorage.getItem("single-keys") === "off"; } catch { return false; } };
for (const area of document.querySelectorAll("[data-keys]")) {
  for (const note of area.querySelectorAll(".only-script")) note.hidden = false;
  addEventListener("keydown", (event) => {
    const beside = !event.target.closest("a, button, input, select, textarea, summary, dialog, [contenteditable]");
    if (!area.contains(event.target) && (!beside || lettersOff())) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.matches("input[type=text], textarea, select")) return;
    const target = Array.from(area.querySelectorAll("[data-key]")).find((one) => one.dataset.key === event.key.toLowerCase() && !one.disabled);
    if (target) { event.preventDefault(); target.click(); }
  });
  area.focus({ preventScroll: true });
}

// Words selected with the mouse or the keyboard, as places in the text, in code points.
for (const text of document.querySelectorAll("[data-span-text]")) {
  const choice = document.querySelector("[data-span]"), told = choice.querySelector("span"), input = choice.querySelector("input");
  choice.hidden = false;
  input.disabled = true;
  const points = (node, offset) => {
    const range = document.createRange();
    range.setStart(text, 0);
    range.setEnd(node, offset);
    return Array.from(range.toString()).length;
  };
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
    input.disabled = false;
    input.checked = true;
    input.value = `${points(range.startContainer, range.startOffset)}:${points(range.endContainer, range.endOffset)}`;
    told.textContent = `“${selection.toString()}”`;
  });
}

// Leave what was changed or sent usable when a person comes back with the back button.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-autosubmit]")) for (const field of form.elements) field.disabled = false;
  for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-text]")) button.textContent = button.dataset.text;
});

// A tool that was opened is typed into at once.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches("details.tool[open]")) return;
  const field = target.querySelector("input:is([name='name'], [name='value'], [name='title']):not([type='hidden'])");
  field?.focus();
  field?.select();
}, true);
