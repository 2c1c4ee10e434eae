// Files go up in pieces and go on where they stopped, also after the page was closed; photos are made small here first.
// Without this file a form sends its file whole, as the camera made it.
const PIECE = 256 * 1024;
const PATIENCE_MS = 120_000; // for one piece: 256 kB over a line of 20 kbit/s
const KEPT_MS = 3 * 24 * 3_600_000; // the server keeps an unfinished upload as long
const LIGHT = 85 * 1024; // two photos and the pages of a family stay below 200 kB
const SIZES = [[1600, 0.75], [1600, 0.6], [1280, 0.55], [1024, 0.5], [1024, 0.35]];
const FRESH_MS = 10 * 60_000; // an older photo was not taken where the device is now

// -- what waits on the device: one file for each form, until it has arrived ---------------------------------------------
const shelf = (mode, work) => new Promise((done, fail) => {
  const opening = indexedDB.open("alur-unggahan", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("berkas", { keyPath: "form" });
  opening.onerror = () => fail(opening.error);
  opening.onsuccess = () => {
    const turn = opening.result.transaction("berkas", mode);
    const asked = work(turn.objectStore("berkas"));
    turn.oncomplete = () => { opening.result.close(); done(asked.result); };
    turn.onabort = () => { opening.result.close(); fail(turn.error); };
  };
});
// A browser that keeps nothing (a private window) still sends; it only cannot go on after the page was closed.
const keep = (file) => shelf("readwrite", (all) => all.put(file)).catch(() => {});
const drop = (file) => shelf("readwrite", (all) => all.delete(file.form)).catch(() => {});
const waiting = (form) => shelf("readonly", (all) => all.get(form)).catch(() => undefined);

// -- sending ------------------------------------------------------------------------------------------------------------
class Later extends Error {}

async function ask(form, method, path, headers, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method, body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { "Tus-Resumable": "1.0.0", "X-Tanda": form.elements.tanda.value, Accept: "application/problem+json", ...headers },
    });
  } catch {
    throw new Later();
  }
  if (answer.type === "opaqueredirect") { // signed out meanwhile: the file waits here
    location.assign(`/masuk?ke=${encodeURIComponent(location.pathname)}`);
    await new Promise(() => {});
  }
  if (answer.status === 429 || answer.status >= 500) throw new Later();
  return answer;
}

async function judged(answer) {
  if (answer.ok) return answer;
  const told = await answer.json();
  const en = document.documentElement.lang === "en" ? "_en" : "";
  const refused = new Error([told[`detail${en}`], told[`cure${en}`]].filter(Boolean).join(" "));
  refused.stale = answer.status === 403; // the page is older than the session: loaded again, it goes on
  throw refused;
}

async function through(form, file, show) {
  if (!file.to) {
    const about = `case ${btoa(file.case)},kind ${btoa(file.kind)}`;
    const made = await judged(await ask(form, "POST", "/uploads", { "Upload-Length": file.blob.size, "Upload-Metadata": about }));
    file.to = made.headers.get("Location");
    await keep(file);
  }
  let stands = await ask(form, "HEAD", file.to);
  if (stands.status === 404) { // swept, or the document was made and only the answer got lost
    const made = await ask(form, "POST", `${file.to}/document`);
    if (made.ok) return;
    file.to = null;
    throw new Later();
  }
  let at = Number((await judged(stands)).headers.get("Upload-Offset"));
  while (at < file.blob.size) {
    show(at / file.blob.size);
    const headers = { "Upload-Offset": at, "Content-Type": "application/offset+octet-stream" };
    const taken = await ask(form, "PATCH", file.to, headers, file.blob.slice(at, at + PIECE));
    if (taken.status === 409 || taken.status === 404) throw new Later(); // ask again where it stands
    at = Number((await judged(taken)).headers.get("Upload-Offset"));
  }
  show(1);
  await judged(await ask(form, "POST", `${file.to}/document`));
}

