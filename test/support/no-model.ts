/** What a miner says that serves no model, for miners that a test writes by hand. */
import type { CardReply } from "../../protocol/services/miner.ts";

export const NO_MODEL = {
  card: async (): Promise<CardReply> => ({ status: "none" }),
  async *generate() {},
};
