/** Who mines in `npm start`: the five of the demo, or files of one's own. */
import { basename } from "node:path";
import type { MinerOptions } from "../../actors/miner/miner.ts";
import { Failure } from "../../protocol/failure.ts";
import { answerer, PERSONALITIES, programOf } from "../../subnets/longcontext/miners/index.ts";
import { loadAnswerer, programFromFile } from "../node/miner-parts.ts";

export interface CastMember {
  name: string;
  behaviour: Pick<MinerOptions, "program" | "answer">;
}

const DEMO = "longcontext";

/** Fails with `config` for files that are not there, and for a subnet that the five cannot work for. */
export async function castOf(subnet: string, miners: readonly string[] | undefined): Promise<CastMember[]> {
  if (miners !== undefined) {
    const named = new Map<string, CastMember["behaviour"]>();
    for (const files of miners) named.set(freeName(files, named), await behaviourOf(files));
    return [...named].map(([name, behaviour]) => ({ name, behaviour }));
  }
  if (subnet !== DEMO) {
    throw new Failure("config", `the five miners of the demo know nothing of subnet ${subnet}`, {
      hint: "Name your own, separated by commas: --miners solve.py,other.py+answers.ts#other",
    });
  }
  return PERSONALITIES.map((name) => ({
    name,
    behaviour: { program: async () => programOf(name), answer: answerer(name) },
  }));
}

/** A program, a module that answers, or both with a plus between them. */
async function behaviourOf(files: string): Promise<CastMember["behaviour"]> {
  const behaviour: CastMember["behaviour"] = {};
  for (const file of files.split("+")) {
    if (/\.[mc]?tsx?(?:#|$)|#/.test(file)) behaviour.answer = await loadAnswerer(file, "--miners");
    else behaviour.program = programFromFile(file, "--miners");
  }
  return behaviour;
}

/** After the first file, as the name of a node may be. */
function freeName(files: string, taken: ReadonlyMap<string, unknown>): string {
  const [stem = ""] = basename(files.split("+")[0] ?? "").split(".");
  const plain =
    stem
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, "-")
      .replace(/^[-_]+/, "")
      .slice(0, 32) || "miner";
  for (let count = 1; ; count++) {
    const name = count === 1 ? plain : `${plain}-${count}`;
    if (!taken.has(name)) return name;
  }
}
