import { effect, signal } from "@preact/signals";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

/** A browser that keeps nothing for the page, such as in some private windows, throws instead. */
function remembered(): string | null {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

const asTheme = (text: string | null): Theme => THEMES.find((theme) => theme === text) ?? "auto";
const theme = signal<Theme>(asTheme(remembered()));

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem("theme", theme.value);
  } catch {
    // Then it holds until the page is closed.
  }
});

/** Light, dark, or as the system has it. */
export function ThemeSwitch() {
  return (
    <label class="theme">
      Theme{" "}
      <select value={theme.value} onChange={(event) => (theme.value = asTheme(event.currentTarget.value))}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
