// Conveniences only: every page works without this file.
"use strict";

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.classList.add("auto");
  const submit = () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    form.submit();
  };
  form.addEventListener("change", submit);
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
}

for (const input of document.querySelectorAll("[data-files]")) {
  const told = input.parentElement.querySelector("[data-chosen]");
  const first = told.textContent;
  input.addEventListener("change", () => {
    const names = Array.from(input.files, (file) => file.name);
    told.textContent = names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ") || first;
  });
  for (const type of ["dragenter", "dragover"]) input.addEventListener(type, () => input.parentElement.classList.add("over"));
  for (const type of ["dragleave", "drop"]) input.addEventListener(type, () => input.parentElement.classList.remove("over"));
}

// "Reading, 12 of 40 MB, 3 MB a second, about 9 s left": the rate is that of the present stage.
function progress(job) {
  const bytes = job.stage === "reading";
  const say = (value) => bytes ? `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB` : Math.round(value).toLocaleString("en");
  const parts = [job.stage ? job.stage[0].toUpperCase() + job.stage.slice(1) : "Starting"];
  if (job.done) parts.push(job.total ? `${say(job.done)} of ${say(job.total)}` : say(job.done));
  const seconds = (new Date(job.heartbeat_at) - new Date(job.stage_began_at)) / 1000;
  if (job.done && seconds >= 2) {
    const rate = job.done / seconds;
    parts.push(`${say(rate)} a second`);
    if (job.total > job.done) {
      const left = (job.total - job.done) / rate;
      parts.push(left < 90 ? `about ${Math.ceil(left)} s left` : `about ${Math.ceil(left / 60)} min left`);
    }
  }
  return parts.join(", ");
}

for (const section of document.querySelectorAll("[data-job]")) {
  const stage = section.querySelector("[data-stage]");
  const bar = section.querySelector("progress");
  const look = async () => {
    const answer = await fetch(`/api/v1/jobs/${section.dataset.job}`).catch(() => null);
    if (answer && answer.ok) {
      const job = await answer.json();
      if (job.status === "done" || job.status === "failed") { location.reload(); return; }
      if (job.status === "running") stage.textContent = progress(job);
      if (job.total) { bar.max = job.total; bar.value = job.done; } else bar.removeAttribute("value");
    }
    setTimeout(look, 1500);
  };
  look();
}

// Remember to leave the field that was changed usable when a person comes back with the back button.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-autosubmit]")) for (const field of form.elements) field.disabled = false;
});
