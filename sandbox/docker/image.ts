/** The runner image: an interpreter and our guest. Built here, from a base that is here; nothing is ever pulled. */
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { Failure } from "../../protocol/failure.ts";
import { engineCall, engineFailure, statusOf } from "./engine.ts";

export const DEFAULT_IMAGE = "orrery-runner";
export const DEFAULT_BASE = "python:3.11-slim";

const SANDBOX = fileURLToPath(new URL("..", import.meta.url));
const DOCKERFILE = "docker/Dockerfile";
const FILES = [DOCKERFILE, "docker/guest.py", "docker/serve.py", "python/harness.py"];
const GUEST_LABEL = "org.orrery.guest";
const BUILD = "Run `bun run isolate image` to build it.";

/** Names what the image is made of, so that an image of another version is not taken for this one. */
export async function guestDigest(): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const file of FILES) hasher.update(await Bun.file(SANDBOX + file).bytes());
  return hasher.digest("hex");
}

/** The id of the image that `reference` names. Throws `unavailable` when it is not here or not of this version. */
export async function findImage(engine: Docker, reference: string): Promise<string> {
  const found = await inspectImage(engine, reference);
  if (found === undefined) {
    throw new Failure("unavailable", `there is no image ${reference}`, { hint: BUILD, retryable: false });
  }
  const digest = await guestDigest();
  const built = found.Config.Labels?.[GUEST_LABEL];
  if (built === digest) return found.Id;
  throw new Failure("unavailable", `the image ${reference} was built by another version of Orrery`, {
    meta: { guest: built ?? null, wanted: digest },
    hint: BUILD,
    retryable: false,
  });
}

export interface BuildImage {
  engine: Docker;
  /** An image with `python3` (3.11 or later) that the engine has already. */
  base: string;
  /** Name for the result. */
  tag: string;
  onLine?: (line: string) => void;
}

/** Builds the runner image and returns its id. Throws `config` when the base is missing and `unavailable` otherwise. */
export async function buildImage({ engine, base, tag, onLine }: BuildImage): Promise<string> {
  if ((await inspectImage(engine, base)) === undefined) {
    throw new Failure("config", `there is no image ${base} to build from`, {
      hint: `Fetch it (docker pull ${base}), or name another one with --from.`,
    });
  }
  const stream = await engineCall("the image cannot be built", async () =>
    engine.buildImage(
      { context: SANDBOX, src: FILES },
      { dockerfile: DOCKERFILE, t: tag, buildargs: { BASE: base, GUEST: await guestDigest() } },
    ),
  );
  await new Promise<void>((resolve, reject) => {
    engine.modem.followProgress(
      stream!,
      (error) => (error ? reject(engineFailure("the image cannot be built", error)) : resolve()),
      (event: { stream?: string }) => {
        const line = event.stream?.trim();
        if (line) onLine?.(line);
      },
    );
  });
  return findImage(engine, tag);
}

async function inspectImage(engine: Docker, reference: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await engine.getImage(reference).inspect();
  } catch (thrown) {
    if (statusOf(thrown) === 404) return undefined;
    throw engineFailure(`the image ${reference} cannot be looked up`, thrown);
  }
}
