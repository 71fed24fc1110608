// "What do I send?": Enter finds, a pasted mail finds at once, and a name typed once is remembered here.
"use strict";

const form = document.querySelector("form[data-send]");
const field = form && form.elements.words;
if (field) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && field.value.trim()) { event.preventDefault(); form.requestSubmit(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) { event.preventDefault(); field.focus(); field.select(); }
  });
}
for (const input of document.querySelectorAll("[data-keep-name]")) {
  try { input.value = localStorage.getItem("parley-name") || ""; } catch { /* storage is off */ }
  input.form.addEventListener("submit", () => { try { localStorage.setItem("parley-name", input.value.trim()); } catch { /* storage is off */ } });
}
