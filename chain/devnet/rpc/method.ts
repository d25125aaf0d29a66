/** How a method of the front is declared: names and schemas of its parameters, and what it does. */
import { z } from "zod";
import type { DevnetNode } from "../node/node.ts";
import { RPC, RpcError } from "./rpc-error.ts";
import type { Subscription } from "./subscriptions.ts";

export interface MethodContext {
  readonly node: DevnetNode;
  /** Ends one of the caller's subscriptions; false when there is none of that id. */
  unsubscribe(id: string): boolean;
  /** Every method that is served, for `rpc_methods`. */
  methodNames(): string[];
}

export interface Method {
  /** A JSON value, a promise of one, or a subscription, whose id is then the answer. Throws Failures and RpcErrors. */
  call(params: unknown, context: MethodContext): unknown;
  /** It pushes: over HTTP there is nobody to push to. */
  readonly subscribes: boolean;
}

export type Methods = Readonly<Record<string, Method>>;

type Shape = Readonly<Record<string, z.ZodType>>;

/** A method whose parameters come by position, in the order of the shape's keys, or by name. */
export function method<S extends Shape>(
  shape: S,
  run: (params: z.output<z.ZodObject<S>>, context: MethodContext) => unknown,
): Method {
  const schema = z.object(shape);
  return { subscribes: false, call: (params, context) => run(read(schema, params), context) };
}

/** A method that answers with a subscription. */
export function subscription<S extends Shape>(
  shape: S,
  run: (params: z.output<z.ZodObject<S>>, context: MethodContext) => Subscription,
): Method {
  return { ...method(shape, run), subscribes: true };
}

function read<S extends Shape>(schema: z.ZodObject<S>, given: unknown): z.output<z.ZodObject<S>> {
  const names = Object.keys(schema.shape);
  const parsed = schema.safeParse(named(names, given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new RpcError(RPC.invalidParams, `Invalid params: ${where}${issue?.message}`, { expected: names });
}

/** One object whatever way they came. Null is absence, as in Rust's `Option`. */
function named(names: readonly string[], given: unknown): Record<string, unknown> {
  const params: Record<string, unknown> = Object.create(null);
  if (given === undefined || given === null) return params;
  if (Array.isArray(given)) {
    if (given.slice(names.length).some((extra) => extra !== null)) {
      throw new RpcError(RPC.invalidParams, `Invalid params: at most ${names.length} are taken`, {
        expected: names,
      });
    }
    for (const [index, name] of names.entries()) params[name] = given[index] ?? undefined;
    return params;
  }
  const object = given as Record<string, unknown>;
  for (const name of names) params[name] = object[name] ?? object[snake(name)] ?? undefined;
  return params;
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
