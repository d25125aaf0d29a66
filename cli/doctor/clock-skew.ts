/** How far is this machine's clock from the registry's? Deadlines, tokens and blocks rest on it. */

import { post } from "../../actors/registry/post.ts";
import { Failure } from "../../protocol/failure.ts";
import { EnrolChallenge } from "../../protocol/services/registry.ts";
import { type Check, type Finding, type Patient, skipped } from "./check.ts";

/** Deadlines are seconds: more than this eats them up. */
const WARN_MS = 500;
const FAIL_MS = 5_000;

export const clockSkew: Check = {
  name: "clock",
  async run(patient) {
    if (patient.config.enrol === undefined) {
      return skipped("clock", "compared with a registry's: give its address with --enrol");
    }
    try {
      const { skewMs, errorMs } = await registrySkew(patient, patient.config.enrol);
      return skewFinding(skewMs, errorMs);
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      return { name: "clock", state: "fail", detail: message, ...(hint === undefined ? {} : { fix: hint }) };
    }
  },
};

async function registrySkew({ clock, signal }: Patient, url: string) {
  const sent = clock.now();
  const http = (address: string, init: RequestInit) => fetch(address, init);
  const { serverTime } = await post({ url, http, clock, signal }, "/v1/enrol/challenge", {}, EnrolChallenge);
  const tookMs = clock.now() - sent;
  return { skewMs: Math.round(sent + tookMs / 2 - serverTime), errorMs: Math.ceil(tookMs / 2) };
}

/** `skewMs` is ours minus theirs, right within `errorMs`. */
export function skewFinding(skewMs: number, errorMs: number): Finding {
  const far = Math.abs(skewMs) - errorMs;
  const which = skewMs < 0 ? "behind" : "ahead of";
  const detail = `${Math.abs(skewMs)} ms ${which} the registry (± ${errorMs} ms)`;
  if (far < WARN_MS) return { name: "clock", state: "ok", detail };
  const fix = "Let the machine keep time: install chrony or enable systemd-timesyncd.";
  return { name: "clock", state: far < FAIL_MS ? "warn" : "fail", detail, fix };
}
