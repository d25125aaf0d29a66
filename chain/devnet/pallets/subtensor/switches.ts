/** What the devnet can be told to do otherwise than the chain. Kept in state, so that a saved chain goes on alike. */
import { bool, storageOf } from "../../declare/index.ts";

const { value } = storageOf("Devnet");

/** Whether loopback addresses may be served, which the chain refuses. */
export const AllowLoopback = value("AllowLoopback", { type: bool, fallback: false });
