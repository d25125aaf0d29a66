/**
 * The process that a model lives in: `child.ts CONFIG`. Native code that crashes takes this process with it and nothing else;
 * it ends by itself when its node is gone.
 */
import { join } from "node:path";
import { Failure } from "../../../protocol/failure.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { createPieces } from "../../associative/pieces.ts";
import { createTokenizer } from "../../tokenizer/hugging-face.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { openCSession } from "../c-api/session.ts";
import { ortLibrary } from "../library.ts";
import { type Manifest, readManifest } from "../manifest.ts";
import { openNSession } from "../n-api/session.ts";
import type { Session } from "../session.ts";
import { cardOf } from "./card.ts";
import { Lanes } from "./lanes.ts";
import { ChildConfig, type Order, type Report } from "./messages.ts";
import { selfTest } from "./self-test.ts";
import { splitsChunks } from "./split.ts";
import { Steps } from "./steps.ts";
import { answersTogether } from "./together.ts";
import { Pace } from "./work.ts";
import { createWorker } from "./worker.ts";

const send = (report: Report): void => void process.send?.(report);
process.on("disconnect", () => process.exit(0));

try {
  const config = ChildConfig.parse(JSON.parse(process.argv[2] ?? ""));
  const manifest = await readManifest(config.folder);
  const session = await openSession(config, manifest);
  await selfTest(session);
  const { contextLength: capacity, chunkTokens } = manifest;
  const card = cardOf(manifest, session);
  const tokenizer = await openTokenizer(config, manifest);
  const clock = createSystemClock();
  const together = await answersTogether(session, { ...config, capacity });
  const weightBytes = (manifest.data ?? manifest.graph).size;
  const split = await splitsChunks(session, { capacity, chunkTokens });
  const lanes = new Lanes({ ...config, session, capacity, chunkTokens, split, together, weightBytes });
  const steps = new Steps(clock);
  const work = createWorker(
    { manifest, card, shape: session.shape, tokenizer, lanes, clock, steps, pace: new Pace(chunkTokens) },
    send,
  );
  process.on("message", (order: Order) => work(order));
  send({ type: "ready", card, longestToken: tokenizer.longest, together });
} catch (thrown) {
  send({ type: "fatal", failure: Failure.from(thrown).toWire() });
  process.exitCode = 1;
  process.disconnect?.();
}

function openSession(config: ChildConfig, manifest: Manifest): Promise<Session> | Session {
  const threads = Math.min(config.threads, manifest.threads ?? config.threads);
  const options = { ...config, threads, graph: join(config.folder, manifest.graph.name) };
  return config.runtime === "c-api"
    ? openCSession({ ...options, library: ortLibrary() })
    : openNSession(options);
}

async function openTokenizer({ folder }: ChildConfig, { tokenizer }: Manifest): Promise<Tokenizer> {
  if (tokenizer.type === "pieces") return createPieces();
  return createTokenizer(await Bun.file(join(folder, tokenizer.file.name)).json());
}
