import { expect, test } from "bun:test";
import { visible } from "./visible.ts";

test.each([
  ["\u001b[31mred\u001b[0m", "␛[31mred␛[0m"],
  ["ab\u0000\u0007\r\n\tcd", "ab␀␇␍\n\tcd"],
  ["user\u202etxt.exe", "user⟨U+202E⟩txt.exe"],
  ["a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"],
  ["pay\u200bpal\ufeff", "pay⟨U+200B⟩pal⟨U+FEFF⟩"],
  ["line\u2028next", "line⟨U+2028⟩next"],
  ["hidden\u{e0041}", "hidden⟨U+E0041⟩"],
  ["\u009b31m\u007f", "⟨U+009B⟩31m␡"],
])("writes out what would act or hide: %j", (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test("leaves every language as it is", () => {
  const text = "Grüße, שלום, مرحبا, 你好, ❤️ <b>bold</b>\n\tend";
  expect(visible(text)).toBe(text);
});
