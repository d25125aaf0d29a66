/** Files and pipes that a user names, read with a bound. */
import { open } from "node:fs/promises";
import { Failure } from "../protocol/failure.ts";

const CHUNK = 256 * 1024;
const MIB = 1024 * 1024;

export interface InputFile {
  path: string;
  /** Bytes; a longer file is refused before all of it is in memory. */
  most: number;
  /** What to do when it is longer. */
  tooLong: string;
}

/** All of a file. Fails with `config` when it is too long or a folder; what else the system says of it is thrown as it is. */
export async function readInput({ path, most, tooLong }: InputFile): Promise<Buffer> {
  const handle = await open(path);
  try {
    if ((await handle.stat()).isDirectory()) {
      throw new Failure("config", `${path} is a folder where a file is asked for`, {
        hint: "Name a file in it.",
      });
    }
    const chunks: Buffer[] = [];
    for (let size = 0; ; ) {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK, null).catch((cause: Error) => {
        throw new Failure("config", `${path} cannot be read: ${cause.message}`, {
          hint: "Name another file.",
          cause,
        });
      });
      if (bytesRead === 0) return Buffer.concat(chunks);
      size += bytesRead;
      if (size > most) {
        throw new Failure("config", `${path} is larger than ${Math.floor(most / MIB)} MiB`, {
          hint: tooLong,
        });
      }
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** The same as text. Fails with `config` when it is none. */
export async function readTextInput(file: InputFile): Promise<string> {
  const bytes = await readInput(file);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Failure("config", `${file.path} is no text in UTF-8`, {
      hint: "Check that it is the right file, or save it as UTF-8.",
      cause,
    });
  }
}
