/** `author_*`: extrinsics handed in, watched, pending. */
import { z } from "zod";
import { toHex } from "../../../scale/hex.ts";
import { type Methods, method, subscription } from "../method.ts";
import { bytes, subscriptionId } from "../params.ts";

export const authorMethods: Methods = {
  author_submitExtrinsic: method({ bytes }, (params, { node }) => node.submit(params.bytes).hash),
  author_submitAndWatchExtrinsic: subscription({ bytes }, (params, { node }) => {
    const stop = new AbortController();
    // Refused here, the caller gets an error and no subscription.
    const { statuses } = node.watch(params.bytes, stop.signal);
    return {
      notification: "author_extrinsicUpdate",
      start(emit) {
        void follow(statuses, emit);
        return () => stop.abort();
      },
    };
  }),
  // Named as turbobt names it, which sends it by name.
  author_unwatchExtrinsic: method({ bytes: subscriptionId }, (params, context) =>
    context.unsubscribe(params.bytes),
  ),
  author_pendingExtrinsics: method({}, (_, { node }) => node.pending().map(toHex)),
  author_hasKey: method({ publicKey: bytes, keyType: z.string().max(16) }, () => false),
};

async function follow(statuses: AsyncIterable<unknown>, emit: (status: unknown) => void): Promise<void> {
  for await (const status of statuses) emit(status);
}
