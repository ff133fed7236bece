// Work at the goods, with or without a network. What is noted is written into the phone's own database
// before the page says so, and leaves it only when the bureau has answered for that very record. A
// record has an identity of its own: sent twice, it is stored once. Nothing is ever overwritten here.
"use strict";

const told = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");
const phone = told("phone");
const bar = document.getElementById("phone-state");
const DATABASE = "guomen-inspection";
const EVERY = 15000;
// A request that hangs is given up and made again.
const PATIENCE = 20000;
// A photo may take longer, on a line that carries so many bytes in a thousandth of a second.
const SLOWEST = 10;
const PICTURES = ["image/jpeg", "image/png", "image/webp"];

// -- the phone's own database ---------------------------------------------------------------------
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => {
      const store = asked.result.createObjectStore("records", { keyPath: "place", autoIncrement: true });
      store.createIndex("by_order", ["officer", "order"]);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function within(mode, work) {
  const base = await database();
  return new Promise((resolve, reject) => {
    // "strict" waits until the record lies on the disk, not in a buffer.
    const step = base.transaction("records", mode, { durability: "strict" });
    const asked = work(step.objectStore("records"));
    step.oncomplete = () => resolve(asked?.result);
    step.onerror = () => reject(step.error);
    step.onabort = () => reject(step.error);
  });
}

const all = async () => (await within("readonly", (store) => store.getAll())).filter((one) => one.officer === phone.officer);
const put = (record) => within("readwrite", (store) => store.put(record));
const drop = (place) => within("readwrite", (store) => store.delete(place));

// -- noting -------------------------------------------------------------------------------------------
const standing = phone?.standing ?? {};

async function note(kind, data, more = {}) {
  const record = {
    client_id: crypto.randomUUID(),
    officer: phone.officer,
    order: phone.order,
    kind,
    noted_at: new Date().toISOString(),
    data,
    ...more,
  };
  try {
    await put(record);
  } catch {
    say("is-wrong", bar.dataset.failed);
    throw new Error("not kept");
  }
  await refresh();
  flush();
  return record;
}

// -- sending ------------------------------------------------------------------------------------------
let token = phone?.token;

async function asking(address, options, patient = PATIENCE) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patient);
  try {
    const headers = { "X-CSRFToken": token, Accept: "application/json", ...options.headers };
    return await fetch(address, { method: "POST", credentials: "same-origin", redirect: "manual", signal: patience.signal, ...options, headers });
  } finally {
    clearTimeout(timer);
  }
}

// The page may be a copy of yesterday: ask for the token of today before saying that one must sign in.
async function renewed() {
  try {
    const answer = await fetch(phone.day, { credentials: "same-origin", redirect: "follow", cache: "no-store" });
    if (!answer.ok || !new URL(answer.url).pathname.startsWith(phone.day)) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = JSON.parse(page.getElementById("phone")?.textContent ?? "null");
    if (fresh?.officer !== phone.officer || fresh.token === token) return false;
    token = fresh.token;
    return true;
  } catch {
    return false;
  }
}

const away = (answer) => answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;

async function sendRecords(order, records) {
  const events = records.map(({ client_id, kind, noted_at, data }) => ({ client_id, kind, noted_at, data }));
  const body = () => JSON.stringify({ order, sent_at: new Date().toISOString(), events });
  const options = () => ({ body: body(), headers: { "Content-Type": "application/json" } });
  let answer = await asking(phone.sync, options());
  if (away(answer) && (await renewed())) answer = await asking(phone.sync, options());
  if (away(answer)) return "away";
  if (FINAL.includes(answer.status)) return refuse(records, await reason(answer));
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  for (const taken of told.taken) {
    const record = records.find((one) => one.client_id === taken.client_id);
    if (!record) continue;
    if (taken.status === "refused") await put({ ...record, refused: taken.says || bar.dataset.unclear });
    else await drop(record.place);
    if (taken.says && order === phone.order) sessionStorage.setItem("guomen-told", taken.says);
    if (record.kind === "complete" && taken.status !== "refused") done = true;
  }
  if (order === phone.order) {
    Object.assign(standing, told.standing);
    if (told.conflicts) conflicts = told.conflicts;
  }
  return "";
}

