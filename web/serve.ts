/** Serves the dashboard's files, with headers that let nothing else run in the page. */
import { Elysia } from "elysia";
import { type Asset, buildDashboard } from "./assets.ts";

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

export async function createDashboard() {
  const app = new Elysia({ name: "dashboard" });
  for (const [path, asset] of await buildDashboard()) {
    app.get(path, ({ request }) => answer(asset, request));
  }
  return app;
}

function answer({ body, type, etag }: Asset, request: Request): Response {
  const fresh = request.headers.get("if-none-match") === etag;
  return new Response(fresh ? null : body, {
    status: fresh ? 304 : 200,
    headers: { ...HEADERS, "content-type": type, etag, "cache-control": "no-cache" },
  });
}
