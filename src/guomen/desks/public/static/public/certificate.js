// Checks a certificate with the browser's own cryptography; nothing is sent anywhere.
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function fromBase64(text) {
  if (!/^[\w-]+$/.test(text)) throw new Error("not base64url");
  const padded = text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (letter) => letter.codePointAt(0));
}

export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

// Text, signature and key of a code; a whole address is a code too.
export function read(given) {
  const bare = given.replaceAll(/\s/g, "");
  const code = bare.includes("://") ? new URL(bare).searchParams.get("c") ?? "" : bare;
  const [text, signature, key, ...more] = code.split(".");
  if (!key || more.length > 0) throw new Error("not a code");
  return { text: decoder.decode(fromBase64(text)), signature: fromBase64(signature), key };
}

export async function genuine(sort, { text, signature }, publicKey) {
  const key = await crypto.subtle.importKey("raw", fromHex(publicKey), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, key, signature, encoder.encode(`${sort}\n${text}`));
}

async function able() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32).fill(1), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

function say(place, icon, tone, ...words) {
  const line = document.createElement("div");
  line.className = `notice tone-${tone}`;
  line.append(document.querySelector(`[data-icon-${icon}]`).content.cloneNode(true));
  const text = document.createElement("div");
  text.append(...words);
  line.append(text);
  place.append(line);
}

// What one letter of the text says, in the words that came with the page.
function worded(name, said, { kinds, units }) {
  const value = String(said[name]);
  if (name === "k") return kinds[value] ?? value;
  if (name === "q") return `${Number(value).toLocaleString("en")} ${units[said.u] ?? said.u ?? ""}`.trim();
  if (name === "o" || name === "t") {
    try {
      return `${new Intl.DisplayNames([document.documentElement.lang], { type: "region" }).of(value)} (${value})`;
    } catch {
      return value;
    }
  }
  return value;
}

function listed(said) {
  const words = JSON.parse(document.querySelector("#certificate-words").textContent);
  const list = document.createElement("dl");
  list.className = "facts";
  for (const [name, label] of Object.entries(words.labels)) {
    if (said[name] === undefined) continue;
    const cell = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = label;
    const text = document.createElement("dd");
    text.textContent = worded(name, said, words);
    cell.append(term, text);
    list.append(cell);
  }
  return list;
}

async function revoked(file, keys, words, answer) {
  if (!file) return {};
  try {
    const { text, signature, key } = JSON.parse(await file.text());
    const known = keys.get(key);
    if (known && (await genuine("guomen-revocations-1", { text, signature: fromHex(signature) }, known.public_key))) {
      const said = JSON.parse(text);
      say(answer, "info", "gate", `${words.list} ${said.at}`);
      return said.ended;
    }
  } catch {
    // Said below: a list that cannot be read is not used.
  }
  say(answer, "cross", "seal", words.badList);
  return {};
}

async function check(section, form, answer) {
  const words = section.dataset;
  const keys = new Map(JSON.parse(document.querySelector("#certificate-keys").textContent).keys.map((key) => [key.key, key]));
  answer.replaceChildren();
  let thing;
  let said;
  try {
    thing = read(form.elements.code.value);
    said = JSON.parse(thing.text);
  } catch {
    say(answer, "cross", "seal", words.bad);
    return;
  }
  const known = keys.get(thing.key);
  if (!known) {
    say(answer, "cross", "seal", words.foreign);
    return;
  }
  if (!(await genuine("guomen-certificate-1", thing, known.public_key))) {
    say(answer, "cross", "seal", words.altered);
    return;
  }
  const ended = (await revoked(form.elements.list.files[0], keys, words, answer))[said.n];
  if (ended) say(answer, "cross", ended === "revoked" ? "seal" : "amber", words[ended]);
  // Without a list nobody here knows whether it still stands: that is not shown as good.
  else say(answer, ...(form.elements.list.files[0] ? ["check", "jade"] : ["info", "amber"]), `${words.genuine} (${said.d})`);
  if (known.demonstration) say(answer, "info", "amber", words.demonstration);
  answer.append(listed(said));
}

const section = document.querySelector("[data-offline]");
if (section) {
  section.hidden = false;
  const form = section.querySelector("[data-offline-form]");
  const answer = section.querySelector("[data-offline-answer]");
  if (await able()) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      check(section, form, answer);
    });
    if (form.elements.code.value) check(section, form, answer);
  } else {
    form.querySelector("[type=submit]").disabled = true;
    say(answer, "info", "amber", section.dataset.missing);
  }
}
