/** Both official clients against the gateway's front over one back end. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Model } from "../../models/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { pythonWith } from "../provision/python.ts";
import { type FrontWorld, KEY, startFront } from "./front-world.ts";
import { javascriptChecks } from "./javascript-client.ts";
import { type Abilities, pythonConformance } from "./python-client.ts";

export interface BackEnd {
  id: string;
  missing: string | undefined;
  can: Abilities;
  open: () => Promise<{ model: (blobs: Blobs) => Model | Promise<Model>; close?: () => Promise<void> }>;
}

type CheckName = keyof ReturnType<typeof javascriptChecks>;

const python = await pythonWith("openai");

export function frontConformance(name: string, { id, missing, can, open }: BackEnd): void {
  describe.skipIf(missing !== undefined)(`the front over ${name}`, () => {
    test.skipIf(python.missing !== undefined)(
      "satisfies the official Python client",
      async () => {
        const { model, close } = await open();
        await using front = await startFront({ model });
        const checks = await pythonConformance(front.url, id, can);
        await close?.();
        expect(checks.filter(({ ok }) => !ok)).toEqual([]);
        expect(checks.length).toBe(can.embedsOnly ? 2 : 18);
      },
      120_000,
    );

    describe("the official JavaScript client", () => {
      let front: FrontWorld;
      let close: (() => Promise<void>) | undefined;
      beforeAll(async () => {
        const opened = await open();
        close = opened.close;
        front = await startFront({ model: opened.model });
      }, 60_000);
      afterAll(async () => {
        await front[Symbol.asyncDispose]();
        await close?.();
      });
      for (const name of Object.keys(javascriptChecks("http://127.0.0.1", KEY, id, can)) as CheckName[]) {
        if (can.embedsOnly && !/models|embeddings/.test(name)) continue;
        test(name, () => javascriptChecks(front.url, KEY, id, can)[name](), 60_000);
      }
    });
  });
}
