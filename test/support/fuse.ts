/**
 * A process that is killed at any of its steps: every call of a port is a place to die before, and one that changes
 * something also a place to die after. (To die after a mere question is to die before the next call.)
 */

export class Killed extends Error {
  override readonly name = "Killed";
}

export class Fuse {
  #left: number;
  #burnt = false;
  /** Places passed so far. */
  passed = 0;
  /** Where it died. */
  where: string | undefined;

  /** Dies at the place with this number, from 0; never when infinite. */
  constructor(at: number) {
    this.#left = at;
  }

  get burnt(): boolean {
    return this.#burnt;
  }

  place(name: string): void {
    if (!this.#burnt && this.#left-- > 0) {
      this.passed++;
      return;
    }
    this.#burnt = true;
    this.where ??= name;
    throw new Killed(name);
  }
}

const CHANGES = /append|effect(?:Done|Failed)|send|sign|put|submit/;

/** The same object for a process that dies with the fuse: dead, it can call nothing, and learns of no answer. */
export function mortal<T extends object>(target: T, fuse: Fuse, path = ""): T {
  return new Proxy(target, {
    get(object, name, receiver) {
      const value: unknown = Reflect.get(object, name, receiver);
      const full = `${path}${String(name)}`;
      if (typeof value === "function") {
        return async (...args: unknown[]) => {
          fuse.place(`before ${full}`);
          const result: unknown = await (value as (...given: unknown[]) => unknown).apply(object, args);
          if (CHANGES.test(full)) fuse.place(`after ${full}`);
          return result;
        };
      }
      return typeof value === "object" && value !== null ? mortal(value, fuse, `${full}.`) : value;
    },
  });
}
