// Keeps the pages of an inspector's day on the phone. Pages come from the network first: what is kept
// is shown only where the network does not answer. Nothing that is sent passes through here.
"use strict";

const PAGES = "guomen-day-pages";
const PARTS = "guomen-day-parts";
const PATIENCE = 4000;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const isPage = (request, url) => request.mode === "navigate" && url.pathname.startsWith(new URL(self.registration.scope).pathname);
const isPart = (url) => url.pathname.startsWith("/static/");

async function keep(name, request, answer) {
  if (answer.ok && !answer.redirected && answer.type === "basic") {
    const cache = await caches.open(name);
    await cache.put(request, answer.clone());
  }
  return answer;
}

async function page(request) {
  const kept = await caches.match(request, { cacheName: PAGES, ignoreVary: true });
  const asked = fetch(request).then((answer) => keep(PAGES, request, answer));
  if (!kept) return asked;
  asked.catch(() => undefined);
  const late = new Promise((resolve) => { setTimeout(() => resolve(kept), PATIENCE); });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return kept;
  }
}

async function part(request) {
  const kept = await caches.match(request, { cacheName: PARTS, ignoreVary: true });
  const asked = fetch(request).then((answer) => keep(PARTS, request, answer));
  if (!kept) return asked;
  asked.catch(() => undefined);
  return kept;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isPage(event.request, url)) event.respondWith(page(event.request));
  else if (isPart(url)) event.respondWith(part(event.request));
});
