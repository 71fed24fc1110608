// Copying and collecting quotes. A convenience: without it the same links lead to pages that do the same.
"use strict";

(() => {
  // What happened is said aloud, and shown at the foot of the page for a while.
  const live = document.createElement("div");
  live.className = "aloud";
  live.setAttribute("role", "status");
  live.setAttribute("aria-live", "polite");
  document.body.append(live);
  let clearing;
  const tell = (words, ...links) => {
    clearTimeout(clearing);
    live.replaceChildren(words, ...links.flatMap((link) => [" ", link]));
    clearing = setTimeout(() => { if (!live.contains(document.activeElement)) live.replaceChildren(); }, 12000);
  };
  const anchor = (href, words) => Object.assign(document.createElement("a"), { href, textContent: words });
  const remembered = () => (/(?:^|; )parley_style=(role|segment|none)/.exec(document.cookie) || [])[1] || "role";

  // The plain text and the same as HTML, so that a mail takes one and a text field the other. Both may be promised: some
  // browsers allow writing only while the click lasts.
  const write = (text, html) => {
    const kinds = { "text/plain": text };
    if (html) kinds["text/html"] = html;
    const promised = Object.fromEntries(Object.entries(kinds).map(([type, value]) => [type, Promise.resolve(value).then((said) => new Blob([said], { type }))]));
    if (window.ClipboardItem && navigator.clipboard.write) return navigator.clipboard.write([new ClipboardItem(promised)]);
    return Promise.resolve(text).then((said) => navigator.clipboard.writeText(said));
  };

  if (navigator.clipboard) {
    for (const link of document.querySelectorAll("[data-take]")) {
      link.addEventListener("click", async (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        const style = remembered();
        const asked = fetch(`/api/v1/quotes/${link.dataset.take}/copy?style=${style}`).then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status))));
        try {
          await write(asked.then((panel) => panel.formats.text), asked.then((panel) => panel.formats.html));
          const panel = await asked;
          const masked = panel.taken.words.pieces.filter((piece) => piece.kind).length;
          const parts = ["Copied without names"];
          if (panel.taken.line) parts.push(` as “${panel.taken.line}”`);
          parts.push(masked ? `; ${masked} ${masked === 1 ? "word is" : "words are"} masked.` : ".");
          parts.push(" Masking finds most names, not all: read before publishing.");
          tell(parts.join(""), anchor(link.href, "Other styles"));
        } catch {
          location.href = link.href;
        }
      });
    }
    for (const button of document.querySelectorAll("[data-copy-format]")) {
      button.hidden = false;
      for (const other of document.querySelectorAll("[data-without-script]")) other.hidden = true;
      const value = (format) => document.getElementById(`copy-${format}`).value;
      button.addEventListener("click", async () => {
        try {
          await write(value(button.dataset.copyFormat), button.dataset.copyFormat === "text" ? value("html") : "");
          tell(`Copied as ${{ text: "text", md: "Markdown", markdown: "Markdown", html: "HTML" }[button.dataset.copyFormat]}.`);
        } catch {
          for (const other of document.querySelectorAll("[data-without-script]")) other.hidden = false;
          tell("The browser does not allow copying here: select the field and copy it.");
        }
      });
    }
  }

  // Collect without leaving the page.
  const dialog = document.createElement("dialog");
  if (dialog.showModal) {
    dialog.className = "collect-box";
    dialog.setAttribute("aria-labelledby", "collect-box-head");
    document.body.append(dialog);
    const send = (path, method, body) => fetch(`/api/v1/collections${path}`, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) })
      .then(async (answer) => answer.ok ? answer.json() : Promise.reject(new Error((await answer.json()).detail)));
    const finish = (id, title, events) => {
      dialog.close();
      if (!events.length) { tell(`It is in “${title}” already.`, anchor(`/collections/${id}`, "Open")); return; }
      const undo = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Undo" });
      undo.addEventListener("click", () => send(`/events/${events[0]}/undo`, "POST").then(() => tell("Taken out again."), (error) => tell(error.message)));
      tell(`Put into “${title}”.`, undo, anchor(`/collections/${id}`, "Open"));
    };
    const open = async (quote) => {
      const found = await send("", "GET");
      const form = document.createElement("form");
      form.method = "dialog";
      const head = Object.assign(document.createElement("h2"), { id: "collect-box-head", textContent: "Collect into" });
      const list = document.createElement("div");
      list.className = "collect-list";
      for (const one of found) {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: one.title });
        button.addEventListener("click", () => send(`/${one.id}/quotes`, "POST", { quotes: [quote], actor: "web page" }).then((done) => finish(one.id, one.title, done.events), (error) => tell(error.message)));
        list.append(button);
      }
      const label = Object.assign(document.createElement("label"), { className: "field", textContent: "" });
      const name = Object.assign(document.createElement("span"), { textContent: "A new one" });
      const input = Object.assign(document.createElement("input"), { maxLength: 120, autocomplete: "off", placeholder: "For instance: pricing article" });
      label.append(name, input);
      const make = Object.assign(document.createElement("button"), { type: "submit", className: "button main", textContent: "Make it" });
      const cancel = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Cancel" });
      cancel.addEventListener("click", () => dialog.close());
      const row = document.createElement("div");
      row.className = "buttons";
      row.append(make, cancel);
      form.append(head, list, label, row);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send("", "POST", { title: input.value, quotes: [quote], actor: "web page" }).then((made) => {
          dialog.close();
          tell(`Put into “${made.title}”.`, anchor(`/collections/${made.id}`, "Open"));
        }, (error) => tell(error.message));
      });
      dialog.replaceChildren(form);
      dialog.showModal();
    };
    for (const link of document.querySelectorAll("[data-collect]")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(link.dataset.collect).catch(() => { location.href = link.href; });
      });
    }
  }

  // Dragging is a second way to what the arrows do.
  for (const list of document.querySelectorAll("[data-sortable]")) {
    let moved = null;
    for (const handle of list.querySelectorAll("[data-handle]")) {
      handle.draggable = true;
      handle.title = "Drag to another place";
      const item = handle.closest("li");
      handle.addEventListener("dragstart", (event) => { moved = item; item.classList.add("moving"); event.dataTransfer.setData("text/plain", item.dataset.id); });
      handle.addEventListener("dragend", () => {
        item.classList.remove("moving");
        if (moved) document.querySelector("[data-order]").submit();
        moved = null;
      });
    }
    list.addEventListener("dragover", (event) => {
      const over = event.target.closest("li");
      if (!moved || !over || over === moved) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      over[event.clientY < box.top + box.height / 2 ? "before" : "after"](moved);
    });
  }
})();
