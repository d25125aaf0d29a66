import { effect, signal } from "@preact/signals";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const stored = localStorage.getItem("theme");
const theme = signal<Theme>(THEMES.find((candidate) => candidate === stored) ?? "auto");

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  localStorage.setItem("theme", theme.value);
});

/** Light, dark, or as the system has it. */
export function ThemeSwitch() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "auto";
  return (
    <button type="button" class="theme" onClick={() => (theme.value = next)} title={`Switch to ${next}`}>
      {theme.value}
    </button>
  );
}
