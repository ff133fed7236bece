// Keys and small comforts. Every page works without this file.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

const rows = () => [...document.querySelectorAll("[data-list] [data-row]")];

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement.closest("[data-row]"));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function open() {
  const row = document.activeElement.closest("[data-row]");
  if (row !== document.activeElement) return false;
  const link = row.querySelector("a[href]");
  if (link) link.click();
  return Boolean(link);
}

const keys = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => document.getElementById("help")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Enter") {
    if (open()) event.preventDefault();
    return;
  }
  if (!Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

// A menu closes when one looks elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open], details.nav-more[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open], details.nav-more[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById("help").showModal());
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
// A demonstration account fills the form; signing in stays a decision of the reader.
for (const button of document.querySelectorAll("[data-account]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    document.getElementById("id_username").value = button.dataset.account;
    document.getElementById("id_password").value = button.dataset.password;
    document.getElementById("id_password").form.querySelector("[type=submit]").focus();
  });
}
document.querySelector("[data-focus]")?.focus();

// On a phone tabs stand in one row: the one that is open is brought into sight, sideways only.
const here = document.querySelector(".risk-tabs [aria-current], .room-links [aria-current]");
if (here) here.closest(".risk-tabs, .room-links").scrollLeft = here.offsetLeft - 16;

// What one typed when the session had ended comes back once the same person has signed in again.
// It is kept no longer than until the next page, and no files or passwords.
{
  const TYPED = "typed";
  const posts = () => [...document.querySelectorAll("main form[method=post]")];
  const told = (form) =>
    [...form.elements].filter((one) => one.name && !["hidden", "password", "file", "submit"].includes(one.type));

  function restore(kept) {
    const form = posts()[kept.place];
    if (!form) return;
    told(form).forEach((one, at) => {
      const [name, value, checked] = kept.values[at] ?? [];
      if (name !== one.name) return;
      if (one.type === "checkbox" || one.type === "radio") one.checked = checked;
      else one.value = value;
    });
  }

  const person = document.body.dataset.person;
  if (person) {
    const kept = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
    sessionStorage.removeItem(TYPED);
    const signedIn = document.referrer && new URL(document.referrer).pathname.endsWith("/sign-in/");
    if (kept && signedIn && kept.person === person && kept.page === location.pathname + location.search) restore(kept);
    document.addEventListener("submit", (event) => {
      const place = posts().indexOf(event.target);
      if (place < 0) return;
      const values = told(event.target).map((one) => [one.name, one.value, one.checked]);
      sessionStorage.setItem(TYPED, JSON.stringify({ person, page: location.pathname + location.search, place, values }));
    });
  }
}

// What is being sent is not sent twice: a second click waits for the answer to the first. Coming
// back to the page opens the form again, and so does an answer that never came.
{
  const PATIENCE = 15_000;
  const reopen = (form) => form.removeAttribute("aria-busy");

  // Listened to last: what another script sends by itself is its own affair.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.hasAttribute("target")) return;
    if (form.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    form.setAttribute("aria-busy", "true");
    setTimeout(reopen, PATIENCE, form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(reopen));
}
