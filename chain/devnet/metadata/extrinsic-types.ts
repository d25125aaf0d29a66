/** The extrinsic's own types: address, signature, and the signed extensions in the chain's order. */
import {
  type AnyType,
  bytes,
  compact,
  fixedBytes,
  h256,
  multiAddress,
  multiSignature,
  option,
  struct,
  type Type,
  tuple,
  u8,
  u32,
  u64,
  unit,
  variant,
  wrapper,
} from "../declare/index.ts";
import type { Shape } from "../declare/shape.ts";

export interface SignedExtension {
  readonly name: string;
  /** Carried in the extrinsic. */
  readonly carried: AnyType;
  /** Signed over and not carried. */
  readonly implied: AnyType;
}

/** `Mortal1` to `Mortal255`, each with its second byte: the real bytes are those of era.ts, this is how clients look it up. */
const era = variant(
  "sp_runtime::generic::era::Era",
  Object.fromEntries([
    ["Immortal", [0]],
    ...Array.from({ length: 255 }, (_, i) => [`Mortal${i + 1}`, [i + 1, u8]]),
  ]) as Record<string, readonly [number]>,
);

const T = { parameters: { T: undefined } };
const empty = (path: string, parameters = T): AnyType => struct(path, {}, parameters);
const runtime = struct("node_subtensor_runtime::Runtime", {});
const ofRuntime = { parameters: { T: runtime as AnyType | undefined } };

const charge = wrapper("pallet_transaction_payment::ChargeTransactionPayment", compact(u64), T);
const mode = variant("frame_metadata_hash_extension::Mode", { Disabled: [0], Enabled: [1] });

const system: readonly SignedExtension[] = [
  extension(
    "CheckNonZeroSender",
    empty("frame_system::extensions::check_non_zero_sender::CheckNonZeroSender"),
  ),
  extension("CheckSpecVersion", empty("frame_system::extensions::check_spec_version::CheckSpecVersion"), u32),
  extension("CheckTxVersion", empty("frame_system::extensions::check_tx_version::CheckTxVersion"), u32),
  extension("CheckGenesis", empty("frame_system::extensions::check_genesis::CheckGenesis"), h256),
  extension(
    "CheckMortality",
    wrapper("node_subtensor_runtime::check_mortality::CheckMortality", era, T),
    h256,
  ),
  extension("CheckNonce", wrapper("node_subtensor_runtime::check_nonce::CheckNonce", compact(u32), T)),
  extension("CheckWeight", empty("frame_system::extensions::check_weight::CheckWeight")),
];
const custom: readonly SignedExtension[] = [
  extension("ChargeTransactionPayment", charge),
  extension(
    "SudoTransactionExtension",
    generic("node_subtensor_runtime::sudo_wrapper::SudoTransactionExtension"),
  ),
  extension("CheckShieldedTxValidity", generic("pallet_shield::extension::CheckShieldedTxValidity")),
  extension(
    "SubtensorTransactionExtension",
    generic("pallet_subtensor::extensions::subtensor::SubtensorTransactionExtension"),
  ),
  extension("DrandPriority", generic("pallet_drand::drand_priority::DrandPriority")),
];
const metadataHash = extension(
  "CheckMetadataHash",
  struct("frame_metadata_hash_extension::CheckMetadataHash", { mode }, T),
  option(fixedBytes(32)),
);

export const SIGNED_EXTENSIONS: readonly SignedExtension[] = [...system, ...custom, metadataHash];

/** The runtime nests them; the payment extension has a wrapper there. */
const extra: AnyType = tuple(
  tuple(...system.map(({ carried }) => carried)),
  tuple(
    struct(
      "node_subtensor_runtime::transaction_payment_wrapper::ChargeTransactionPaymentWrapper",
      { inner: charge },
      T,
    ),
    ...custom.slice(1).map(({ carried }) => carried),
  ),
  metadataHash.carried,
);

export interface ExtrinsicShapes {
  readonly address: Shape;
  readonly signature: Shape;
  readonly extra: Shape;
  readonly runtime: Shape;
  /** `UncheckedExtrinsic`, whose parameters tell V14 clients all of the above. */
  readonly extrinsic: Type<Uint8Array>;
}

export function extrinsicShapes(call: AnyType): ExtrinsicShapes {
  const parts = { Address: multiAddress, Call: call, Signature: multiSignature };
  const generic = wrapper("sp_runtime::generic::unchecked_extrinsic::UncheckedExtrinsic", bytes, {
    parameters: { ...parts, Extra: extra },
  });
  const extrinsic = wrapper("fp_self_contained::unchecked_extrinsic::UncheckedExtrinsic", generic, {
    parameters: { ...parts, Extension: extra },
  });
  return {
    address: multiAddress.shape,
    signature: multiSignature.shape,
    extra: extra.shape,
    runtime: runtime.shape,
    extrinsic,
  };
}

function extension(name: string, carried: AnyType, implied: AnyType = unit): SignedExtension {
  return { name, carried, implied };
}

function generic(path: string): AnyType {
  return struct(path, {}, ofRuntime);
}
