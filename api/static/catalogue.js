// Shows at once what a word would change; every page works without this file, by its Preview buttons.
"use strict";

for (const form of document.querySelectorAll("form[data-preview]")) {
  form.classList.add("live");
  for (const note of form.querySelectorAll(".only-script")) note.hidden = false;
  let waiting = 0, asked = 0;
  const look = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    const parts = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("[data-live]");
    for (const part of parts) {
      const here = document.getElementById(part.id);
      if (here && here.innerHTML !== part.innerHTML) here.replaceChildren(...part.childNodes);
    }
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 250); });
}
