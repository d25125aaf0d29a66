import { resolve } from "node:path";
import { type Listed, listModels } from "../../models/embedded/list.ts";
import { SHELF } from "../../models/embedded/shelf.ts";
import { datedLine, isDated, type Manifest } from "../../models/onnx/manifest.ts";
import { table } from "../terminal/table.ts";
import { megabytes } from "./manifest-lines.ts";
import type { ModelsOptions } from "./options.ts";

/** `models list`: what is kept here, and what else could be pulled. */
export async function list(_: readonly string[], { dir, json }: ModelsOptions): Promise<void> {
  const listed = await listModels(resolve(dir));
  const here = new Set(listed.map(({ name }) => name));
  const more = Object.entries(SHELF).filter(([name]) => !here.has(name));
  if (json) {
    const models = listed.map((each) =>
      "manifest" in each ? each : { ...each, failure: each.failure.toWire() },
    );
    console.log(JSON.stringify({ models, shelf: more.map(([name]) => name) }));
    return;
  }
  if (listed.length > 0) console.log(show(listed));
  for (const [name, { summary }] of more)
    console.log(`not here yet: ${name}. ${summary}\n  bun run models pull ${name}`);
}

const about = (manifest: Manifest): string =>
  isDated(manifest) ? datedLine(manifest) : manifest.summary.slice(0, 60);

const show = (listed: readonly Listed[]): string =>
  table<Listed>(
    [
      { name: "name", cell: ({ name }) => name },
      { name: "kind", cell: (each) => ("manifest" in each ? each.manifest.architecture : "damaged") },
      {
        name: "context",
        align: "right",
        cell: (each) => ("manifest" in each ? String(each.manifest.contextLength) : ""),
      },
      {
        name: "size",
        align: "right",
        cell: (each) => ("manifest" in each ? megabytes(each.manifest.data?.size ?? 0) : ""),
      },
      {
        name: "",
        cell: (each) => ("manifest" in each ? about(each.manifest) : each.failure.toLine()),
      },
    ],
    listed,
  );
