/** Every method of the front. */
import type { Methods } from "../method.ts";
import { authorMethods } from "./author.ts";
import { chainMethods } from "./chain.ts";
import { devnetMethods } from "./devnet.ts";
import { paymentMethods } from "./payment.ts";
import { stateMethods } from "./state.ts";
import { systemMethods } from "./system.ts";

export const METHODS: Methods = {
  ...systemMethods,
  ...chainMethods,
  ...stateMethods,
  ...authorMethods,
  ...paymentMethods,
  ...devnetMethods,
};
