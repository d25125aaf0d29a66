/** The dashboard's files, bundled once when the gateway starts. */
import { createHash } from "node:crypto";
import { join } from "node:path";

export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
}

/** By path, `/` for the page itself. Fails when the bundle does not build: a gateway without its page is a defect. */
export async function buildDashboard(): Promise<ReadonlyMap<string, Asset>> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "index.html")],
    minify: true,
    target: "browser",
    naming: { asset: "[name]-[hash].[ext]", chunk: "[name]-[hash].[ext]" },
    publicPath: "/",
  });
  const assets = new Map<string, Asset>();
  for (const output of built.outputs) {
    const body = new Uint8Array(await output.arrayBuffer());
    const path = output.path.replace(/^\.?\/*/, "/");
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`;
    assets.set(path === "/index.html" ? "/" : path, { body, type: output.type, etag });
  }
  return assets;
}
