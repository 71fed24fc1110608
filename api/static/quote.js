// A quote's own page: an approval asks for its name before it is sent. Without this the server asks.
"use strict";

for (const form of document.querySelectorAll("form[data-usage]")) {
  const name = form.elements.name;
  if (!name) continue;
  const ask = () => { name.required = form.elements.state.value !== "internal"; };
  form.addEventListener("change", ask);
  ask();
}
