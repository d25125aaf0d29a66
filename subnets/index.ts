/** The subnets that ship with Orrery, by name. */
import type { Subnet } from "../protocol/subnet.ts";
import { longcontext } from "./longcontext/index.ts";

export const SUBNETS: ReadonlyMap<string, Subnet> = new Map(
  [longcontext].map((subnet) => [subnet.name, subnet]),
);
