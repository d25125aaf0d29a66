/** `payment_*`: what an extrinsic would cost. */
import type { Hex } from "../../../scale/hex.ts";
import { type Methods, method } from "../method.ts";
import { at, bytes } from "../params.ts";

const hex = (amount: bigint): Hex => `0x${amount.toString(16)}`;

export const paymentMethods: Methods = {
  payment_queryInfo: method({ bytes, hash: at }, (params, { node }) => {
    const info = node.paymentInfo(params.bytes);
    return {
      weight: { ref_time: Number(info.refTime), proof_size: Number(info.proofSize) },
      class: info.class,
      partialFee: info.partialFee.toString(),
    };
  }),
  /** One rao a byte is the length's part; the rest is the weight's. A feeless call has no inclusion fee. */
  payment_queryFeeDetails: method({ bytes, hash: at }, (params, { node }) => {
    const { partialFee } = node.paymentInfo(params.bytes);
    if (partialFee === 0n) return { inclusionFee: null };
    const length = BigInt(params.bytes.byteLength);
    const lenFee = length < partialFee ? length : partialFee;
    return {
      inclusionFee: { baseFee: hex(0n), lenFee: hex(lenFee), adjustedWeightFee: hex(partialFee - lenFee) },
    };
  }),
};