async function sendPhoto(record) {
  const form = new FormData();
  form.set("client_id", record.client_id);
  form.set("item", record.data.item);
  form.set("noted_at", record.noted_at);
  for (const name of ["latitude", "longitude"]) if (record.data[name]) form.set(name, record.data[name]);
  form.set("photo", record.blob, "photo");
  const address = record.address;
  const patient = PATIENCE + record.blob.size / SLOWEST;
  let answer = await asking(address, { body: form }, patient);
  if (away(answer) && (await renewed())) answer = await asking(address, { body: form }, patient);
  if (away(answer)) return "away";
  if (FINAL.includes(answer.status)) return refuse([record], await reason(answer));
  if (!answer.ok) throw new Error(String(answer.status));
  await drop(record.place);
  return "";
}

// What sending again would not change: it is refused, with a sentence, and waits for a person.
const FINAL = [400, 404, 413, 422];

async function reason(answer) {
  if (answer.status === 404) return bar.dataset.gone;
  if (answer.status === 413) return bar.dataset.toobig;
  const told = await answer.json().catch(() => ({}));
  return told.says || bar.dataset.unclear;
}

async function refuse(records, says) {
  for (const record of records) await put({ ...record, refused: says });
  return "";
}

let sending = false;
let again = false;
let signIn = false;
let done = false;
let conflicts = 0;

async function flush() {
  if (sending) { again = true; return; }
  sending = true;
  try {
    await navigator.locks.request("guomen-inspection-send", { ifAvailable: true }, async (lock) => {
      // Another page of this phone is sending already.
      if (lock) do { again = false; await sendAll(); } while (again);
    });
  } catch {
    // No network, or none that answers: everything is still here, and the next attempt comes.
  } finally {
    sending = false;
    await refresh();
  }
  if (done) { done = false; location.reload(); }
}

async function sendAll() {
  const waiting = (await all()).filter((one) => !one.refused).sort((a, b) => a.place - b.place);
  if (!waiting.length) return;
  say("is-waiting", bar.dataset.sending.replace("#", waiting.length));
  const orders = [...new Set(waiting.map((one) => one.order))];
  for (const order of orders) {
    const mine = waiting.filter((one) => one.order === order);
    for (const photo of mine.filter((one) => one.kind === "photo")) {
      signIn = (await sendPhoto(photo)) === "away";
      if (signIn) return;
    }
    const records = mine.filter((one) => one.kind !== "photo");
    if (records.length) signIn = (await sendRecords(order, records)) === "away";
    if (signIn) return;
  }
}

// -- what the page says -------------------------------------------------------------------------------
function say(look, text) {
  if (!bar) return;
  bar.hidden = !text;
  bar.className = `phone-state ${look}`;
  bar.textContent = text;
}

async function refresh() {
  let records;
  try { records = await all(); } catch { say("is-wrong", bar.dataset.failed); return; }
  const waiting = records.filter((one) => !one.refused);
  const refused = records.filter((one) => one.refused);
  if (signIn) say("is-wrong", bar.dataset.signin.replace("#", waiting.length));
  else if (waiting.length) say("is-waiting", bar.dataset.waiting.replace("#", waiting.length));
  else if (refused.length) say("is-wrong", bar.dataset.refused.replace("#", refused.length));
  else if (conflicts) say("is-wrong", bar.dataset.conflict);
  else say("is-saved", navigator.onLine ? bar.dataset.saved : bar.dataset.old);
  showRefused(refused);
  for (const place of document.querySelectorAll("[data-waiting-of]")) {
    const count = waiting.filter((one) => one.order === place.dataset.waitingOf).length;
    place.hidden = !count;
    place.textContent = bar.dataset.waiting.replace("#", count);
  }
  overlay(waiting.filter((one) => one.order === phone.order));
  for (const one of refused) if (one.order === phone.order && one.data.item) mark(one.data.item, one.refused, "is-refused");
}

function showRefused(refused) {
  const list = document.getElementById("phone-refused");
  list.hidden = !refused.length;
  list.replaceChildren(...refused.map(refusedLine));
}

function part(name, text, look = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = look;
  return made;
}

// What was refused, why and what to do, and the way to take it off the phone.
function refusedLine(record) {
  const line = part("li", "", "sheet");
  const asked = field(record.data.item ?? "")?.querySelector("legend")?.textContent ?? record.data.item ?? "";
  const photo = record.kind === "photo" ? `${bar.dataset.photo} ${record.blob.name ?? ""}` : "";
  const drops = part("button", bar.dataset.remove, "button button-small");
  drops.type = "button";
  drops.addEventListener("click", () => { if (confirm(bar.dataset.sure)) drop(record.place).then(refresh); });
  line.append(part("p", record.refused, "refused-why"), part("p", [record.order === phone.order ? "" : record.order, asked, photo].filter(Boolean).join(" · "), "small muted"), drops);
  return line;
}

