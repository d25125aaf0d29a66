/** The gateway's OpenAI-compatible API, over whatever models the network serves. */
import { Elysia } from "elysia";
import type { z } from "zod";
import { BLOB_LIMIT } from "../../../protocol/blob.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { ModelCard } from "../../../protocol/model.ts";
import type { Node } from "../../../runtime/node.ts";
import type { ModelDirectory } from "../../model/directory.ts";
import type { ModelClient } from "../../model/model-client.ts";
import { type AnswerHead, usageOf, wholeBody } from "./answer-body.ts";
import { Answers } from "./answers.ts";
import { Bodies } from "./bodies.ts";
import type { Callers } from "./callers.ts";
import { completionPrompts, type Prompted } from "./completion.ts";
import { echoed } from "./echo.ts";
import { embeddings } from "./embeddings.ts";
import { errorResponse } from "./errors.ts";
import { eventStream } from "./event-stream.ts";
import { gathered } from "./gathered.ts";
import { jsonOf } from "./json-body.ts";
import { chatRequest, checkGrammar, ofChoice } from "./model-request.ts";
import { ChatCompletionRequest, type Common, CompletionRequest, EmbeddingRequest } from "./schemas.ts";

export interface FrontOptions {
  node: Node;
  directory: ModelDirectory;
  models: ModelClient;
  callers: Callers;
  /** Largest request with a prompt in it, in bytes. Default 16 MiB; a longer context is sent as a blob. */
  maxBody?: number;
}

interface Asked {
  kind: AnswerHead["kind"];
  body: Common;
  prompts: readonly Prompted[];
}

const MAX_BODY = 16 * 1024 * 1024;

export function createFront(options: FrontOptions) {
  const { node, directory, models, callers, maxBody = MAX_BODY } = options;
  const { clock, rng, blobs, log } = node;

  const bodies = new Bodies({ clock });
  /** Undefined when nobody serves it: then whoever asks for it hears so from the client of models. */
  const cardOf = (model: string) => directory.cards().find(({ id }) => id === model);

  /** Every path: who asks is known before anything is parsed, and a failure is told as clients expect. */
  const answering = async (
    request: Request,
    limit: number,
    work: (body: Uint8Array, caller: string) => Promise<Response>,
  ): Promise<Response> => {
    try {
      callers.greet(request);
      return await bodies.reading(request, limit, async (body) =>
        work(body, await callers.admit(request, body)),
      );
    } catch (thrown) {
      tell(thrown);
      return errorResponse(thrown);
    }
  };
  const tell = (thrown: unknown): void => {
    const failure = Failure.from(thrown);
    if (failure.code === "defect") log.error("a request for a model failed", { error: failure });
  };

  /** Answers each of the prompts `n` times. */
  async function generated(asked: Asked, request: Request, caller: string): Promise<Response> {
    const { kind, body, prompts } = asked;
    if (body.stream_options != null && body.stream !== true) {
      throw new Failure("malformed", "stream_options: only with stream: true", {
        meta: { param: "stream_options" },
      });
    }
    const each = body.n ?? 1;
    const choices = prompts.length * each;
    callers.owes(caller, choices - 1);
    const id = Buffer.from(rng.bytes(12)).toString("hex");
    const head: AnswerHead = {
      kind,
      id: `${kind === "chat" ? "chatcmpl" : "cmpl"}-${id}`,
      created: Math.floor(clock.now() / 1_000),
      model: body.model,
    };
    const answers = new Answers({
      choices,
      signal: AbortSignal.any([request.signal, node.signal]),
      begin(choice, signal) {
        const prompt = prompts[Math.floor(choice / each)]!;
        const call = { caller: callerToken(caller), signal };
        const answer = models.generate(ofChoice(prompt.request, choice % each), call);
        return prompt.echo === undefined ? answer : echoed(prompt.echo(call), prompt.request, answer);
      },
    });
    if (body.stream !== true) {
      const whole = await gathered(answers);
      const usages = whole.map(({ end }) => end.usage);
      return Response.json(wholeBody(head, whole, usageOf(usages, each)), NO_STORE);
    }
    return eventStream({
      ...{ head, answers, choices, each, clock },
      first: await answers.next(),
      includeUsage: body.stream_options?.include_usage === true,
      onError: tell,
    });
  }

  const app = new Elysia({ name: "openai" });
  const none = { parse: "none" } as const;
  app.get("/v1/models", ({ request }) =>
    answering(request, 0, async () => {
      const data = directory.cards().map((card) => modelBody(card, directory));
      return Response.json({ object: "list", data }, NO_STORE);
    }),
  );
  app.get("/v1/models/*", ({ request, params }) =>
    answering(request, 0, async () => {
      const wanted = decoded(params["*"]);
      const card = cardOf(wanted);
      if (card === undefined)
        throw new Failure("not-found", `nobody serves the model ${wanted.slice(0, 128)}`, {
          hint: "GET /v1/models lists those that are served.",
        });
      return Response.json(modelBody(card, directory), NO_STORE);
    }),
  );
  app.post(
    "/v1/chat/completions",
    ({ request }) =>
      answering(request, maxBody, async (bytes, caller) => {
        const body = parsed(ChatCompletionRequest, bytes);
        checkGrammar(body, cardOf(body.model));
        const asked = await chatRequest(body, { blobs, rng });
        return generated({ kind: "chat", body, prompts: [{ request: asked }] }, request, caller);
      }),
    none,
  );
  app.post(
    "/v1/completions",
    ({ request }) =>
      answering(request, maxBody, async (bytes, caller) => {
        const body = parsed(CompletionRequest, bytes);
        const card = cardOf(body.model);
        const prompts = await completionPrompts(body, { blobs, rng, models, card });
        return generated({ kind: "completion", body, prompts }, request, caller);
      }),
    none,
  );
  app.post(
    "/v1/embeddings",
    ({ request }) =>
      answering(request, maxBody, async (bytes, caller) => {
        const body = parsed(EmbeddingRequest, bytes);
        const signal = AbortSignal.any([request.signal, node.signal]);
        const answer = await embeddings(body, {
          card: cardOf(body.model),
          blobs,
          embed: (asked) => models.embed(asked, { caller: callerToken(caller), signal }),
        });
        return Response.json(answer, NO_STORE);
      }),
    none,
  );
  // A context too long for a request: its bytes, for the `context` of later requests.
  app.post(
    "/v1/blobs",
    ({ request }) =>
      answering(request, BLOB_LIMIT, async (bytes) => {
        if (bytes.length === 0) throw new Failure("malformed", "an empty blob is no context");
        const ref = await blobs.put(bytes, { mediaType: "text/plain" });
        return Response.json(ref, { status: 201, ...NO_STORE });
      }),
    none,
  );
  app.all("/v1/*", ({ request }) => notHere(request), none);
  return app;
}

