/** How figures are written. */
export const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

export const bytes = (value: number): string =>
  value >= 2 ** 30 ? `${(value / 2 ** 30).toFixed(1)} GiB` : `${Math.round(value / 2 ** 20)} MiB`;

/** Seconds, minutes or hours between two moments in milliseconds. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString();

export const short = (hotkey: string): string => `${hotkey.slice(0, 6)}…${hotkey.slice(-4)}`;
