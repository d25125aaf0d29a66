/** The page's whole state: the latest snapshot, whether it is live, and where the reader is. */
import { signal } from "@preact/signals";
import type { Snapshot } from "../protocol/views.ts";

export const snapshot = signal<Snapshot | undefined>(undefined);
/** `live` while the stream speaks; `lost` while it is tried again. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");
/** When the gateway was last heard, by this machine's clock. */
export const heardAt = signal(0);
export const route = signal(location.hash);

/** The gateway says something every 15 s at least; after this long the connection is dead, whatever the browser thinks. */
const SILENCE_MS = 40_000;
/** A browser does not come back by itself after an HTTP error, such as too many listeners or a proxy's. */
const REOPEN_MS = 3_000;

/** Follows the gateway's stream of snapshots for as long as the page is open. */
export function connect(): void {
  addEventListener("hashchange", () => {
    route.value = location.hash;
    scrollTo(0, 0);
  });
  open();
}

function open(): void {
  const events = new EventSource("/api/v1/events");
  let watchdog: ReturnType<typeof setTimeout>;
  const reopen = (afterMs: number) => {
    clearTimeout(watchdog);
    events.close();
    connection.value = "lost";
    setTimeout(open, afterMs);
  };
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => reopen(0), SILENCE_MS);
    heardAt.value = Date.now();
    connection.value = "live";
  };
  events.addEventListener("snapshot", (event) => {
    snapshot.value = JSON.parse(event.data) as Snapshot;
    heard();
  });
  events.addEventListener("idle", heard);
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) reopen(REOPEN_MS);
    else connection.value = "lost";
  });
}
