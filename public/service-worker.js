// Shows the offline page when the server cannot be reached. Nothing else is kept: what Lux shows is
// always what the server says now, and the browser's own cache already holds scripts and styles.
const PAGE = "/offline.html";
const PARTS = [PAGE, "/pkg/lux.css", "/icons/lux.svg"];
const KEPT = "lux-offline-1";

self.addEventListener("install", (event) => {
  const fresh = PARTS.map((part) => new Request(part, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(fresh)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const page = event.request.mode === "navigate";
  if (!page && !PARTS.includes(new URL(event.request.url).pathname)) return;
  const kept = () => caches.match(page ? PAGE : event.request, { ignoreSearch: true });
  event.respondWith(fetch(event.request).catch(async () => (await kept()) ?? Response.error()));
});
