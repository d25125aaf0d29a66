/** The subnets that ship with Orrery, by name. */
import type { Subnet } from "../protocol/subnet.ts";
import { inference } from "./inference/index.ts";
import { longcontext } from "./longcontext/index.ts";

export const SUBNETS: ReadonlyMap<string, Subnet> = new Map(
  [longcontext, inference].map((subnet) => [subnet.name, subnet]),
);
