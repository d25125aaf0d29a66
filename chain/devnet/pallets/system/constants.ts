/** Limits of blocks and calls as the chain states them, and the version that it runs. */
import { fixedBytes, option, text, tuple, vec } from "../../declare/collections.ts";
import { struct, wrapper } from "../../declare/composites.ts";
import { constant } from "../../declare/constants.ts";
import { u8, u16, u32, u64 } from "../../declare/numbers.ts";
import type { AnyType, Type } from "../../declare/type.ts";
import { weight } from "../dispatch-types.ts";

const perClass = <T>(type: Type<T>) =>
  struct(
    "frame_support::dispatch::PerDispatchClass",
    { normal: type, operational: type, mandatory: type },
    { parameters: { T: type } },
  );

const weightsPerClass = struct("frame_system::limits::WeightsPerClass", {
  base_extrinsic: weight,
  max_extrinsic: option(weight),
  max_total: option(weight),
  reserved: option(weight),
});

const cow = <T>(type: Type<T>): Type<T> => wrapper("Cow", type, { parameters: { T: type as AnyType } });

export const runtimeVersion = struct("sp_version::RuntimeVersion", {
  spec_name: cow(text),
  impl_name: cow(text),
  authoring_version: u32,
  spec_version: u32,
  impl_version: u32,
  apis: cow(vec(tuple(fixedBytes(8), u32))),
  transaction_version: u32,
  system_version: u8,
});

const PROOF = 2n ** 64n - 1n;
const SECOND = 1_000_000_000_000n;
const BASE = { ref_time: 108_157_000n, proof_size: 0n };
const MAX = { ref_time: 4n * SECOND, proof_size: PROOF };

/** The spec that the devnet follows. */
export const SPEC = {
  specName: "node-subtensor",
  implName: "node-subtensor",
  authoringVersion: 1,
  specVersion: 424,
  implVersion: 1,
  transactionVersion: 1,
  stateVersion: 1,
} as const;

/** Blocks whose hashes the chain remembers. */
export const BLOCK_HASH_COUNT = 2_400;

export const systemConstants = (apis: readonly [`0x${string}`, number][]) => [
  constant(
    "BlockWeights",
    struct("frame_system::limits::BlockWeights", {
      base_block: weight,
      max_block: weight,
      per_class: perClass(weightsPerClass),
    }),
    {
      base_block: { ref_time: 431_614_000n, proof_size: 0n },
      max_block: MAX,
      per_class: {
        normal: {
          base_extrinsic: BASE,
          max_extrinsic: { ref_time: (MAX.ref_time * 75n) / 100n, proof_size: (PROOF * 75n) / 100n },
          max_total: { ref_time: (MAX.ref_time * 75n) / 100n, proof_size: (PROOF * 75n) / 100n },
          reserved: { ref_time: 0n, proof_size: 0n },
        },
        operational: {
          base_extrinsic: BASE,
          max_extrinsic: MAX,
          max_total: MAX,
          reserved: { ref_time: MAX.ref_time / 4n, proof_size: PROOF / 4n },
        },
        mandatory: {
          base_extrinsic: BASE,
          max_extrinsic: undefined,
          max_total: undefined,
          reserved: undefined,
        },
      },
    },
  ),
  constant("BlockLength", struct("frame_system::limits::BlockLength", { max: perClass(u32) }), {
    max: { normal: 7_864_320, operational: 10_485_760, mandatory: 10_485_760 },
  }),
  constant("BlockHashCount", u32, BLOCK_HASH_COUNT),
  constant("DbWeight", struct("sp_weights::RuntimeDbWeight", { read: u64, write: u64 }), {
    read: 25_000_000n,
    write: 100_000_000n,
  }),
  constant("Version", runtimeVersion, {
    spec_name: SPEC.specName,
    impl_name: SPEC.implName,
    authoring_version: SPEC.authoringVersion,
    spec_version: SPEC.specVersion,
    impl_version: SPEC.implVersion,
    apis,
    transaction_version: SPEC.transactionVersion,
    system_version: SPEC.stateVersion,
  }),
  constant("SS58Prefix", u16, 42),
];
