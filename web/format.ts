/** How figures and names are written. */
export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

export const count = (value: number): string => value.toLocaleString("en");

export const bytes = (value: number): string =>
  value >= 2 ** 30
    ? `${(value / 2 ** 30).toFixed(1)} GiB`
    : value >= 2 ** 20
      ? `${Math.round(value / 2 ** 20)} MiB`
      : `${Math.ceil(value / 1_024)} KiB`;

/** Seconds, minutes, hours or days between two moments in milliseconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString("en-GB");

const short = (hotkey: string): string => `${hotkey.slice(0, 6)}…${hotkey.slice(-4)}`;

export const minerName = (miner: { name: string | null; hotkey: string }): string =>
  miner.name ?? short(miner.hotkey);
