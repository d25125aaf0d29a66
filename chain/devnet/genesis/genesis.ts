/** What a devnet starts from: the accounts, subnets and neurons of `--genesis FILE`. */
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";

const U16 = z.number().int().min(0).max(65_535);
const Blocks = z.number().int().min(0).max(4_000_000_000);
const RAO_PER_TAO = 1_000_000_000;
/** TAO with up to nine decimals; a string keeps what a double would round. */
const Tao = z
  .union([
    z.number().min(0).max(21_000_000),
    z.string().regex(/^\d{1,8}(?:\.\d{1,9})?$/, "TAO with up to nine decimals, such as 12.5"),
  ])
  .transform((tao) => {
    if (typeof tao === "number") return BigInt(Math.round(tao * RAO_PER_TAO));
    const [whole = "0", part = ""] = tao.split(".");
    return BigInt(whole) * BigInt(RAO_PER_TAO) + BigInt(part.padEnd(9, "0"));
  });
/** A key: a development URI such as `//Alice` or `//Val/hot`, a mnemonic with or without a path, or an SS58 address. */
const Key = z.string().trim().min(3).max(1_024);

const Axon = z
  .object({
    /** Dotted IPv4 address. */
    ip: z.ipv4(),
    port: z.number().int().min(1).max(65_535),
  })
  .strict();

const GenesisNeuron = z
  .object({
    hotkey: Key,
    coldkey: Key,
    /** Worth of the coldkey's stake behind the hotkey on this subnet, given as alpha at a price of 1. */
    stakeTao: Tao.default(0n),
    /** Worth of its stake on root. */
    rootTao: Tao.default(0n),
    axon: Axon.optional(),
    /** Weights that it has set, by the hotkey as it is written in this list, or by uid. */
    weights: z.record(z.string().max(1_024), U16).optional(),
  })
  .strict();

const GenesisSubnet = z
  .object({
    netuid: z.number().int().min(1).max(4_095),
    /** Its coldkey. */
    owner: Key,
    /** The owner's hotkey: the first neuron of the owner's when left out, otherwise the owner's own account. */
    ownerHotkey: Key.optional(),
    name: z.string().max(256).optional(),
    tempo: U16.default(10),
    commitReveal: z.boolean().default(false),
    weightsRateLimit: Blocks.default(100),
    maxUids: z.number().int().min(1).max(4_096).default(256),
    /** False leaves the subnet as it is before its owner's `start_call`: no emission, no staking. */
    started: z.boolean().default(true),
    /** Depth of its pool on each side; as much as is staked, and at least 1,000, when left out. */
    poolTao: Tao.optional(),
    /** By the names that `devnet_set` takes, such as `immunity_period`. */
    hyperparameters: z
      .record(z.string().max(64), z.union([z.boolean(), z.number(), z.string().max(64)]))
      .default({}),
    /** Uids are places in this list. */
    neurons: z.array(GenesisNeuron).max(4_096).default([]),
  })
  .strict();
export type GenesisSubnet = z.infer<typeof GenesisSubnet>;

const Fields = z
  .object({
    /** Milliseconds; what `--block-time` overrides. */
    blockTimeMs: z.number().int().min(10).max(3_600_000).default(250),
    /** The chain's time at block 0, in milliseconds since the Unix epoch; now when left out. */
    startAt: z.number().int().min(0).max(8_640_000_000_000_000).optional(),
    accounts: z
      .array(
        z
          .object({ uri: Key.optional(), address: Key.optional(), tao: Tao })
          .strict()
          .transform(({ uri, address, tao }, context) => {
            const key = uri ?? address;
            if (key === undefined || (uri !== undefined && address !== undefined)) {
              context.addIssue({ code: "custom", message: "takes either uri or address" });
              return z.NEVER;
            }
            return { key, tao };
          }),
      )
      .max(10_000)
      .default(() => DEVELOPERS.map((key) => ({ key, tao: 1_000_000n * BigInt(RAO_PER_TAO) }))),
    /** Who may call `Sudo.sudo`. */
    sudo: Key.default("//Alice"),
    /** Takes loopback addresses in `serve_axon`, which the chain refuses. */
    allowLoopback: z.boolean().default(false),
    /** `own` signs the rounds of quicknet with a key of the devnet; `quicknet` waits for real pulses by `Drand.write_pulse`. */
    beacon: z.enum(["own", "quicknet"]).default("own"),
    /** By the names that `devnet_set` takes, such as `stake_threshold`. */
    hyperparameters: z
      .record(z.string().max(64), z.union([z.boolean(), z.number(), z.string().max(64)]))
      .default({}),
    subnets: z.array(GenesisSubnet).max(128).default([]),
  })
  .strict();

const DEVELOPERS = ["//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"];

export const Genesis = Fields.superRefine(({ subnets }, context) => {
  const netuids = new Set<number>();
  for (const [at, { netuid, neurons, maxUids }] of subnets.entries()) {
    const refuse = (message: string, ...path: PropertyKey[]) =>
      context.addIssue({ code: "custom", message, path: ["subnets", at, ...path] });
    if (netuids.has(netuid)) refuse(`netuid ${netuid} comes twice`, "netuid");
    netuids.add(netuid);
    if (neurons.length > maxUids)
      refuse(`has ${neurons.length} neurons, but maxUids is ${maxUids}`, "neurons");
    const hotkeys = new Set<string>();
    for (const [uid, { hotkey, weights = {} }] of neurons.entries()) {
      if (hotkeys.has(hotkey)) refuse(`hotkey ${hotkey} comes twice`, "neurons", uid, "hotkey");
      hotkeys.add(hotkey);
      for (const target of Object.keys(weights)) {
        if (uidOf(target, neurons) === undefined)
          refuse(`${target} is no neuron of this subnet`, "neurons", uid, "weights");
      }
    }
  }
  for (let netuid = 1; netuid <= netuids.size; netuid++) {
    if (!netuids.has(netuid)) {
      context.addIssue({
        code: "custom",
        message: `netuids go from 1 without gaps, but there is no ${netuid}: the Python SDK fails on a gap`,
        path: ["subnets"],
      });
      return;
    }
  }
});
export type Genesis = z.infer<typeof Genesis>;

/** The uid that a key of `weights` means. */
export function uidOf(target: string, neurons: readonly { hotkey: string }[]): number | undefined {
  const named = neurons.findIndex(({ hotkey }) => hotkey === target);
  if (named >= 0) return named;
  return /^\d{1,5}$/.test(target) && Number(target) < neurons.length ? Number(target) : undefined;
}

/** Reads a genesis. Fails with `config` and one line that names the field. */
export function readGenesis(given: unknown): Genesis {
  const parsed = Genesis.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String).join(".") ?? "";
  throw new Failure(
    "config",
    `genesis${path === "" ? "" : `: ${path}`}: ${issue?.message ?? "not allowed"}`,
    {
      meta: { path, issues: parsed.error.issues.length },
      hint: "docs/devnet.md describes genesis.json; {} starts a devnet with six funded accounts and no subnet.",
    },
  );
}
