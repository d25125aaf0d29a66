/** A node's own durable key-value store: reminders, cursors, spool. Values are bytes. */
export interface Store {
  get(key: string): Uint8Array | undefined;
  put(key: string, value: Uint8Array): void;
  delete(key: string): void;
  /** Keys with the prefix in ascending order, at most `limit`. */
  list(prefix: string, limit: number): string[];
  close(): void;
}
