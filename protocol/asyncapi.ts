/** One AsyncAPI 3.0 document for all services, from the side of the role that serves each of them. */

import { type JsonSchema, jsonSchemaOf, relocated } from "./json-schema.ts";
import { FAILURE_SCHEMA, inputName, outputName, STREAM_END_SCHEMA } from "./schema-names.ts";
import { schemasOf } from "./schemas.ts";
import { type AnyMethod, DEFAULT_MAX_BYTES, DEFAULT_TIMEOUT_MS, type Service } from "./service.ts";

type Json = { [key: string]: unknown };
const ref = (...path: string[]): Json => ({ $ref: `#/${path.join("/")}` });

const HEADER_SCHEMA = "envelope-header";
const CREDIT_MESSAGE = "stream-credit";
const OPEN_MESSAGE = "stream-open";
const CANCEL_MESSAGE = "cancel";

const text = (description: string): Json => ({ type: "string", description });
const HEADER: JsonSchema = {
  title: HEADER_SCHEMA,
  description:
    "First line of every message: `orr1 <kind> <type> <schema>@<version> <id> <correlation> <causation> <deadline> <traceparent> <sender> [seq]`, separated by single blanks, at most 1,024 bytes with its newline. The body follows.",
  type: "object",
  properties: {
    kind: text("Body: j for JSON, b for bytes, - for none."),
    type: text("call, ok, err, event, job, open, chunk, credit, end or cancel."),
    schema: text("Name and version of the body's schema."),
    id: text("Message id; of a job, its idempotency key; of all frames of a stream, the stream's id."),
    correlation: text("First message of the conversation; = when this one is."),
    causation: text("Message that caused this one; - for none."),
    deadline: text(
      "Absolute, base 36 milliseconds since the Unix epoch; - for none. Expired messages are dropped.",
    ),
    traceparent: text("W3C trace context; - for none."),
    sender: text("Node name. Not authenticated: the subject is."),
    seq: text("Stream frames only, base 36: chunk number, total credit, or number of chunks."),
  },
  required: ["kind", "type", "schema", "id", "correlation", "causation", "deadline", "traceparent", "sender"],
};

const REPLY_ADDRESS: Json = {
  location: "$message.header#/replyTo",
  description: "The NATS reply subject of the message.",
};

interface Draft {
  channels: Json;
  operations: Json;
}

function parametersOf(method: AnyMethod, extra: Json = {}): Json {
  return {
    net: { description: "Name of the network." },
    ...(method.key === undefined ? {} : { [method.key]: { description: `Routing key: ${method.key}.` } }),
    ...extra,
  };
}

function channel(draft: Draft, id: string, content: Json, messages: readonly string[]): Json {
  draft.channels[id] = {
    ...content,
    messages: Object.fromEntries(messages.map((name) => [name, ref("components", "messages", name)])),
  };
  return {
    channel: ref("channels", id),
    messages: messages.map((name) => ref("channels", id, "messages", name)),
  };
}

function describe(draft: Draft, service: Service, name: string, method: AnyMethod): void {
  const id = `${service.name}.${name}`;
  const base = `orr.{net}.${service.name}.v${service.version}.${name}`;
  const key = method.key === undefined ? "" : `.{${method.key}}`;
  const input = inputName(service, name);
  const output = outputName(service, name);
  const called = channel(
    draft,
    id,
    {
      address: `${base}${key}`,
      ...(method.summary === undefined ? {} : { summary: method.summary }),
      parameters: parametersOf(method),
      "x-kind": method.kind,
      "x-served-by": service.servedBy,
      "x-called-by": method.calledBy,
      "x-max-bytes": method.maxBytes ?? DEFAULT_MAX_BYTES,
      ...(method.kind === "event" ? {} : { "x-timeout-ms": method.timeoutMs ?? DEFAULT_TIMEOUT_MS }),
    },
    [input],
  );
  if (method.kind === "event") {
    draft.operations[id] = { action: "send", ...called };
    return;
  }
  if (method.kind === "job") {
    draft.operations[id] = { action: "receive", ...called };
    const parameters = parametersOf(method, { requester: { description: "Whose results queue." } });
    const done = channel(draft, `${id}.done`, { address: `${base}_done.{requester}`, parameters }, [output]);
    draft.operations[`${id}.done`] = { action: "send", ...done };
    return;
  }
  const streams = method.kind === "stream";
  const replies = streams
    ? [OPEN_MESSAGE, output, STREAM_END_SCHEMA, FAILURE_SCHEMA]
    : [output, FAILURE_SCHEMA];
  const reply = channel(draft, `${id}.reply`, { address: null }, replies);
  draft.operations[id] = { action: "receive", ...called, reply: { address: REPLY_ADDRESS, ...reply } };
  const control = channel(
    draft,
    `${id}.control`,
    {
      address: `${base}_ctl${key}.{call}`,
      parameters: parametersOf(method, { call: { description: "Id of the stream or request." } }),
    },
    streams ? [CREDIT_MESSAGE, CANCEL_MESSAGE] : [CANCEL_MESSAGE],
  );
  draft.operations[`${id}.control`] = { action: "receive", ...control };
}

const message = (name: string, payload: Json, contentType: string): Json => ({
  name,
  contentType,
  headers: ref("components", "schemas", HEADER_SCHEMA),
  correlationId: { location: "$message.header#/correlation" },
  payload,
});

/** The document as a JSON value; the same services give the same document. */
export function asyncApi(services: readonly Service[], info: { version: string }): Json {
  const draft: Draft = { channels: {}, operations: {} };
  for (const service of services) {
    for (const [name, method] of Object.entries(service.methods)) describe(draft, service, name, method);
  }
  const schemas: Json = { [HEADER_SCHEMA]: HEADER };
  const messages: Json = {
    [CREDIT_MESSAGE]: message(
      CREDIT_MESSAGE,
      { description: "No body; seq is the total credit." },
      "text/plain",
    ),
    [CANCEL_MESSAGE]: message(CANCEL_MESSAGE, { description: "No body." }, "text/plain"),
    [OPEN_MESSAGE]: message(
      OPEN_MESSAGE,
      { description: "No body; id names the stream, and is repeated while the server is silent." },
      "text/plain",
    ),
  };
  for (const [name, schema] of schemasOf(services)) {
    const generated = jsonSchemaOf(name, schema);
    schemas[name] = relocated(generated, `#/components/schemas/${name}`);
    const type = generated.contentMediaType ?? "application/json";
    messages[name] = message(name, ref("components", "schemas", name), String(type));
  }
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Orrery",
      version: info.version,
      description:
        "Service contracts of an Orrery network over NATS. Generated by `bun run docs`; do not edit.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    channels: draft.channels,
    operations: draft.operations,
    components: { schemas, messages },
  };
}
