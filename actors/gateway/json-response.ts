/** JSON with an entity tag: who has it already gets 304 and nothing else. */

export function jsonResponse(
  request: Request,
  text: string,
  { etag, cacheControl = "no-cache" }: { etag?: string; cacheControl?: string } = {},
): Response {
  const tag = `"${etag ?? Bun.hash(text).toString(36)}"`;
  const headers = { etag: tag, "cache-control": cacheControl };
  if (holds(request, tag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "content-type": "application/json; charset=utf-8" } });
}

/** Whether the client holds the entity with this tag. */
function holds(request: Request, tag: string): boolean {
  const known = request.headers.get("if-none-match");
  if (known === null) return false;
  return known.split(",").some((each) => each.trim().replace(/^W\//, "") === tag);
}
