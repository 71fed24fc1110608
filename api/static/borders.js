// Where a quote begins and ends, tried without leaving the page: the words are marked as the buttons move the borders, and a
// click on a word moves the nearer border to it. Without this every step asks the server.
"use strict";

for (const form of document.querySelectorAll("form[data-borders]")) {
  const words = [...form.querySelectorAll("[data-start]")];
  let first = words.findIndex((word) => word.classList.contains("in"));
  let last = words.findLastIndex((word) => word.classList.contains("in"));
  if (first < 0) continue;
  // A border may stand within a run of characters, after a bracket for instance: until it is moved it stays there.
  const { start, end } = form.elements;
  const sentence = (at) => words[at].dataset.sentence;
  const begins = (at) => at === 0 || sentence(at) !== sentence(at - 1);
  const stops = (at) => at === words.length - 1 || sentence(at) !== sentence(at + 1);
  const next = (from, way, fits) => {
    for (let at = from + way; at >= 0 && at < words.length; at += way) if (fits(at)) return at;
    return from;
  };
  const show = (side) => {
    words.forEach((word, at) => word.classList.toggle("in", first <= at && at <= last));
    if (side === "start") start.value = words[first].dataset.start;
    if (side === "end") end.value = words[last].dataset.end;
  };
  const move = (step) => {
    const [side, unit, way] = step.split("-");
    const every = () => true;
    if (step === "whole") {
      if (!begins(first)) first = next(first, -1, begins);
      if (!stops(last)) last = next(last, 1, stops);
      show("start");
      show("end");
      return;
    }
    if (side === "start") first = Math.min(last, next(first, way === "more" ? -1 : 1, unit === "word" ? every : begins));
    else last = Math.max(first, next(last, way === "more" ? 1 : -1, unit === "word" ? every : stops));
    show(side);
  };
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.name !== "step") return;
    event.preventDefault();
    move(button.value);
  });
  form.querySelector("[data-words]").addEventListener("click", (event) => {
    const at = words.indexOf(event.target.closest("[data-start]"));
    if (at < 0) return;
    const side = Math.abs(at - first) <= Math.abs(at - last) ? "start" : "end";
    if (side === "start") first = at;
    else last = at;
    show(side);
  });
}
