import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { Failure } from "./failure.ts";
import { event, job, request, service, stream } from "./service.ts";
import { ANY, controlSubject, methodSubject, parseSubject, resultSubject, subjectToken } from "./subject.ts";

const calledBy = ["validator"] as const;
const none = z.object({});
const Probe = service(
  "probe",
  3,
  { servedBy: ["miner"], summary: "One method of each shape." },
  {
    ask: request(none, none, { calledBy }),
    askOne: request(none, none, { calledBy, key: "uid" }),
    tell: event(none, { calledBy }),
    work: job(none, none, { calledBy }),
    tail: stream(none, none, { calledBy }),
    tailOne: stream(none, none, { calledBy, key: "uid" }),
  },
);

const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const base = { service: "probe", version: 3 };

describe("subjects", () => {
  test("read back as what they were built from", () => {
    fc.assert(
      fc.property(token, token, token, (net, key, id) => {
        const cases = [
          [methodSubject(net, Probe, "ask"), { method: "ask", channel: "call", key: undefined }],
          [methodSubject(net, Probe, "askOne", key), { method: "askOne", channel: "call", key }],
          [resultSubject(net, Probe, "work", id), { method: "work", channel: "done", requester: id }],
          [controlSubject(net, Probe, "tail", undefined, id), { method: "tail", channel: "ctl", stream: id }],
          [
            controlSubject(net, Probe, "tailOne", key, id),
            { method: "tailOne", channel: "ctl", key, stream: id },
          ],
        ] as const;
        for (const [subject, parts] of cases)
          expect(parseSubject(subject)).toEqual({ ...base, net, ...parts });
      }),
    );
  });

  test("are never read out of a subject with another shape", () => {
    for (const subject of [
      "",
      "orr",
      "orr.net.probe.v3",
      "orr.net.probe.v0.ask",
      "orr.net.probe.v3.ask.k.k",
      "orr.net.probe.v3.work_done",
      "orr.net.probe.v3.work_done.a.b",
      "orr.net.probe.v3.tail_ctl",
      "orr.net.probe.v3.tail_ctl.a.b.c",
      "orr.net.probe.v3.tail_other.a",
      "orr.net.probe.v3.*",
      "orr.net.probe.v3.>",
      "orr.net.probe.v3.ask\n",
      "$JS.API.INFO",
      "_INBOX.17.x",
    ]) {
      expect(parseSubject(subject)).toBeUndefined();
    }
  });

  test("parse any string without throwing, and only what can be built again", () => {
    const piece = fc.constantFrom(
      "orr",
      ".",
      "net",
      "probe",
      "v3",
      "v",
      "work",
      "_done",
      "_ctl",
      "*",
      ">",
      "k",
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
        const parts = parseSubject(pieces.join(""));
        if (parts === undefined) return;
        expect(pieces.join("")).toMatch(/^orr(\.[A-Za-z0-9_-]+){4,6}$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test("let no key, requester or stream id smuggle in a dot, a wildcard or a blank", () => {
    const hostile = fc
      .string({ maxLength: 80 })
      .filter((text) => !/^[A-Za-z0-9_-]{1,64}$/.test(text) && text !== ANY);
    fc.assert(
      fc.property(hostile, (text) => {
        expect(() => methodSubject("net", Probe, "askOne", text)).toThrow(Failure);
        expect(() => resultSubject("net", Probe, "work", text)).toThrow(Failure);
        expect(() => controlSubject("net", Probe, "tail", undefined, text)).toThrow(Failure);
        expect(() => methodSubject(text, Probe, "ask")).toThrow(Failure);
        expect(() => subjectToken(text, "key")).toThrow(Failure);
      }),
    );
  });

  test("of two methods, or of a method and its channels, never match each other", () => {
    const all = [
      methodSubject("net", Probe, "ask"),
      methodSubject("net", Probe, "askOne", ANY),
      methodSubject("net", Probe, "work"),
      resultSubject("net", Probe, "work"),
      methodSubject("net", Probe, "tail"),
      controlSubject("net", Probe, "tail", undefined),
      controlSubject("net", Probe, "tailOne", ANY),
    ];
    const overlaps = (a: string, b: string) => {
      const [left, right] = [a.split("."), b.split(".")];
      return (
        left.length === right.length && left.every((t, i) => t === right[i] || t === ANY || right[i] === ANY)
      );
    };
    for (const a of all) expect(all.filter((b) => overlaps(a, b))).toEqual([a]);
  });

  test("refuse a missing key, a superfluous key and an unknown method", () => {
    expect(() => methodSubject("net", Probe, "askOne")).toThrow(/needs its key "uid"/);
    expect(() => methodSubject("net", Probe, "ask", "1")).toThrow(/takes no key/);
    expect(() => methodSubject("net", Probe, "constructor")).toThrow(/has no method/);
  });

  test("exist for results only of jobs, and for control only of streams", () => {
    expect(() => resultSubject("net", Probe, "ask", "me")).toThrow(/is not a job/);
    expect(() => controlSubject("net", Probe, "work", undefined, "s")).toThrow(/is not a stream/);
  });
});
