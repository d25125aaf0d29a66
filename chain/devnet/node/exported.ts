/** What a runtime exports once its pallets are put together: its call type, its metadata and its runtime APIs. */
import { createCodec, createDecoder } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import type { ApiContext, ApiMethod, RuntimeCall, Type } from "../declare/index.ts";
import { extrinsicShapes } from "../metadata/extrinsic-types.ts";
import { outerTypes } from "../metadata/outer-types.ts";
import { type ServedMetadata, serveMetadata } from "../metadata/served-metadata.ts";
import { CallTable } from "./call-table.ts";
import { type NodeFacts, nodeApis } from "./node-apis.ts";
import { PoolRefusal } from "./pool-refusal.ts";
import type { Runtime } from "./runtime.ts";

export class Exported {
  readonly callType: Type<RuntimeCall>;
  readonly calls: CallTable;
  readonly metadata: ServedMetadata;
  readonly #methods = new Map<string, ApiMethod>();

  /** `facts` are asked for when a method is called: the metadata describes these very methods. */
  constructor(
    runtime: Runtime,
    {
      facts,
      file,
    }: { facts: Omit<NodeFacts, "version" | "extrinsic" | "metadata">; file?: Uint8Array | undefined },
  ) {
    const outer = outerTypes(runtime.pallets);
    this.calls = new CallTable(runtime.pallets);
    this.callType = simulatedOnly(outer.call, this.calls);
    runtime.runtimeCall.resolve(this.callType);
    runtime.runtimeEvent.resolve(outer.event);
    const own = nodeApis({
      ...facts,
      version: runtime.version,
      extrinsic: extrinsicShapes(outer.call).extrinsic,
      metadata: (version) => this.metadata.bytes(version),
    });
    const apis = [...own, ...runtime.apis];
    for (const { name, methods } of apis) {
      for (const method of methods) this.#methods.set(`${name}_${method.name}`, method);
    }
    this.metadata = serveMetadata({ pallets: runtime.pallets, apis, outer }, file);
  }

  /** A runtime call by its exported name. Fails with `unknown-method`, or with `malformed` for its arguments. */
  call(name: string, context: ApiContext, args: Uint8Array): Uint8Array {
    const method = this.#methods.get(name);
    if (method !== undefined) return method.call(context, args);
    throw new Failure("unknown-method", `Exported method ${name} is not found`);
  }
}

/** Refuses calls that are declared and not simulated as it reads them, be they inside a batch or a sudo. */
function simulatedOnly(type: Type<RuntimeCall>, calls: CallTable): Type<RuntimeCall> {
  const dec = createDecoder((bytes) => {
    const call = type.codec.dec(bytes);
    if (calls.find(call).run === undefined) throw PoolRefusal.notSimulated(`${call.type}.${call.value.type}`);
    return call;
  });
  return { ...type, codec: createCodec(type.codec.enc, dec) };
}
