/** How figures and names are written. */
export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

export const count = (value: number): string => value.toLocaleString("en");

export const bytes = (value: number): string =>
  value >= 2 ** 30
    ? `${(value / 2 ** 30).toFixed(1)} GiB`
    : value >= 2 ** 20
      ? `${Math.round(value / 2 ** 20)} MiB`
      : `${Math.ceil(value / 1_024)} KiB`;

/** `1 job`, `2 jobs`. */
export const counted = (value: number, what: string): string =>
  `${count(value)} ${what}${value === 1 ? "" : "s"}`;

/** A figure that people compare: one place after the point only where it matters. */
export const rate = (value: number): string => (value < 10 ? value.toFixed(1) : count(Math.round(value)));

/** How long something took. */
export const duration = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;

/** Seconds, minutes, hours or days between two moments in milliseconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** The time of day, with the day where it is not today. */
export function clockTime(at: number): string {
  const [then, now] = [new Date(at), new Date()];
  const time = then.toLocaleTimeString("en-GB");
  if (then.toDateString() === now.toDateString()) return time;
  return `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

const short = (hotkey: string): string => `${hotkey.slice(0, 6)}…${hotkey.slice(-4)}`;

export const minerName = (miner: { name: string | null; hotkey: string }): string =>
  miner.name ?? short(miner.hotkey);
