import { test } from "bun:test";
import { processMissing, provisionProcess } from "../provision/process.ts";
import { attackSuite } from "./suite.ts";
import { ownUid } from "./uid.ts";

const missing = await processMissing();
if (missing === undefined) {
  await attackSuite("process", async () => {
    const uid = ownUid();
    const backend = await provisionProcess({ uid, spares: 0 });
    return { backend, another: () => provisionProcess({ uid }), uid };
  });
} else if (process.env.CI === "true") throw new Error(missing);
else test.skip(`attacks on hardened processes: ${missing}`, () => {});