// What this phone noted is shown over what the bureau had when the page was made.
const newest = {};

function overlay(records) {
  for (const name of Object.keys(newest)) delete newest[name];
  for (const field of document.querySelectorAll("[data-item] [data-state]")) { field.textContent = ""; field.classList.remove("is-here", "is-refused"); }
  for (const list of document.querySelectorAll("[data-added]")) list.replaceChildren();
  for (const record of records.sort((a, b) => a.place - b.place)) {
    if (record.kind === "finding") { newest[record.data.item] = record; fill(record); }
    if (record.kind === "photo") mark(record.data.item, `${record.blob.name || "photo"} — ${bar.dataset.onphone}`);
    if (record.kind === "lot" || record.kind === "seal") added(record);
  }
}

const field = (item) => document.querySelector(`[data-item="${CSS.escape(item)}"]`);

function mark(item, text, look = "is-here") {
  const place = field(item)?.querySelector("[data-state]");
  if (place) { place.textContent = text; place.classList.add(look); }
}

function fill({ data }) {
  const place = field(data.item);
  if (!place) return;
  const pick = place.querySelector(`input[type="radio"][value="${CSS.escape(data.answer)}"]`);
  if (pick) pick.checked = true;
  const value = place.querySelector('input[name^="value-"]');
  if (value && value !== document.activeElement) value.value = data.value;
  const words = place.querySelector('input[name^="note-"]');
  if (words && words !== document.activeElement) words.value = data.note;
  mark(data.item, bar.dataset.onphone);
}

function added({ kind, data }) {
  const list = document.querySelector(`[data-adds="${kind}"] [data-added]`);
  if (!list) return;
  const line = document.createElement("li");
  line.textContent = `${data.lot ?? data.number} ${data.quantity ?? ""} ${data.seal ?? ""} — ${bar.dataset.onphone}`;
  list.append(line);
}

// -- the checklist ------------------------------------------------------------------------------------
function seen(place) {
  const value = place.querySelector('input[name^="value-"]')?.value.trim() ?? "";
  const picked = place.querySelector('input[type="radio"]:checked')?.value;
  const words = place.querySelector('input[name^="note-"]').value.trim();
  return { item: place.dataset.item, picked, value, words };
}

function changed({ item, picked, value, words }) {
  const answer = picked ?? (value ? "conform" : "unknown");
  const before = newest[item]?.data ?? standing[item];
  if (before && before.answer === answer && (before.value ?? "") === value && (before.note ?? "") === words) return null;
  if (!before && !picked && !value && !words) return null;
  const replaces = newest[item]?.client_id ?? standing[item]?.client_id ?? "";
  return { item, answer, value, note: words, replaces };
}

// One after the other, so that each answer knows the one before it.
let noting = Promise.resolve();
const inTurn = (work) => { noting = noting.then(work, work); return noting; };

