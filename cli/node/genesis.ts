/** Reads the genesis of the local chain. */
import { Genesis } from "../../chain/local/genesis.ts";
import { Failure } from "../../protocol/failure.ts";

/** Fails with `config`, naming the field that is wrong. */
export async function readGenesis(path: string | undefined): Promise<Genesis> {
  if (path === undefined) {
    throw new Failure("config", "the registry hosts the local chain and needs its genesis", {
      hint: "Give it with --genesis FILE; docs/operating.md shows one.",
    });
  }
  const file = Bun.file(path);
  if (!(await file.exists())) throw new Failure("config", `genesis file ${path} does not exist`);
  const parsed = Genesis.safeParse(await file.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new Failure("config", `genesis file ${path}: ${where}${issue?.message}`, {
    hint: "docs/operating.md shows one.",
  });
}
