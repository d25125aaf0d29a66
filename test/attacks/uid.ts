/** A uid that nobody else on the machine has, so that whatever has it comes from the isolates of this process. */
export const ownUid = (): number =>
  process.getuid?.() === 0 ? 60_000 + (process.pid % 5_000) : (process.getuid?.() ?? 0);
