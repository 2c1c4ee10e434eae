// Shows how far a list has come while its answer is awaited; without this file the answer simply comes.
const EVERY_MS = 2000;
const form = document.querySelector("[data-impor]");
const place = form?.querySelector("[data-kemajuan]");

async function look() {
  try {
    const answer = await fetch(`/impor/kemajuan?kunci=${encodeURIComponent(form.elements.kunci.value)}`);
    const told = answer.ok ? await answer.json() : {};
    if (told.dari) {
      place.querySelector("progress").max = told.dari;
      place.querySelector("progress").value = told.selesai;
      place.querySelector("output").textContent = `${told.selesai} / ${told.dari}`;
    }
  } catch {
    // the line broke for a moment: the next look may arrive
  }
  setTimeout(look, EVERY_MS);
}

form?.addEventListener("submit", () => {
  place.hidden = false;
  setTimeout(look, EVERY_MS);
}, { once: true });
