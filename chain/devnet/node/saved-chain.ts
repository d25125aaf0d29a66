/** A whole chain as bytes, for `--state FILE`: the head's state and the last blocks. State of blocks before the head is not kept. */
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import { hashHeader } from "../../scale/header.ts";
import { fromHex, type Hex, toHex } from "../../scale/hex.ts";
import { KEPT_BLOCKS, type StateSnapshot } from "../state/state.ts";
import type { DevnetBlock } from "./block.ts";

const MAX_KEYS = 5_000_000;

const HexText = z
  .string()
  .regex(/^0x(?:[0-9a-f]{2})*$/)
  .transform((text) => text as Hex);
const Hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hex);
const Whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const Block = z.object({
  header: z.object({
    parentHash: Hash,
    number: Whole,
    stateRoot: Hash,
    extrinsicsRoot: Hash,
    digest: z.object({ logs: z.array(HexText).max(16) }),
  }),
  extrinsics: z.array(HexText).max(10_000),
});

const Saved = z.object({
  version: z.literal(1),
  genesisHash: Hash,
  root: Hash,
  /** Timestamp of the head, in milliseconds. */
  time: Whole,
  finalized: Whole,
  /** Genesis, then the last blocks up to the head. */
  blocks: z
    .array(Block)
    .min(1)
    .max(KEPT_BLOCKS + 1),
  state: z.array(z.tuple([HexText, HexText])).max(MAX_KEYS),
});

export interface SavedChain {
  readonly genesisHash: Hex;
  readonly time: number;
  readonly finalized: number;
  readonly blocks: readonly DevnetBlock[];
  readonly state: StateSnapshot;
}

export function encodeChain(chain: SavedChain): Uint8Array {
  const saved: z.input<typeof Saved> = {
    version: 1,
    genesisHash: chain.genesisHash,
    root: chain.state.root,
    time: chain.time,
    finalized: chain.finalized,
    blocks: chain.blocks.map(({ header, extrinsics }) => ({ header, extrinsics: extrinsics.map(toHex) })),
    state: chain.state.cells.flatMap(({ key, bytes }) =>
      bytes === undefined ? [] : [[key, toHex(bytes)] as [Hex, Hex]],
    ),
  };
  return Bun.gzipSync(new TextEncoder().encode(JSON.stringify(saved)));
}

/** Reads what `encodeChain` wrote. Fails with `corrupt` for anything else, and with `config` for another chain's file. */
export function decodeChain(bytes: Uint8Array, genesisHash: Hex): SavedChain {
  const saved = parsed(bytes);
  if (saved.genesisHash !== genesisHash) {
    throw new Failure("config", "the state file belongs to another chain", {
      meta: { saved: saved.genesisHash, genesis: genesisHash },
      hint: "It was made with another genesis, block time, metadata or version of Orrery: start with that, or remove the file.",
    });
  }
  const blocks = saved.blocks.map(({ header, extrinsics }) => ({
    number: header.number,
    hash: hashHeader(header),
    header,
    extrinsics: extrinsics.map(fromHex),
  }));
  const head = blocks.at(-1)!;
  if (blocks[0]?.hash !== genesisHash || !areLinked(blocks)) throw corrupt("its blocks are no chain");
  if (head.header.stateRoot !== saved.root) throw corrupt("its state is not that of its head");
  return {
    genesisHash,
    time: saved.time,
    finalized: Math.min(saved.finalized, head.number),
    blocks,
    state: {
      block: head.number,
      floor: head.number,
      root: saved.root,
      cells: saved.state.map(([key, value]) => ({ key, bytes: fromHex(value), from: head.number, past: [] })),
    },
  };
}

/** Each names its parent, but for the gap after genesis. */
const areLinked = (blocks: readonly DevnetBlock[]): boolean =>
  blocks.every(
    ({ header, number }, i) =>
      i === 0 || (i === 1 && number > 1) || header.parentHash === blocks[i - 1]!.hash,
  );

function parsed(bytes: Uint8Array): z.output<typeof Saved> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(bytes))));
  } catch (cause) {
    throw corrupt("it is cut off or no state file at all", cause);
  }
  const result = Saved.safeParse(json);
  if (result.success) return result.data;
  throw corrupt(`${result.error.issues[0]?.path.join(".")}: ${result.error.issues[0]?.message}`);
}

const corrupt = (why: string, cause?: unknown): Failure =>
  new Failure("corrupt", `the state file cannot be read: ${why}`, {
    hint: "Remove it to begin anew, or put a copy of it back.",
    cause,
  });
