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
  const payment = { uxt: facts.extrinsic, len: u32 };
  const infoOf = (body: Uint8Array): PaymentInfo => facts.paymentInfo(facts.extrinsic.codec.enc(body));
  return [
    {
      name: "Core",
      version: NODE_APIS.Core,
      methods: [method("version", {}, runtimeVersion, () => asScale(facts.version))],
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
        method("query_info", payment, dispatchInfo, (_, { uxt }) => {
          const info = infoOf(uxt);
          return {
            weight: { ref_time: info.refTime, proof_size: info.proofSize },
            class: { type: CLASSES[info.class], value: undefined },
            partial_fee: info.partialFee,
          };
        }),
        method("query_fee_details", payment, feeDetails, (_, { uxt }) => ({
          inclusion_fee: { base_fee: 0n, len_fee: 0n, adjusted_weight_fee: infoOf(uxt).partialFee },
          tip: 0n,
        })),
      ],
    },
  ];
}

function asScale(version: RuntimeVersion) {
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

const CLASSES = { normal: "Normal", operational: "Operational", mandatory: "Mandatory" } as const;
