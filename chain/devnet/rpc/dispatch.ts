/** From the text of a frame to the text of its answer: requests and batches of JSON-RPC 2.0. */
import { z } from "zod";
import type { DevnetNode } from "../node/node.ts";
import type { Method, Methods } from "./method.ts";
import { errorObject, RPC, RpcError } from "./rpc-error.ts";
import type { Subscription, Subscriptions } from "./subscriptions.ts";

/** As long as a Substrate node allows. */
const MAX_ANSWER = 16 * 1024 * 1024;
const MAX_BATCH = 1_000;

type Id = string | number | null;
const Id = z.union([z.string().max(128), z.number(), z.null()]);
const Request = z.object({
  jsonrpc: z.literal("2.0"),
  method: z.string().max(128),
  params: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
  /** Without one it is a notification, of which a Substrate node takes none. */
  id: Id.optional(),
});

export interface Answered {
  /** Nothing when there is nothing to answer. */
  text: string | undefined;
  /** Begins the subscriptions that the answer tells of; called when it was sent. */
  begin(): void;
}

export interface DispatchContext {
  node: DevnetNode;
  methods: Methods;
  /** Absent over HTTP. */
  subscriptions?: Subscriptions;
  /** Answers of this caller that take their time, of which there may be `most`. */
  load: { running: number; readonly most: number };
  /** Told of what nobody foresaw. */
  onDefect(thrown: unknown, method: string): void;
}

/** Never throws: whatever comes is answered. */
export async function dispatch(text: string, context: DispatchContext): Promise<Answered> {
  const begins: (() => void)[] = [];
  const begin = () => {
    for (const start of begins) start();
  };
  const one = (request: unknown) => answer(request, context, (start) => begins.push(start));
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return { text: refusal(null, new RpcError(RPC.parse, "Parse error")), begin };
  }
  if (!Array.isArray(frame)) return { text: await one(frame), begin };
  if (frame.length === 0) return { text: refusal(null, invalid()), begin };
  if (frame.length > MAX_BATCH) {
    return {
      text: refusal(
        null,
        new RpcError(RPC.tooLargeBatch, `The batch request was too large, at most ${MAX_BATCH}`),
      ),
      begin,
    };
  }
  const parts: string[] = [];
  let length = 0;
  for (const request of frame) {
    const part = length > MAX_ANSWER ? refusal(idOf(request), tooLarge()) : await one(request);
    if (part === undefined) continue;
    length += part.length;
    parts.push(part);
  }
  return { text: parts.length === 0 ? undefined : `[${parts.join(",")}]`, begin };
}

async function answer(
  given: unknown,
  context: DispatchContext,
  later: (start: () => void) => void,
): Promise<string | undefined> {
  const parsed = Request.safeParse(given);
  if (!parsed.success) return refusal(idOf(given), invalid());
  const { id, method: name, params } = parsed.data;
  if (id === undefined) return undefined;
  try {
    const method = find(context, name);
    if (method.subscribes) context.subscriptions?.checkRoom();
    const { load } = context;
    if (load.running >= load.most) throw new RpcError(RPC.busy, "Too many requests are being answered");
    const called = method.call(params, {
      node: context.node,
      unsubscribe: (subscription) => context.subscriptions?.end(subscription) ?? false,
      methodNames: () => Object.keys(context.methods).sort(),
    });
    const result = called instanceof Promise ? await counted(called, load) : called;
    if (!method.subscribes || context.subscriptions === undefined) return success(id, result);
    const opened = context.subscriptions.open(result as Subscription);
    later(opened.begin);
    return success(id, opened.id);
  } catch (thrown) {
    const error = errorObject(thrown);
    if (error.code === RPC.internal) context.onDefect(thrown, name);
    return refusal(id, thrown);
  }
}

async function counted<T>(work: Promise<T>, load: DispatchContext["load"]): Promise<T> {
  load.running++;
  try {
    return await work;
  } finally {
    load.running--;
  }
}

function find({ methods, subscriptions }: DispatchContext, name: string): Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) {
    throw new RpcError(RPC.unknownMethod, "Method not found", { hint: "rpc_methods lists what is served." });
  }
  if (method.subscribes && subscriptions === undefined) {
    throw new RpcError(RPC.unknownMethod, "Subscriptions need a websocket");
  }
  return method;
}

function success(id: Id, result: unknown): string {
  const text = JSON.stringify({ jsonrpc: "2.0", result: result ?? null, id });
  return text.length > MAX_ANSWER ? refusal(id, tooLarge()) : text;
}

const refusal = (id: Id, thrown: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", error: errorObject(thrown), id });

const invalid = () => new RpcError(RPC.invalidRequest, "Invalid request");
const tooLarge = () =>
  new RpcError(RPC.tooLargeAnswer, "Response is too big", {
    hint: `At most ${MAX_ANSWER} bytes; ask for less.`,
  });

/** The id of something that is no request, so that its sender knows which of its calls failed. */
function idOf(given: unknown): Id {
  const parsed = z.object({ id: Id }).safeParse(given);
  return parsed.success ? parsed.data.id : null;
}