/** Paths of this API, and how each is asked. */
const METHODS: Readonly<Record<string, string>> = {
  "/v1/models": "GET",
  "/v1/chat/completions": "POST",
  "/v1/completions": "POST",
  "/v1/embeddings": "POST",
  "/v1/blobs": "POST",
};

/** In the words and with the codes of OpenAI. */
function notHere({ method, url }: Request): Response {
  const { pathname } = new URL(url);
  const allowed = pathname.startsWith("/v1/models/") ? "GET" : METHODS[pathname];
  const message =
    allowed === undefined
      ? `Unknown request URL: ${method} ${pathname.slice(0, 128)}. Known: ${Object.keys(METHODS).join(", ")}.`
      : `Not allowed to ${method} on ${pathname.slice(0, 128)}; use ${allowed}.`;
  const error = {
    ...{ message, type: "invalid_request_error", param: null },
    code: allowed === undefined ? "unknown_url" : "method_not_supported",
  };
  return Response.json(
    { error },
    {
      status: allowed === undefined ? 404 : 405,
      headers: { ...NO_STORE.headers, ...(allowed === undefined ? {} : { allow: allowed }) },
    },
  );
}

/** What is no text stays as it is: there is no model of that name. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const NO_STORE = { headers: { "cache-control": "no-store" } };

const modelBody = (card: ModelCard, directory: ModelDirectory) => ({
  id: card.id,
  object: "model",
  created: 0,
  owned_by: card.backend,
  // As vLLM names it.
  max_model_len: card.contextLength,
  // Ours: how it embeds, where it does, and the machines that serve it.
  ...(card.embedding === undefined ? {} : { embedding: card.embedding }),
  served_by: directory.serving(card.id).map(({ node, status, labels }) => ({ node, status, labels })),
});

/** The model service takes printable names without blanks. */
const callerToken = (caller: string): string => caller.replace(/[^\x21-\x7e]/g, "_").slice(0, 128);

function parsed<S extends z.ZodType>(schema: S, bytes: Uint8Array): z.output<S> {
  const result = schema.safeParse(jsonOf(bytes));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const strange = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const param = [...(issue?.path ?? []), ...strange].join(".").slice(0, 128);
  if (strange.length > 0) {
    throw new Failure("malformed", `${param}: there is no such field here`, {
      meta: { param },
      hint: "What is not known is refused, since leaving it out could change the answer.",
    });
  }
  throw new Failure("malformed", `${param || "the body"}: ${issue?.message.slice(0, 300) ?? "not valid"}`, {
    meta: { param },
  });
}