const pause = (ms) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  addEventListener("online", () => { clearTimeout(timer); done(); }, { once: true });
});

async function send(form, file) {
  const box = form.querySelector(".kemajuan");
  const [bar, words] = [box.querySelector("progress"), box.querySelector("span")];
  const button = form.querySelector("button[type=submit]");
  const show = (share) => { bar.value = Math.round(share * 100); words.textContent = share < 1 ? box.dataset.jalan : box.dataset.periksa; };
  for (const earlier of document.querySelectorAll(".berhasil")) earlier.remove();
  box.hidden = false;
  button.disabled = true;
  words.classList.remove("salah");
  for (let wait = 1000; ; wait = Math.min(wait * 2, 30_000)) {
    try {
      await through(form, file, show);
      await drop(file);
      const next = new URL(form.dataset.lanjut, location);
      if (next.href === location.href) location.reload();
      else location.assign(next);
      return;
    } catch (error) {
      if (!(error instanceof Later)) {
        if (!error.stale) await drop(file);
        button.disabled = false;
        delete form.dataset.dikirim;
        words.textContent = error.message;
        words.classList.add("salah");
        return;
      }
      words.textContent = box.dataset.putus;
      await pause(wait);
    }
  }
}

// -- photos -------------------------------------------------------------------------------------------------------------
// What a camera wrote about place and time: { lat, lon, clock, offset }, null without a place.
function written(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    if (bytes[at + 1] === 0xe1 && view.getUint32(at + 4) === 0x45786966) return placed(new DataView(bytes.buffer, bytes.byteOffset + at + 10));
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function placed(tiff) {
  const little = tiff.getUint16(0) === 0x4949;
  const u16 = (at) => tiff.getUint16(at, little);
  const u32 = (at) => tiff.getUint32(at, little);
  const entries = (at) => new Map(Array.from({ length: u16(at) }, (_, n) => [u16(at + 2 + 12 * n), at + 2 + 12 * n]));
  const text = (at) => { let told = ""; for (let n = 0; n < u32(at + 4) - 1; n++) told += String.fromCharCode(tiff.getUint8((u32(at + 4) > 4 ? u32(at + 8) : at + 8) + n)); return told; };
  const degrees = (at) => [0, 1, 2].reduce((sum, n) => sum + u32(u32(at + 8) + 8 * n) / u32(u32(at + 8) + 8 * n + 4) / 60 ** n, 0);
  const first = entries(u32(4));
  if (!first.has(0x8825)) return null;
  const gps = entries(u32(first.get(0x8825) + 8));
  if (!gps.has(2) || !gps.has(4)) return null;
  const more = first.has(0x8769) ? entries(u32(first.get(0x8769) + 8)) : new Map();
  const sign = (at, minus) => (String.fromCharCode(tiff.getUint8(at + 8)) === minus ? -1 : 1);
  const lat = sign(gps.get(1), "S") * degrees(gps.get(2));
  const lon = sign(gps.get(3), "W") * degrees(gps.get(4));
  if (!Number.isFinite(lat) || !Number.isFinite(lon)) return null;
  return { lat, lon, clock: more.has(0x9003) ? text(more.get(0x9003)) : "", offset: more.has(0x9011) ? text(more.get(0x9011)) : "" };
}

// The same as a JPEG's segment of its own, and nothing else that the camera knew.
function segment({ lat, lon, clock, offset }) {
  const bytes = new Uint8Array(208);
  const view = new DataView(bytes.buffer);
  const ascii = (at, told) => [...told].forEach((sign, n) => { bytes[at + n] = sign.charCodeAt(0); });
  const tiff = 10;
  const entry = (at, tag, type, count, value) => { view.setUint16(tiff + at, tag); view.setUint16(tiff + at + 2, type); view.setUint32(tiff + at + 4, count); view.setUint32(tiff + at + 8, value); };
  const degrees = (at, value) => {
    const seconds = Math.round(Math.abs(value) * 36_000_000);
    [[Math.floor(seconds / 36_000_000), 1], [Math.floor(seconds / 600_000) % 60, 1], [seconds % 600_000, 10_000]].forEach(([over, under], n) => { view.setUint32(tiff + at + 8 * n, over); view.setUint32(tiff + at + 8 * n + 4, under); });
  };
  view.setUint32(0, 0xffe10000 + bytes.length - 2);
  ascii(4, "Exif");
  ascii(tiff, "MM");
  view.setUint32(tiff + 2, 0x2a0000);
  view.setUint32(tiff + 4, 8);
  view.setUint16(tiff + 8, 2);
  entry(10, 0x8769, 4, 1, 38);
  entry(22, 0x8825, 4, 1, 96);
  view.setUint16(tiff + 38, 2);
  entry(40, 0x9003, 2, 20, 68);
  entry(52, 0x9011, 2, 7, 88);
  ascii(tiff + 68, (clock || "").padEnd(19).slice(0, 19));
  ascii(tiff + 88, (offset || "").padEnd(6).slice(0, 6));
  view.setUint16(tiff + 96, 4);
  entry(98, 1, 2, 2, (lat < 0 ? 0x53 : 0x4e) << 24);
  entry(110, 2, 5, 3, 150);
  entry(122, 3, 2, 2, (lon < 0 ? 0x57 : 0x45) << 24);
  entry(134, 4, 5, 3, 174);
  degrees(150, lat);
  degrees(174, lon);
  return bytes;
}

let here = null; // where the device is: asked for by the button, or when a photo without a place is saved

function locate(box) {
  const line = box.querySelector("p");
  line.textContent = box.dataset.cari;
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(({ coords, timestamp }) => {
      const clock = new Date(timestamp).toISOString().slice(0, 19).replaceAll("-", ":").replace("T", " ");
      here = { lat: coords.latitude, lon: coords.longitude, clock, offset: "+00:00" };
      line.textContent = box.dataset.dapat.replace("{0}", Math.round(coords.accuracy));
      done(here);
    }, () => { line.textContent = box.dataset.gagal; done(null); }, { enableHighAccuracy: true, timeout: 30_000, maximumAge: 60_000 });
  });
}

