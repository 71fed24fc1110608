// A quote's own page: an approval asks for its name before it is sent. Without this the server asks.
"use strict";

for (const form of document.querySelectorAll("form[data-usage]")) {
  const name = form.elements.name;
  if (!name) continue;
  const ask = () => { name.required = form.elements.state.value !== "internal"; };
  form.addEventListener("change", ask);
  ask();
}

// What was done is told once: a reload shows the quote, not the same news again.
const here = new URL(location.href);
if (here.searchParams.has("told")) {
  for (const name of ["told", "event"]) here.searchParams.delete(name);
  history.replaceState(history.state, "", here);
}
