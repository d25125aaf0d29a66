/** Makes sure that a stream exists and takes the subjects it should, also when several nodes do so at once. */
import { type JetStreamManager, StorageType, type StreamConfig } from "@nats-io/jetstream";
import { isMissing, natsFailure } from "./failures.ts";

export type StreamSpec = Pick<StreamConfig, "name" | "subjects"> & Partial<StreamConfig>;

const ATTEMPTS = 5;

/** Creates the stream, or adds the subjects it lacks; settings of an existing stream are the operator's. */
export async function ensureStream(jsm: JetStreamManager, spec: StreamSpec): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const found = await infoOrUndefined(jsm, spec.name);
      if (found === undefined) {
        await jsm.streams.add({ storage: StorageType.File, ...spec });
        return;
      }
      const subjects = found.config.subjects ?? [];
      const lacking = spec.subjects.filter((subject) => !subjects.includes(subject));
      if (lacking.length === 0) return;
      await jsm.streams.update(spec.name, { subjects: [...subjects, ...lacking] });
    } catch (error) {
      // Another node was quicker, or a leader is being elected: look again.
      if (attempt === ATTEMPTS) throw natsFailure(error, { stream: spec.name });
    }
  }
}

export async function infoOrUndefined(jsm: JetStreamManager, stream: string, subjectsFilter?: string) {
  try {
    return await jsm.streams.info(
      stream,
      subjectsFilter === undefined ? undefined : { subjects_filter: subjectsFilter },
    );
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
