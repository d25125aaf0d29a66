import type { ComponentChildren } from "preact";
import { connection, snapshot } from "../state.ts";
import { ThemeSwitch } from "./theme.tsx";

/** Heading, connection state and theme around every view. */
export function Frame({ children }: { children: ComponentChildren }) {
  const overview = snapshot.value?.overview;
  return (
    <>
      <header>
        <a class="brand" href="#/">
          <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <circle class="orbit" cx="16" cy="16" r="12" />
            <circle class="sun" cx="16" cy="16" r="5" />
            <circle class="planet" cx="26" cy="10" r="3" />
          </svg>
          Orrery
        </a>
        {overview !== undefined && (
          <span class="faint subnet">
            {overview.subnet.name} v{overview.subnet.version} on {overview.net}
          </span>
        )}
        <span class={`connection ${connection.value}`} role="status">
          {connection.value === "live"
            ? "live"
            : connection.value === "lost"
              ? "connection lost, trying again"
              : "connecting"}
        </span>
        <ThemeSwitch />
      </header>
      <main>{children}</main>
      <footer class="faint">
        {overview !== undefined && (
          <>
            Ledger: {overview.ledger.events} events, head <code>{overview.ledger.head.slice(0, 16)}</code>.{" "}
          </>
        )}
        <a href="/api/v1/openapi.json">API</a>
      </footer>
    </>
  );
}
