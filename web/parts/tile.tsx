import type { ComponentChildren } from "preact";

/** One figure with what it is and what it means. */
export function Tile({
  name,
  value,
  children,
}: {
  name: string;
  value: string;
  children: ComponentChildren;
}) {
  return (
    <div class="tile">
      <span class="faint">{name}</span>
      <strong>{value}</strong>
      <span class="faint">{children}</span>
    </div>
  );
}
