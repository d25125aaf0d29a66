/** Runtime APIs about the runtime itself: its version and metadata, nonces and fees. */

import type { AccountId, ApiContext } from "../declare/index.ts";
import {
  accountId,
  bytes,
  method,
  option,
  type RuntimeApi,
  struct,
  type Type,
  u32,
  u64,
  vec,
  wrapper,
} from "../declare/index.ts";
import { dispatchClass, weight } from "../pallets/dispatch-types.ts";
import { runtimeVersion } from "../pallets/system/constants.ts";
import { NODE_APIS } from "./api-versions.ts";
import type { PaymentInfo } from "./node.ts";
import type { RuntimeVersion } from "./runtime-version.ts";

export interface NodeFacts {
  readonly version: RuntimeVersion;
  /** `UncheckedExtrinsic`: its values are the bytes after the length. */
  readonly extrinsic: Type<Uint8Array>;
  readonly metadataVersions: readonly number[];
  metadata(version: number): Uint8Array | undefined;
  nonceOf(context: ApiContext, who: AccountId): number;
  paymentInfo(extrinsic: Uint8Array): PaymentInfo;
}

const opaqueMetadata = wrapper("sp_core::OpaqueMetadata", bytes);

const dispatchInfo = struct(
  "pallet_transaction_payment::types::RuntimeDispatchInfo",
  { weight, class: dispatchClass, partial_fee: u64 },
  { parameters: { Balance: u64, Weight: weight } },
);

const inclusionFee = struct(
  "pallet_transaction_payment::types::InclusionFee",
  { base_fee: u64, len_fee: u64, adjusted_weight_fee: u64 },
  { parameters: { Balance: u64 } },
);

const feeDetails = struct(
  "pallet_transaction_payment::types::FeeDetails",
  { inclusion_fee: option(inclusionFee), tip: u64 },
  { parameters: { Balance: u64 } },
);

export function nodeApis(facts: NodeFacts): RuntimeApi[] {
  const infoOf = (body: Uint8Array): PaymentInfo => facts.paymentInfo(facts.extrinsic.codec.enc(body));
  return [
    {
      name: "Core",
      version: NODE_APIS.Core,
      methods: [method("version", {}, runtimeVersion, () => versionInScale(facts.version))],
    },
    {
      name: "Metadata",
      version: NODE_APIS.Metadata,
      methods: [
        method("metadata", {}, opaqueMetadata, () => facts.metadata(14) ?? new Uint8Array()),
        method("metadata_at_version", { version: u32 }, option(opaqueMetadata), (_, { version }) =>
          facts.metadata(version),
        ),
        method("metadata_versions", {}, vec(u32), () => [...facts.metadataVersions]),
      ],
    },
    {
      name: "AccountNonceApi",
      version: NODE_APIS.AccountNonceApi,
      methods: [
        method("account_nonce", { account: accountId }, u32, (context, { account }) =>
          facts.nonceOf(context, account),
        ),
      ],
    },
    {
      name: "TransactionPaymentApi",
      version: NODE_APIS.TransactionPaymentApi,
      methods: [
        method("query_info", { uxt: facts.extrinsic, len: u32 }, dispatchInfo, (_, { uxt }) =>
          infoInScale(infoOf(uxt)),
        ),
        method("query_fee_details", { uxt: facts.extrinsic, len: u32 }, feeDetails, (_, { uxt, len }) =>
          detailsInScale(infoOf(uxt), len),
        ),
      ],
    },
  ];
}

const CLASSES = { normal: "Normal", operational: "Operational", mandatory: "Mandatory" } as const;

const infoInScale = (info: PaymentInfo) => ({
  weight: { ref_time: info.refTime, proof_size: info.proofSize },
  class: { type: CLASSES[info.class], value: undefined },
  partial_fee: info.partialFee,
});

/** A rao a byte is for the length, the rest for the weight; a free call has no inclusion fee at all. */
function detailsInScale({ partialFee }: PaymentInfo, length: number) {
  const forLength = BigInt(length) < partialFee ? BigInt(length) : partialFee;
  const fee = { base_fee: 0n, len_fee: forLength, adjusted_weight_fee: partialFee - forLength };
  return { inclusion_fee: partialFee === 0n ? undefined : fee, tip: 0n };
}

function versionInScale(version: RuntimeVersion) {
  return {
    spec_name: version.specName,
    impl_name: version.implName,
    authoring_version: version.authoringVersion,
    spec_version: version.specVersion,
    impl_version: version.implVersion,
    apis: version.apis,
    transaction_version: version.transactionVersion,
    system_version: version.stateVersion,
  };
}
