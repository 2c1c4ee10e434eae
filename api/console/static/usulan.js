// Numbers and dates are compared at the field while one types. The server judges all of it again; nothing is kept here.
const form = document.querySelector("[data-usulan]");
const told = form.dataset;
const field = (name) => form.elements.namedItem(name);
const digits = (text) => text.replace(/\s/g, "");

function say(input, text) {
  document.getElementById(`${input.name}-s`).textContent = text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// Day, month and two digits of the year, as the NIK has them: a woman's day has 40 added.
function birth(text) {
  const found = /^(\d{1,2})[-/. ]?(\d{1,2})[-/. ]?(\d{4})$/.exec(text.trim());
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text.trim());
  const [day, month, year] = iso ? [iso[3], iso[2], iso[1]] : found ? found.slice(1) : [];
  return year && { day: +day, month: +month, year: +year };
}

function nik(line) {
  const input = field(`a${line}.nik`);
  const number = digits(input.value);
  if (!number) return say(input, "");
  if (!/^\d{16}$/.test(number)) return say(input, `${told.panjang} ${number.length}.`);
  const same = [...form.querySelectorAll("[name$='.nik']")].filter((one) => digits(one.value) === number);
  if (same.length > 1) return say(input, told.ganda);
  const female = +number.slice(6, 8) > 40;
  const born = birth(field(`a${line}.tanggal_lahir`).value);
  const day = +number.slice(6, 8) - 40 * female;
  const [month, year] = [+number.slice(8, 10), +number.slice(10, 12)];
  if (born && (born.day !== day || born.month !== month || born.year % 100 !== year))
    return say(input, `${told.lahir} ${[day, month, year].map((n) => String(n).padStart(2, "0")).join("-")}`);
  const sex = field(`a${line}.jk`).value;
  say(input, sex && (sex === "2") !== female ? told.jk : "");
}

function judge(name) {
  const line = /^a(\d+)\.(nik|tanggal_lahir|jk)$/.exec(name);
  if (line) nik(line[1]);
  if (name !== "k.no_kk") return;
  const number = digits(field(name).value);
  say(field(name), !number || /^\d{16}$/.test(number) ? "" : `${told.panjang} ${number.length}.`);
}

// A message that appears under a field while a button below is being pressed would move the button from under the finger.
let pressing = false;
form.addEventListener("pointerdown", ({ target }) => { pressing = target.closest("button") !== null; });
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressing = false; });

form.addEventListener("change", ({ target }) => {
  // 31121990 is quicker to type than 31-12-1990.
  if (target.name.endsWith(".tanggal_lahir") && /^\d{8}$/.test(target.value))
    target.value = target.value.replace(/^(..)(..)(....)$/, "$1-$2-$3");
  if (!pressing) judge(target.name);
});
form.addEventListener("input", ({ target }) => {
  if (/nik$|no_kk$/.test(target.name) && digits(target.value).length >= 16) judge(target.name);
});

// One line more without a journey to the server; without this file the button asks it for the line.
form.addEventListener("click", (event) => {
  if (event.target.value !== "tambah") return;
  event.preventDefault();
  const lines = form.querySelectorAll("[data-anggota]");
  const [last, place] = [lines[lines.length - 1], lines.length];
  const line = last.cloneNode(true);
  line.dataset.anggota = place;
  line.querySelector("legend span").textContent = place + 1;
  for (const one of line.querySelectorAll("*"))
    for (const { name, value } of [...one.attributes])
      if (/^(id|name|for|aria-describedby)$/.test(name)) one.setAttribute(name, value.replace(/\ba\d+\./g, `a${place}.`));
  for (const one of line.querySelectorAll("input, select")) {
    one.value = "";
    one.removeAttribute("aria-invalid");
  }
  for (const one of line.querySelectorAll(".pesan-isian")) one.textContent = "";
  for (const one of line.querySelectorAll("[name=aksi]")) one.value = `hapus.${place}`;
  last.after(line);
  field("anggota").value = place + 1;
  line.querySelector("input").focus();
  event.target.parentElement.hidden = place + 1 >= +told.most;
});
