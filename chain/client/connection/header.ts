/** A block's header as a node tells it. */
import { z } from "zod";

const HEX_NUMBER = /^0x[0-9a-fA-F]{1,8}$/;

export const Hash = z.string().regex(/^0x[0-9a-f]{64}$/);

export const RpcHeader = z.object({
  parentHash: Hash,
  number: z
    .string()
    .regex(HEX_NUMBER)
    .transform((hex) => Number.parseInt(hex, 16)),
  stateRoot: Hash,
  extrinsicsRoot: Hash,
  digest: z.object({
    logs: z
      .array(
        z
          .string()
          .max(1 << 20)
          .regex(/^0x(?:[0-9a-fA-F]{2})*$/),
      )
      .max(64),
  }),
});
export type RpcHeader = z.infer<typeof RpcHeader>;
