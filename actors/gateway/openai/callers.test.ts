import { describe, expect, test } from "bun:test";
import { createNonceSource, createReplayCache, signBtAuth, signEpistula } from "../../../chain/auth/index.ts";
import { signerFromUri } from "../../../chain/keys/index.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../../runtime/ports/system-rng.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { type CallersOptions, createCallers } from "./callers.ts";

const clock = createSystemClock();
const URL = "http://gateway:7070/v1/chat/completions?trace=1";
const body = new TextEncoder().encode('{"model":"m"}');
const digest = (key: string) => new Bun.CryptoHasher("sha256").update(key).digest("hex");
const asking = (headers: Record<string, string> = {}) => new Request(URL, { method: "POST", body, headers });
const bearer = (key: string) => asking({ authorization: `Bearer ${key}` });
const callers = (options: Partial<CallersOptions> = {}) => createCallers({ clock, ...options });
const nextNonce = createNonceSource({ clock, rng: createSystemRng() });
const alice = await signerFromUri("//Alice");
const bob = await signerFromUri("//Bob");

describe("API keys", () => {
  const keys = new Map([
    [digest("sk-one"), "one"],
    [digest("sk-two"), "two"],
  ]);

  test("name their callers, and unknown ones are refused without being repeated", async () => {
    expect(await callers({ keys }).admit(bearer("sk-two"), body)).toBe("key two");
    for (const request of [bearer("sk-three"), asking(), asking({ authorization: "Basic sk-one" })]) {
      const failure = await rejection(callers({ keys }).admit(request, body));
      expect(failure.code).toBe("unauthorised");
      expect(JSON.stringify(failure.toWire())).not.toContain("sk-three");
    }
  });

  test("each have their own rate", async () => {
    const limited = callers({ keys, rate: { burst: 2, perMs: 60_000 } });
    for (let n = 0; n < 2; n++) await limited.admit(bearer("sk-one"), body);
    const failure = await rejection(limited.admit(bearer("sk-one"), body));
    expect(failure).toMatchObject({ code: "overloaded", retryAfterMs: expect.any(Number) });
    expect(await limited.admit(bearer("sk-two"), body)).toBe("key two");
  });
});

describe("hotkeys", () => {
  const withHotkeys = () =>
    callers({
      hotkeys: {
        receiver: bob.hotkey,
        replay: createReplayCache({ clock }),
        knows: (hotkey) => hotkey === alice.hotkey,
      },
    });
  const signed = (keypair: typeof alice, over = body) =>
    signBtAuth(
      { method: "POST", target: "/v1/chat/completions?trace=1", body: over },
      { keypair, nonce: nextNonce(), receiver: bob.hotkey },
    );

  test("sign requests by btauth/1 and by Epistula", async () => {
    const front = withHotkeys();
    expect(await front.admit(asking(await signed(alice)), body)).toBe(alice.hotkey);
    const epistula = await signEpistula(body, {
      signer: alice,
      clock,
      rng: createSystemRng(),
      receiver: bob.hotkey,
    });
    expect(await front.admit(asking(epistula), body)).toBe(alice.hotkey);
  });

  test("that are not registered, another body, and the same request twice are refused", async () => {
    const front = withHotkeys();
    const once = await signed(alice);
    await front.admit(asking(once), body);
    const other = new TextEncoder().encode('{"model":"n"}');
    for (const [headers, sent] of [
      [once, body],
      [await signed(bob), body],
      [await signed(alice), other],
    ] as const) {
      expect((await rejection(front.admit(asking(headers), sent))).code).toBeOneOf([
        "unauthorised",
        "conflict",
      ]);
    }
  });
});

test("nobody is let in unless somebody said so", async () => {
  expect((await rejection(callers().admit(asking(), body))).code).toBe("unauthorised");
  expect(await callers({ open: true }).admit(asking(), body)).toBe("local");
  expect(await callers({ open: true }).admit(bearer("whatever a client has to send"), body)).toBe("local");
});

test("strangers are turned away by their headers alone, whoever may be known is not", async () => {
  const keys = new Map([[digest("sk-one"), "one"]]);
  const hotkeys = {
    receiver: bob.hotkey,
    replay: createReplayCache({ clock }),
    knows: (hotkey: string) => hotkey === alice.hotkey,
  };
  const both = callers({ keys, hotkeys });
  const epistula = (signer: typeof alice) =>
    signEpistula(body, { signer, clock, rng: createSystemRng(), receiver: bob.hotkey });
  for (const request of [bearer("sk-one"), asking(await epistula(alice))]) both.greet(request);
  callers({ open: true }).greet(asking());
  for (const request of [bearer("sk-two"), asking(), asking(await epistula(bob))])
    expect(() => both.greet(request)).toThrow("not known");
});
