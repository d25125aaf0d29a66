/** Who hears a subject: tokens in a trie, `*` and `>` beside them, one member per queue group. */
import { Failure } from "../../protocol/failure.ts";

/** Subjects remembered with their route; cleared whole when full. */
const CACHE_LIMIT = 4_096;
const MAX_SUBJECT = 512;
const BLANK = /\s|\p{Cc}/u;

interface Leaf<S> {
  readonly each: Set<S>;
  readonly groups: Map<string, Set<S>>;
}

interface Branch<S> {
  readonly children: Map<string, Branch<S>>;
  any: Branch<S> | undefined;
  rest: Leaf<S> | undefined;
  leaf: Leaf<S> | undefined;
}

interface Route<S> {
  readonly each: readonly S[];
  readonly groups: readonly { readonly members: readonly S[]; turn: number }[];
}

const branch = <S>(): Branch<S> => ({
  children: new Map(),
  any: undefined,
  rest: undefined,
  leaf: undefined,
});
const leaf = <S>(): Leaf<S> => ({ each: new Set(), groups: new Map() });

/** The tokens of a subject; fails with `malformed` when it is none. Wildcards are for subscribing only. */
function tokensOf(subject: string, wildcards: boolean): string[] {
  const tokens = subject.split(".");
  const wrong =
    subject.length > MAX_SUBJECT ||
    BLANK.test(subject) ||
    tokens.some(
      (token, index) =>
        token === "" ||
        (token === "*" && !wildcards) ||
        (token === ">" && !(wildcards && index === tokens.length - 1)),
    );
  if (!wrong) return tokens;
  throw new Failure("malformed", `${JSON.stringify(subject.slice(0, 80))} is not a subject`, {
    hint: "Use non-empty tokens without blanks, joined by dots; wildcards only to subscribe.",
  });
}

export class SubjectRouter<S> {
  readonly #root = branch<S>();
  readonly #cache = new Map<string, Route<S>>();
  #turn = 0;

  /** Adds a subscriber and returns what removes it. */
  add(pattern: string, subscriber: S, queue?: string): () => void {
    const tokens = tokensOf(pattern, true);
    let at = this.#root;
    let target: Leaf<S> | undefined;
    for (const token of tokens) {
      if (token === ">") {
        target = at.rest ??= leaf<S>();
      } else if (token === "*") {
        at = at.any ??= branch<S>();
      } else {
        let next = at.children.get(token);
        if (next === undefined) at.children.set(token, (next = branch<S>()));
        at = next;
      }
    }
    const found = target ?? (at.leaf ??= leaf<S>());
    const members = queue === undefined ? found.each : memberSet(found, queue);
    members.add(subscriber);
    this.#cache.clear();
    return () => {
      members.delete(subscriber);
      if (queue !== undefined && members.size === 0) found.groups.delete(queue);
      this.#cache.clear();
      this.#prune(tokens);
    };
  }

  /** Calls `deliver` for each subscriber that is to get a message, and tells how many there were. */
  route(subject: string, deliver: (subscriber: S) => void): number {
    const route = this.#cache.get(subject) ?? this.#resolve(subject);
    for (const subscriber of route.each) deliver(subscriber);
    for (const group of route.groups) deliver(group.members[group.turn++ % group.members.length]!);
    return route.each.length + route.groups.length;
  }

  #resolve(subject: string): Route<S> {
    const tokens = tokensOf(subject, false);
    const each: S[] = [];
    const groups = new Map<string, S[]>();
    collect(this.#root, tokens, 0, (found) => {
      each.push(...found.each);
      for (const [name, members] of found.groups) {
        const known = groups.get(name);
        if (known === undefined) groups.set(name, [...members]);
        else known.push(...members);
      }
    });
    const route = {
      each,
      groups: [...groups.values()].map((members) => ({ members, turn: this.#turn++ })),
    };
    // Reply subjects are used once each: remembering them would only push out the others.
    if (!subject.startsWith("_INBOX.")) {
      if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
      this.#cache.set(subject, route);
    }
    return route;
  }

  /** Removes branches that lead nowhere, so that inboxes and streams that came and went leave nothing. */
  #prune(tokens: readonly string[]): void {
    const path: Branch<S>[] = [this.#root];
    for (const token of tokens) {
      const at = path[path.length - 1]!;
      const next = token === "*" ? at.any : at.children.get(token);
      if (token === ">" || next === undefined) break;
      path.push(next);
    }
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const at = path[depth]!;
      if (at.leaf && at.leaf.each.size + at.leaf.groups.size === 0) at.leaf = undefined;
      if (at.rest && at.rest.each.size + at.rest.groups.size === 0) at.rest = undefined;
      if (depth === 0 || at.leaf || at.rest || at.any || at.children.size > 0) continue;
      const token = tokens[depth - 1]!;
      if (token === "*") path[depth - 1]!.any = undefined;
      else path[depth - 1]!.children.delete(token);
    }
  }
}

function memberSet<S>(found: Leaf<S>, queue: string): Set<S> {
  let members = found.groups.get(queue);
  if (members === undefined) found.groups.set(queue, (members = new Set()));
  return members;
}

function collect<S>(
  at: Branch<S>,
  tokens: readonly string[],
  depth: number,
  found: (leaf: Leaf<S>) => void,
): void {
  if (depth === tokens.length) {
    if (at.leaf !== undefined) found(at.leaf);
    return;
  }
  if (at.rest !== undefined) found(at.rest);
  const exact = at.children.get(tokens[depth]!);
  if (exact !== undefined) collect(exact, tokens, depth + 1, found);
  if (at.any !== undefined) collect(at.any, tokens, depth + 1, found);
}
