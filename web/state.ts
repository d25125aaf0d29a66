/** The page's whole state: the latest snapshot, how fresh it is, and where the reader is. */
import { signal } from "@preact/signals";
import type { Snapshot } from "../protocol/views.ts";

export const snapshot = signal<Snapshot | undefined>(undefined);
/** `live` while the stream is open; `lost` while the browser tries again. */
export const connection = signal<"connecting" | "live" | "lost">("connecting");
export const route = signal(location.hash);

/** Follows the gateway's stream of snapshots; the browser reconnects by itself. */
export function connect(): void {
  addEventListener("hashchange", () => {
    route.value = location.hash;
    scrollTo(0, 0);
  });
  const events = new EventSource("/api/v1/events");
  events.addEventListener("snapshot", (event) => {
    snapshot.value = JSON.parse(event.data) as Snapshot;
    connection.value = "live";
  });
  events.addEventListener("idle", () => (connection.value = "live"));
  events.addEventListener("error", () => (connection.value = "lost"));
}
