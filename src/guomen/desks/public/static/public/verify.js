// Calculates one draw with the browser's own cryptography; nothing is sent anywhere.
const BITS = 52n;
const MILLION = 1_000_000n;
const encoder = new TextEncoder();
const SVG = "http://www.w3.org/2000/svg";

export function bytes(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function message({ agency, root, counter, anchor }) {
  return JSON.stringify(["guomen-draw-1", "selection", agency, root, counter, anchor]);
}

// The first 13 hexadecimal digits of HMAC-SHA256, a whole number below 2^52.
export async function draw(key, text) {
  const secret = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const code = await crypto.subtle.sign("HMAC", secret, encoder.encode(text));
  return BigInt(`0x${hex(code).slice(0, 13)}`);
}

export async function commitment(key, day, agency) {
  const text = JSON.stringify(["guomen-commitment-1", day, agency, key]);
  return hex(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

// Selected is what lies below the chance times 2^52, rounded up.
export function threshold(ppm) {
  return (BigInt(ppm) * (1n << BITS) + MILLION - 1n) / MILLION;
}

const WANTED = {
  day: /^\d{4}-\d{2}-\d{2}$/,
  agency: /^\S+$/,
  root: /^\S+$/,
  counter: /^\d+$/,
  anchor: /^[0-9a-f]{64}$/,
  commitment: /^[0-9a-f]{64}$/,
  key: /^[0-9a-f]{64}$/,
  chance: /^(\d{1,6}|1000000)?$/,
};
const HEXADECIMAL = new Set(["anchor", "commitment", "key"]);

function read(form) {
  const given = {};
  const wrong = [];
  for (const [name, pattern] of Object.entries(WANTED)) {
    const field = form.elements[name];
    const value = HEXADECIMAL.has(name) ? field.value.trim().toLowerCase() : field.value.trim();
    const fine = pattern.test(value);
    field.toggleAttribute("aria-invalid", !fine);
    if (!fine) field.setAttribute("aria-invalid", "true");
    if (!fine) wrong.push(field);
    given[name] = value;
  }
  return { given: { ...given, counter: Number(given.counter) }, wrong };
}

function say(list, icon, tone, ...words) {
  const item = document.createElement("li");
  item.className = `notice tone-${tone}`;
  item.append(document.querySelector(`[data-icon-${icon}]`).content.cloneNode(true));
  const text = document.createElement("div");
  text.append(...words);
  item.append(text);
  list.append(item);
}

function part(parent, name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  parent.append(node);
}

const share = (u) => Number((u * 10_000_000n) >> BITS) / 100_000;
const anchorOf = (at) => (at < 15 ? "start" : at > 85 ? "end" : "middle");

function line(svg, u, chance) {
  svg.replaceChildren();
  const at = share(u);
  part(svg, "rect", { class: "track", x: 0, y: 34, width: "100%", height: 16 });
  if (chance !== null) {
    const edge = chance / 10_000;
    part(svg, "rect", { class: "chance", x: 0, y: 34, width: `${edge}%`, height: 16 });
    part(svg, "line", { class: "edge", x1: `${edge}%`, x2: `${edge}%`, y1: 34, y2: 56 });
    const room = anchorOf(edge);
    const shift = { start: 12, end: -14, middle: 0 }[room];
    part(svg, "text", { class: "chance-said", x: `${edge}%`, y: 76, "text-anchor": room, dx: shift }, `${edge} %`);
  }
  part(svg, "text", { x: 0, y: 76 }, "0");
  part(svg, "text", { x: "100%", y: 76, "text-anchor": "end" }, "1");
  part(svg, "line", { class: "point", x1: `${at}%`, x2: `${at}%`, y1: 24, y2: 50 });
  part(svg, "circle", { class: "dot", cx: `${at}%`, cy: 42, r: 6 });
  part(svg, "text", { class: "said", x: `${at}%`, y: 17, "text-anchor": anchorOf(at) }, (Math.floor(at * 100) / 10_000).toFixed(4));
}

function number(words, u) {
  const code = document.createElement("code");
  code.textContent = (share(u) / 100).toFixed(7);
  const whole = document.createElement("code");
  whole.textContent = `${u} / 2^52`;
  return [`${words} `, code, " = ", whole];
}

async function verify(form) {
  const result = document.querySelector("[data-result]");
  const lines = result.querySelector("[data-lines]");
  const svg = result.querySelector("[data-line]");
  const words = result.dataset;
  const { given, wrong } = read(form);
  lines.replaceChildren();
  result.hidden = false;
  svg.parentElement.hidden = wrong.length > 0;
  if (wrong.length > 0) {
    const names = wrong.map((field) => document.querySelector(`label[for="${field.id}"]`).firstChild.textContent.trim());
    say(lines, "cross", "seal", `${words.bad} ${names.join(", ")}`);
    wrong[0].focus();
    return;
  }
  const text = message(given);
  const u = await draw(given.key, text);
  const committed = (await commitment(given.key, given.day, given.agency)) === given.commitment;
  const chance = given.chance === "" ? null : Number(given.chance);
  say(lines, committed ? "check" : "cross", committed ? "jade" : "seal", committed ? words.keyHolds : words.keyFails);
  say(lines, "info", "gate", ...number(words.number, u));
  if (chance === null) say(lines, "info", "slate", words.noChance);
  else if (u < threshold(chance)) say(lines, "check", "teal", words.chosen);
  else say(lines, "check", "slate", words.free);
  line(svg, u, chance);
  result.querySelector("[data-message]").textContent = text;
}

const form = document.querySelector("[data-verify]");
if (form) {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) {
    document.querySelector("[data-insecure]").hidden = false;
    form.querySelector("[type=submit]").disabled = true;
  } else {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      verify(form);
    });
    if (form.hasAttribute("data-now") && form.elements.key.value) verify(form);
  }
}