function listen() {
  const form = document.getElementById("checklist");
  if (!form) return;
  for (const place of form.querySelectorAll("[data-item]")) {
    place.addEventListener("change", (event) => {
      if (event.target.type === "file") return;
      // What was seen now counts, however soon it is changed again.
      const now = seen(place);
      inTurn(() => { const data = changed(now); return data && note("finding", data); });
    });
  }
  for (const pick of form.querySelectorAll("[data-photo]")) {
    pick.closest("label").hidden = false;
    pick.addEventListener("change", () => { for (const file of [...pick.files]) inTurn(() => photo(pick.dataset.photo, file)); pick.value = ""; });
  }
  for (const place of form.querySelectorAll("[data-adds]")) {
    const button = place.querySelector("[data-add]");
    button.hidden = false;
    button.addEventListener("click", () => inTurn(() => add(place)));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  signing(form.querySelector("[data-signs]"));
  const finish = document.getElementById("complete");
  finish.addEventListener("submit", (event) => { event.preventDefault(); inTurn(() => completed()); });
}

async function photo(item, file) {
  const place = await whereabouts();
  const refused = doubt(file);
  await note("photo", { item, ...place }, { blob: file, address: phone.photos, ...(refused && { refused }) });
}

// What the bureau is sure to refuse is said at once, also without a network.
function doubt(file) {
  if (!file.size) return bar.dataset.empty;
  if (file.size > phone.most_bytes) return bar.dataset.toobig;
  return PICTURES.includes(file.type) ? "" : bar.dataset.nopicture;
}

async function add(place) {
  const data = {};
  const fields = [...place.querySelectorAll("[data-key]")];
  for (const one of fields) data[one.dataset.key] = one.type === "checkbox" ? one.checked : one.value.trim();
  const missing = fields.find((one) => ["lot", "number", "quantity"].includes(one.dataset.key) && !one.value.trim());
  if (missing) { missing.focus(); return; }
  await note(place.dataset.adds, data);
  for (const one of fields) if (one.type === "text") one.value = "";
  fields[0].focus();
}

async function completed() {
  await note("signature", { role: "inspector", strokes: [] });
  await note("complete", {});
}

// -- place and hand ------------------------------------------------------------------------------------
function whereabouts() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) { resolve({}); return; }
    const give = (found) => resolve({ latitude: found.coords.latitude.toFixed(5), longitude: found.coords.longitude.toFixed(5) });
    navigator.geolocation.getCurrentPosition(give, () => resolve({}), { timeout: 3000, maximumAge: 60000 });
  });
}

function signing(place) {
  if (!place) return;
  place.hidden = false;
  const canvas = place.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let strokes = [];
  let line = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [Math.round((event.clientX - box.left) * canvas.width / box.width), Math.round((event.clientY - box.top) * canvas.height / box.height)];
  };
  canvas.addEventListener("pointerdown", (event) => { line = at(event); strokes.push(line); canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!line) return;
    const [x, y] = at(event);
    pen.lineWidth = 3;
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.beginPath();
    pen.moveTo(line[line.length - 2], line[line.length - 1]);
    pen.lineTo(x, y);
    pen.stroke();
    line.push(x, y);
  });
  canvas.addEventListener("pointerup", () => { line = null; });
  place.querySelector("[data-clear]").addEventListener("click", () => { strokes = []; pen.clearRect(0, 0, canvas.width, canvas.height); });
  place.querySelector("[data-sign]").addEventListener("click", () => inTurn(async () => {
    if (!strokes.length) return;
    await note("signature", { role: "representative", strokes });
    place.querySelector("[data-signed]").textContent = bar.dataset.onphone;
  }));
}

// -- the pages of the day, kept for when there is no network -------------------------------------------
async function keepPages() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(phone.worker, { scope: phone.day });
  await navigator.serviceWorker.ready;
  const cache = await caches.open("guomen-day-pages");
  const owner = new URL("owner", location.origin + phone.day).href;
  const before = await cache.match(owner);
  // Another officer's pages do not stay on a phone that is passed on; the records that wait do.
  if (before && (await before.text()) !== phone.officer) for (const one of await cache.keys()) await cache.delete(one);
  await cache.put(owner, new Response(phone.officer));
  const wanted = [location.href, ...(told("addresses") ?? []), ...parts()];
  for (const address of wanted) {
    try {
      const name = new URL(address, location.href).pathname.startsWith("/static/") ? "guomen-day-parts" : "guomen-day-pages";
      const answer = await fetch(address, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) await (await caches.open(name)).put(address, answer);
    } catch {
      return;
    }
  }
  document.documentElement.dataset.kept = "yes";
}

const parts = () => [...document.querySelectorAll('link[rel="stylesheet"], script[src]')].map((one) => one.href || one.src)
  .concat([...new Set([...document.querySelectorAll("svg use")].map((one) => new URL(one.getAttribute("href"), location.href).href.split("#")[0]))]);

if (phone && bar) {
  listen();
  refresh().then(flush).catch(() => undefined);
  keepPages().catch(() => undefined);
  navigator.storage?.persist?.();
  addEventListener("online", flush);
  addEventListener("offline", refresh);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
  setInterval(flush, EVERY);
  if (phone.order) inTurn(visited);
}

// That one was at the goods is noted once an order is opened for work.
async function visited() {
  if (!document.getElementById("checklist")) return;
  const key = `guomen-visit-${phone.order}`;
  if (sessionStorage.getItem(key)) return;
  sessionStorage.setItem(key, "yes");
  await note("visit", await whereabouts());
}
