import { useState } from "preact/hooks";

/** The first items of a long list, and a button for more: a page of a thousand rows helps nobody. */
export function useShown<T>(items: readonly T[], step: number) {
  const [limit, setLimit] = useState(step);
  const left = items.length - limit;
  return {
    shown: items.slice(0, limit),
    more:
      left > 0 ? (
        <p class="more">
          <button type="button" onClick={() => setLimit(limit + step)}>
            Show {Math.min(step, left)} more
          </button>{" "}
          <span class="faint">{left} are not shown</span>
        </p>
      ) : null,
  };
}
