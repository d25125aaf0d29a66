/** Progress of long work on standard error: one line redrawn on a terminal, a line per step elsewhere. */
import { SingleBar } from "cli-progress";

export interface Progress {
  /** `fraction` from 0 to 1; `detail` changes often and is shown on a terminal only. */
  update(step: { label: string; fraction: number; detail?: string }): void;
  done(): void;
}

/** Silent when `quiet`, so that `--json` prints one object and nothing else. */
export function createProgress(options: { quiet: boolean }): Progress {
  if (options.quiet) return { update: () => {}, done: () => {} };
  return process.stderr.isTTY ? bar() : lines();
}

function bar(): Progress {
  const shown = new SingleBar({
    format: "  {bar} {percentage}%  {label}  {detail}",
    barCompleteChar: "━",
    barIncompleteChar: "─",
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  let started = false;
  return {
    update({ label, fraction, detail = "" }) {
      const value = Math.round(Math.min(1, Math.max(0, fraction)) * 100);
      if (started) shown.update(value, { label, detail });
      else shown.start(100, value, { label, detail });
      started = true;
    },
    done() {
      if (started) shown.stop();
      started = false;
    },
  };
}

/** In a log a tenth of progress is worth a line. */
function lines(): Progress {
  let last = "";
  return {
    update({ label, fraction }) {
      const line = `${label} ${Math.floor(fraction * 10) * 10}%`;
      if (line === last) return;
      last = line;
      console.error(`  ${line}`);
    },
    done() {},
  };
}
