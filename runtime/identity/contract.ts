/** What the identity layer is generated from, and the permissions that come out. */
import type { Service } from "../../protocol/service.ts";

/** The network's name and every service that travels on it. */
export interface NetworkContract {
  net: string;
  services: readonly Service[];
}

/** Subject patterns of one kind of user; what matches none of them is forbidden. */
export interface SubjectPermissions {
  publish: readonly string[];
  subscribe: readonly string[];
}
