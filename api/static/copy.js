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
  const WAYS = { text: "text", markdown: "Markdown", html: "HTML" };
  const chosen = () => (/(?:^|; )parley_copy=(markdown|html)/.exec(document.cookie) || [])[1] || "text";

  // The plain text and the same as HTML, so that a mail takes one and a text field the other. Both may be promised: some
  // browsers allow writing only while the click lasts.
  const write = async (text, html) => {
    const kinds = html ? { "text/plain": text, "text/html": html } : { "text/plain": text };
    try {
      if (window.ClipboardItem && navigator.clipboard.write) {
        const promised = Object.fromEntries(Object.entries(kinds).map(([type, value]) => [type, Promise.resolve(value).then((said) => new Blob([said], { type }))]));
        await navigator.clipboard.write([new ClipboardItem(promised)]);
      } else await navigator.clipboard.writeText(await text);
      return true;
    } catch {
      // Browsers have no clipboard for pages at a plain http address, such as that of a server in the office: the older way.
      const said = await Promise.all(Object.entries(kinds).map(async ([type, value]) => [type, await value]));
      let put = false;
      const onCopy = (event) => { for (const [type, value] of said) event.clipboardData.setData(type, value); event.preventDefault(); put = true; };
      document.addEventListener("copy", onCopy);
      try { return document.execCommand("copy") && put; } catch { return false; } finally { document.removeEventListener("copy", onCopy); }
    }
  };

  // Where a browser refuses both, the text lies open and selected for the person to copy.
  const byHand = (text) => {
    const box = Object.assign(document.createElement("dialog"), { className: "collect-box by-hand" });
    const head = Object.assign(document.createElement("h2"), { id: "by-hand-head", textContent: "Copy it by hand" });
    const how = Object.assign(document.createElement("p"), { id: "by-hand-how", textContent: "This browser does not let the page copy. The text is selected: press Ctrl+C (⌘C on a Mac), or hold it and tap Copy on a phone." });
    const field = Object.assign(document.createElement("textarea"), { readOnly: true, rows: 8, value: text });
    field.setAttribute("aria-label", "Text to copy");
    const close = Object.assign(document.createElement("button"), { className: "button main", textContent: "Done" });
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    form.append(head, how, field, close);
    box.append(form);
    box.setAttribute("aria-labelledby", head.id);
    box.setAttribute("aria-describedby", how.id);
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
    field.focus();
    field.select();
  };

  const short = (text) => text.length > 60 ? `${text.slice(0, 60).replace(/\s+\S*$/, "")}…` : text;
  // Copy, say what was copied, and show it on the button that was pressed.
  const take = async (button, text, html, told, ...links) => {
    if (!await write(text, html)) { byHand(await text); return; }
    tell(typeof told === "function" ? told(await text) : told, ...links);
    clearTimeout(button.showing);
    button.label ||= button.innerHTML;
    button.textContent = "Copied ✓";
    button.showing = setTimeout(() => { button.innerHTML = button.label; }, 2000);
  };

  for (const link of document.querySelectorAll("[data-take]")) {
    link.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const way = chosen();
      const asked = fetch(`/api/v1/quotes/${link.dataset.take}/copy?style=${remembered()}`).then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status))));
      try {
        const html = way === "text" && asked.then((panel) => panel.formats.html);
        const panel = asked.then(({ taken, usage }) => {
          const masked = taken.words.pieces.filter((piece) => piece.kind).length;
          const parts = [`Copied${way === "text" ? "" : ` as ${WAYS[way]}`} without names: “${short(taken.words.pieces.map((piece) => piece.text).join(""))}”`];
          if (taken.line) parts.push(` — ${taken.line}`);
          parts.push(masked ? `; ${masked} ${masked === 1 ? "word is" : "words are"} masked.` : ".");
          if (taken.coarser) parts.push(` The line tells less than the card, because “${taken.choices[0].line}” fits only one of your customers.`);
          if (usage === "internal") parts.push(" It is “Internal only”: nobody has cleared it for use outside.");
          return [...parts, " Masking finds most names, not all: read before publishing."].join("");
        });
        if (html) html.catch(() => {});
        panel.catch(() => {});
        let told = "";
        await take(link, asked.then(async (one) => { told = await panel; return one.formats[way]; }), html, () => told, anchor(link.href, "Other styles"));
      } catch {
        location.href = link.href;
      }
    });
  }
  // All that are picked, in one piece.
  for (const button of document.querySelectorAll("[data-take-picked]")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      const picked = Array.from(button.form.elements).filter((one) => one.name === "quote" && one.checked).map((one) => ["quote", one.value]);
      if (!picked.length) { tell("No quote is picked yet: tick some, then copy them."); return; }
      const way = chosen();
      const page = `/quotes/copy?${new URLSearchParams([...picked, ["back", button.form.elements.back.value]])}`;
      const asked = fetch(`${page}&style=${remembered()}`, { headers: { Accept: "application/json" } }).then((answer) => answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status))));
      try {
        const html = way === "text" && asked.then((all) => all.formats.html);
        if (html) html.catch(() => {});
        let told = "";
        await take(button, asked.then((all) => {
          const parts = [`${all.quotes} ${all.quotes === 1 ? "quote" : "quotes"} copied${way === "text" ? "" : ` as ${WAYS[way]}`} without names.`];
          if (all.coarser) parts.push(` ${all.coarser} of their lines ${all.coarser === 1 ? "tells" : "tell"} less than the card, which fits only one of your customers.`);
          if (all.alone) parts.push(` ${all.alone} of their lines ${all.alone === 1 ? "fits" : "fit"} only one of your customers.`);
          if (all.internal) parts.push(` ${all.internal} of them: “Internal only”, not cleared for use outside.`);
          told = [...parts, " Masking finds most names, not all: read before publishing."].join("");
          return all.formats[way];
        }), html, () => told, anchor(page, "Other styles"));
      } catch {
        location.href = page;
      }
    });
  }
  // In which form the cards' own link copies: chosen once, for every list in this browser.
  for (const choice of document.querySelectorAll("[data-copy-as]")) {
    const show = () => { choice.value = chosen(); };
    choice.closest("label").hidden = false;
    choice.addEventListener("change", () => { document.cookie = `parley_copy=${choice.value}; path=/; max-age=31536000; samesite=strict`; });
    addEventListener("pageshow", show);
    show();
  }
  for (const button of document.querySelectorAll("[data-copy-format]")) {
    button.hidden = false;
    for (const other of document.querySelectorAll("[data-without-script]")) other.hidden = true;
    const value = (format) => document.getElementById(`copy-${format}`).value;
    const format = button.dataset.copyFormat;
    const way = WAYS[format];
    button.addEventListener("click", () => take(button, value(format), format === "text" ? value("html") : "",
      `Copied as ${way}: ${button.dataset.copied || short(value("text").split("\n")[0])}.`));
  }
  // A link or a text that stands in the page's markup.
  for (const button of document.querySelectorAll("[data-copy], [data-copy-text], [data-copy-here]")) {
    button.hidden = false;
    const { copyHere, copy, copyText } = button.dataset;
    const text = copyHere ? new URL(copyHere, location.origin).href : copy ?? copyText;
    button.addEventListener("click", () => take(button, text, "", `Copied: ${short(text)}`));
  }

  // A quote that was moved by its arrows keeps them under the finger and the focus, and its new place is said.
  const MOVED = "parley-moved";
  for (const button of document.querySelectorAll("[data-step]")) {
    button.form.addEventListener("submit", () => { try { sessionStorage.setItem(MOVED, JSON.stringify([button.closest("li").dataset.id, button.dataset.step])); } catch { /* storage is off */ } });
  }
  try {
    const [id, step] = JSON.parse(sessionStorage.getItem(MOVED) || "[]");
    sessionStorage.removeItem(MOVED);
    const item = id && document.querySelector(`[data-sortable] > li[data-id="${CSS.escape(id)}"]`);
    const ready = item && (item.querySelector(`[data-step="${step}"]:enabled`) || item.querySelector("[data-step]:enabled"));
    if (ready) {
      ready.focus();
      const all = Array.from(item.parentElement.children);
      setTimeout(() => tell(`Moved to place ${all.indexOf(item) + 1} of ${all.length}.`), 100);
    }
  } catch { /* storage is off */ }

  // Collect without leaving the page.
  const dialog = document.createElement("dialog");
  if (dialog.showModal) {
    dialog.className = "collect-box";
    dialog.setAttribute("aria-labelledby", "collect-box-head");
    document.body.append(dialog);
    const send = (path, method, body) => fetch(`/api/v1/collections${path}`, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) })
      .then(async (answer) => answer.ok ? answer.json() : Promise.reject(new Error((await answer.json()).detail)));
    const finish = (id, title, taken, back) => {
      dialog.close();
      const undo = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Undo" });
      undo.addEventListener("click", () => send(...back).then(() => tell(taken), (error) => tell(error.message)));
      tell(`Put into “${title}”.`, undo, anchor(`/collections/${id}`, "Open"));
    };
    const open = async (quote) => {
      const found = await send("", "GET");
      const form = document.createElement("form");
      form.method = "dialog";
      const head = Object.assign(document.createElement("h2"), { id: "collect-box-head", textContent: "Collect into" });
      const list = document.createElement("div");
      list.className = "collect-list";
      // What goes wrong is said within: the foot of the page lies behind.
      const wrong = Object.assign(document.createElement("p"), { className: "told wrong", hidden: true });
      wrong.setAttribute("role", "alert");
      const refuse = (error) => { wrong.textContent = error.message; wrong.hidden = false; };
      for (const one of found) {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: one.title });
        button.addEventListener("click", () => send(`/${one.id}/quotes`, "POST", { quotes: [quote], actor: "web page" }).then(({ events }) => {
          if (events.length) { finish(one.id, one.title, "Taken out again.", [`/events/${events[0]}/undo`, "POST"]); return; }
          dialog.close();
          tell(`It is in “${one.title}” already.`, anchor(`/collections/${one.id}`, "Open"));
        }, refuse));
        list.append(button);
      }
      const label = Object.assign(document.createElement("label"), { className: "field", textContent: "" });
      const name = Object.assign(document.createElement("span"), { textContent: "A new one" });
      const input = Object.assign(document.createElement("input"), { maxLength: 120, required: true, autocomplete: "off", placeholder: "For instance: pricing article" });
      label.append(name, input);
      const make = Object.assign(document.createElement("button"), { type: "submit", className: "button main", textContent: "Make it" });
      const cancel = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "Cancel" });
      cancel.addEventListener("click", () => dialog.close());
      const row = document.createElement("div");
      row.className = "buttons";
      row.append(make, cancel);
      form.append(head, list, label, wrong, row);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send("", "POST", { title: input.value, quotes: [quote], actor: "web page" }).then((made) => finish(made.id, made.title, "The collection is gone again.", [`/${made.id}`, "DELETE"]), refuse);
      });
      dialog.replaceChildren(form);
      dialog.showModal();
      (list.querySelector("button") || input).focus();
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
