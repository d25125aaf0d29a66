import { useState } from "preact/hooks";
import { count } from "../format.ts";
import { visible } from "../visible.ts";

const SHOWN = 2_000;

/** Text that a stranger wrote: only ever text, nothing hidden in it, short until asked for. */
export function GuestText({ text, label }: { text: string; label: string }) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? text : text.slice(0, SHOWN);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <section class="guest" aria-label={label} tabIndex={0}>
        <pre dir="ltr">{visible(shown)}</pre>
      </section>
      {shown.length < text.length && (
        <p class="more">
          <button type="button" onClick={() => setWhole(true)}>
            Show all {count(text.length)} characters
          </button>
        </p>
      )}
    </>
  );
}
