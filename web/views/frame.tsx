import type { ComponentChildren } from "preact";
import { clockTime, count } from "../format.ts";
import { connection, heardAt, route, snapshot } from "../state.ts";
import { ThemeSwitch } from "./theme.tsx";

const CONNECTION = { live: "live", lost: "connection lost", connecting: "connecting" } as const;

const VIEWS = { Overview: "#/", Models: "#/models" } as const;

/** Heading, connection state and theme around every view. */
export function Frame({ children }: { children: ComponentChildren }) {
  const overview = snapshot.value?.overview;
  const current = route.value === "" ? VIEWS.Overview : route.value;
  const lost = connection.value === "lost";
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
        <nav aria-label="Views">
          {Object.entries(VIEWS).map(([name, href]) => (
            <a key={name} href={href} aria-current={href === current ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        {overview !== undefined && (
          <span class="faint subnet">
            {overview.subnet.name} v{overview.subnet.version} on {overview.net}
          </span>
        )}
        <span class={`connection ${connection.value}`} role="status">
          {CONNECTION[connection.value]}
        </span>
        <ThemeSwitch />
      </header>
      {lost && (
        <p class="notice" role="alert">
          The gateway does not answer. This page keeps trying
          {overview === undefined ? "." : ` and shows what was known at ${clockTime(heardAt.value)}.`}
        </p>
      )}
      {overview?.catchingUp === true && (
        <p class="notice">
          The gateway still reads the ledger: event {count(overview.ledger.seq)}. Figures are of the past.
        </p>
      )}
      <main class={lost ? "stale" : ""}>{children}</main>
      <footer class="faint">
        {overview !== undefined && (
          <>
            Ledger: event {count(overview.ledger.seq)}, hash <code>{overview.ledger.hash.slice(0, 16)}</code>.{" "}
          </>
        )}
        <a href="/api/v1/openapi.json">API</a>
      </footer>
    </>
  );
}
