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
  else return;
  event.preventDefault();
});

document.querySelector("[data-fokus]")?.focus();

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

// A one-time link's secret stands behind "#", which the browser sends to nobody.
const link = document.querySelector("[data-dari-alamat]");
if (link && location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
