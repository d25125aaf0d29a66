import { distinctWords, word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type Service = {
  lines: number;
  levels: Record<string, number>;
  mean_ms: number | null;
  p95_ms: number | null;
};

const LINE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z (DEBUG|INFO|WARN|ERROR) ([a-z]+): (.*)$/;
const TOOK = /\btook=(\d+(?:\.\d+)?)ms\b/g;

export const logSummary = challenge<string>({
  name: "log_summary",
  prompt: `Summarise a log per service. A valid line is "2024-05-01T10:00:00Z LEVEL service: message", LEVEL one of DEBUG, INFO, WARN, ERROR, service lower-case letters;
all other lines are ignored. A message may hold durations "took=12.5ms"; only the last one of a line counts.
Return {service: {"lines": valid lines, "levels": {level: lines, only levels seen}, "mean_ms": mean duration or None,
"p95_ms": nearest-rank 95th percentile, the ceil(0.95 n)-th smallest of n durations, or None}}. Numbers may differ from the reference by one part in 1e9.`,
  template: `def log_summary(text):
    """text: str -> {service: {"lines": int, "levels": {str: int}, "mean_ms": float | None, "p95_ms": float | None}}"""
    return {}
`,
  examples: [
    {
      input:
        "2024-05-01T10:00:00Z INFO api: took=2ms then took=4ms\n2024-05-01T10:00:01Z WARN api: took=8.5ms\n  at main.py\n2024-05-01T10:00:02Z TRACE api: took=1ms\n2024-05-01T10:00:03Z ERROR db: down\n",
      output: {
        api: { lines: 2, levels: { INFO: 1, WARN: 1 }, mean_ms: 6.25, p95_ms: 8.5 },
        db: { lines: 1, levels: { ERROR: 1 }, mean_ms: null, p95_ms: null },
      },
    },
  ],
  generate(random, size) {
    const services = distinctWords(random, Math.max(2, Math.ceil(size / 20)));
    const two = (below: number) => String(random.integer(below)).padStart(2, "0");
    const lines = Array.from({ length: size * 4 }, () => {
      const level = random.pick(["DEBUG", "INFO", "INFO", "WARN", "ERROR"]);
      const head = `2024-05-${two(28)}T${two(24)}:${two(60)}:${two(60)}Z ${level} ${random.pick(services)}:`;
      const took = () => `took=${(random.integer(90_000) / 100).toString()}ms`;
      return random.pick([
        `${head} ${word(random)} ${took()}`,
        `${head} ${took()} retry ${took()}`,
        `${head} ${word(random)} ${word(random)}`,
        `${head} notook=5ms ${took()}s`,
        `  ${head} ${took()}`,
        `${head.replace("Z ", " ")} ${took()}`,
        `${head.replace(level, level.toLowerCase())} ${took()}`,
      ]);
    });
    return lines.join("\n");
  },
  solve(text) {
    const found: Record<string, Service> = {};
    const durations: Record<string, number[]> = {};
    for (const line of text.split("\n")) {
      const [, level, service, message] = LINE.exec(line) ?? [];
      if (level === undefined || service === undefined || message === undefined) continue;
      const seen = (found[service] ??= { lines: 0, levels: {}, mean_ms: null, p95_ms: null });
      seen.lines += 1;
      seen.levels[level] = (seen.levels[level] ?? 0) + 1;
      const took = [...message.matchAll(TOOK)].at(-1)?.[1];
      if (took !== undefined) (durations[service] ??= []).push(Number(took));
    }
    for (const [service, times] of Object.entries(durations)) {
      const seen = found[service] as Service;
      const sorted = times.sort((a, b) => a - b);
      seen.mean_ms = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
      // In whole numbers, so that 0.95 n is not rounded up where it is whole.
      seen.p95_ms = sorted[Math.ceil((95 * sorted.length) / 100) - 1] ?? null;
    }
    return found;
  },
});