async function smaller(file, box) {
  const own = file.type === "image/jpeg" ? written(new Uint8Array(await file.arrayBuffer())) : null;
  if (own && file.size <= LIGHT) return file;
  const fresh = Date.now() - file.lastModified < FRESH_MS;
  const place = own ?? (fresh ? here ?? await locate(box) : null);
  if (!place) return file; // the server says what is wrong with it
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const canvas = document.createElement("canvas");
  let made;
  for (const [side, quality] of SIZES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });
    if (made.size <= LIGHT) break;
  }
  return new Blob([made.slice(0, 2), segment(place), made.slice(2)], { type: "image/jpeg" });
}

// -- forms --------------------------------------------------------------------------------------------------------------
for (const form of document.querySelectorAll("form[data-unggah]")) {
  const action = form.getAttribute("action");
  const box = form.querySelector("[data-lokasi]");
  if (box) {
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => locate(box));
  }
  form.addEventListener("submit", async (event) => {
    const chosen = form.elements.berkas.files[0];
    if (!chosen?.size) return; // the server says on a page what is wrong with an empty file
    event.preventDefault();
    if (form.dataset.dikirim) return;
    const blob = box ? await smaller(chosen, box).catch(() => chosen) : chosen; // what this browser cannot read goes as it is
    const file = { form: action, case: form.dataset.unggah, kind: form.dataset.jenis ?? form.elements.jenis.value, who: form.dataset.siapa, since: Date.now(), blob };
    await keep(file);
    send(form, file);
  });
  waiting(action).then((file) => {
    if (!file) return;
    if (file.who === form.dataset.siapa && Date.now() - file.since < KEPT_MS) send(form, file);
    else drop(file); // somebody else's on a shared device, or too old
  });
}
