// Quicker with a keyboard; everything works without this file.
const typing = (target) => target.matches("input, textarea, select");

const rows = () => [...document.querySelectorAll("[data-daftar] tbody tr")];
let at = -1;

function move(step) {
  const all = rows();
  if (!all.length) return;
  all[at]?.classList.remove("kini");
  at = Math.min(Math.max(at + step, 0), all.length - 1);
  all[at].classList.add("kini");
  all[at].querySelector("a")?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x" && at >= 0) rows()[at].querySelector("input[type=checkbox]")?.click();
  else if (event.key === "/") document.getElementById("cari")?.focus();
  else if (event.key === "?") document.getElementById("bantuan")?.showModal();
  else return;
  event.preventDefault();
});

// Whoever comes back to a list after a while sees it as it is now, with the same rows ticked and in the same place.
// Only his coming back asks for it: a page left open must not keep a session alive.
let asked = Date.now();
document.addEventListener("visibilitychange", async () => {
  const lists = [...document.querySelectorAll("[data-segar]")];
  if (document.hidden || !lists.length || Date.now() - asked < 30000) return;
  asked = Date.now();
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const list of lists) {
    const now = fresh.getElementById(list.id);
    if (!now) continue;
    const ticked = [...list.querySelectorAll("input:checked")].map((box) => box.value);
    const focused = list.contains(document.activeElement) && document.activeElement.getAttribute("href");
    const current = list.querySelector(".kini a")?.getAttribute("href");
    list.replaceChildren(...now.childNodes);
    for (const box of list.querySelectorAll("input[type=checkbox]")) box.checked = ticked.includes(box.value);
    if (current) at = rows().findIndex((row) => row.querySelector("a")?.getAttribute("href") === current);
    if (current && at >= 0) rows()[at].classList.add("kini");
    if (focused) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  }
});

document.querySelector("[data-fokus]")?.focus();

// A part of the menu that is open closes when one turns elsewhere; without this file its own word closes it.
const closed = (except) => document.querySelectorAll(".menu [open]").forEach((part) => {
  if (!part.contains(except)) part.open = false;
});
document.addEventListener("click", (event) => closed(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const word = document.querySelector(".menu [open]:focus-within > summary");
  closed(null);
  word?.focus();
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.dikirim) event.preventDefault();
  else form.dataset.dikirim = "ya";
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.dikirim;
});

// A long decision goes on by itself; without this file its button takes the next part.
document.querySelector("form[data-teruskan]")?.requestSubmit();

// A one-time link's secret stands behind "#", which the browser sends to nobody.
const link = document.querySelector("[data-dari-alamat]");
if (link && location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
