/** `bun run isolate image`: builds the runner image of the Docker back end. */
import { connectEngine } from "../sandbox/docker/engine.ts";
import { buildImage, DEFAULT_IMAGE } from "../sandbox/docker/image.ts";
import type { IsolateOptions } from "./node/isolate-options.ts";
import { dockerSettings } from "./node/isolates.ts";

export interface BuildRunner extends IsolateOptions {
  /** Image to build from; it must be here already. */
  from: string;
  json: boolean;
}

/** Prints the new image's digest, by which a node can be held to it. */
export async function buildRunner(options: BuildRunner): Promise<number> {
  const { from, json, dockerImage: tag = DEFAULT_IMAGE } = options;
  const engine = await connectEngine(dockerSettings(options));
  const digest = await buildImage({
    engine,
    base: from,
    tag,
    onLine: (line) => {
      if (!json) console.error(line);
    },
  });
  console.log(json ? JSON.stringify({ image: tag, digest, base: from }) : `${tag} ${digest}`);
  return 0;
}
