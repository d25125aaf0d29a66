/** Serves the dashboard's files, with headers that let nothing else run in the page. */
import { Elysia } from "elysia";
import { type Asset, buildDashboard } from "./assets.ts";

const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
} as const;

/** Names of all files but the page itself carry a hash of their content. */
const FOR_EVER = "public, max-age=31536000, immutable";

export async function createDashboard() {
  const app = new Elysia({ name: "dashboard" });
  for (const [path, asset] of await buildDashboard()) {
    app.get(path, ({ request }) => answer(asset, path === "/" ? "no-cache" : FOR_EVER, request), {
      detail: { hide: true },
    });
  }
  return app;
}

function answer({ body, type, etag }: Asset, cacheControl: string, request: Request): Response {
  const fresh = request.headers.get("if-none-match") === etag;
  return new Response(fresh ? null : body, {
    status: fresh ? 304 : 200,
    headers: { ...HEADERS, "content-type": type, etag, "cache-control": cacheControl },
  });
}
