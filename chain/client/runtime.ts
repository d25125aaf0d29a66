/** The runtime of a chain as its node serves it now, and the codecs of its metadata. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { ChainTypes } from "../scale/chain-types.ts";
import { fromHex, type Hex } from "../scale/hex.ts";
import type { RequestOptions, Rpc } from "./rpc.ts";
import { nonsense } from "./sensible.ts";

export interface Runtime {
  specVersion: number;
  transactionVersion: number;
  types: ChainTypes;
}

const RuntimeVersion = z.object({ specVersion: z.number().int(), transactionVersion: z.number().int() });
const HexText = z.string().regex(/^0x(?:[0-9a-f]{2})*$/);

/** Metadata that tells of runtime APIs, which are what a metagraph is read by. */
const METADATA_VERSION = 15;

export class RuntimeSource {
  readonly #rpc: Rpc;
  #known: { specVersion: number; runtime: Promise<Runtime> } | undefined;

  constructor(rpc: Rpc) {
    this.#rpc = rpc;
  }

  /** Asks for the version each time; metadata is fetched when it changed. Fails with `unavailable`, `malformed`, … */
  async current(options: RequestOptions = {}): Promise<Runtime> {
    const version = RuntimeVersion.parse(await this.#rpc.request("state_getRuntimeVersion", [], options));
    return this.#of(version, options);
  }

  /** The last one known, for reads that need not notice an upgrade at once. */
  async known(options: RequestOptions = {}): Promise<Runtime> {
    return (await this.#known?.runtime) ?? this.current(options);
  }

  #of(version: z.infer<typeof RuntimeVersion>, options: RequestOptions): Promise<Runtime> {
    const { specVersion } = version;
    if (this.#known?.specVersion === specVersion) return this.#known.runtime;
    const runtime = this.#metadata(options).then((types) => ({ ...version, types }));
    const known = { specVersion, runtime };
    this.#known = known;
    // A fetch that failed is not remembered.
    runtime.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    return runtime;
  }

  async #metadata(options: RequestOptions): Promise<ChainTypes> {
    const answer = HexText.parse(
      await this.#rpc.request("state_call", ["Metadata_metadata_at_version", "0x0f000000"], options),
    );
    const bytes = fromHex(answer);
    if (bytes[0] !== 1) {
      throw new Failure("unknown-version", `the node serves no metadata of version ${METADATA_VERSION}`, {
        hint: "Its runtime is older than the middle of 2023, or no subtensor: use another node.",
      });
    }
    // Option, then opaque bytes: their compact length comes first.
    try {
      return ChainTypes.read(bytes.slice(1 + compactWidth(bytes[1] ?? 0)));
    } catch (thrown) {
      throw nonsense(thrown);
    }
  }
}

/** Bytes that a compact number takes, by its first. */
const compactWidth = (first: number): number => ((first & 3) === 3 ? (first >> 2) + 5 : 1 << (first & 3));

export const asHex = (value: unknown): Hex => HexText.parse(value) as Hex;
