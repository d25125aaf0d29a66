/** Nonces of the keys that this process signs with: two extrinsics of one key never get the same. */

export class Nonces {
  readonly #sent = new Map<string, number>();
  readonly #turns = new Map<string, Promise<unknown>>();

  /**
   * Runs `work` with the account's next nonce, one at a time for each account. `ask` tells the chain's count, the pool's
   * extrinsics included; one that was just sent may be in neither yet.
   */
  async next<T>(
    account: string,
    ask: () => Promise<number>,
    work: (nonce: number) => Promise<T>,
  ): Promise<T> {
    const turn = (this.#turns.get(account) ?? Promise.resolve()).then(async () => {
      const counted = await ask();
      return work(Math.max(counted, (this.#sent.get(account) ?? -1) + 1));
    });
    const settled = turn.catch(() => {});
    this.#turns.set(account, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(account) === settled) this.#turns.delete(account);
    }
  }

  /** The node took an extrinsic with this nonce. */
  sent(account: string, nonce: number): void {
    this.#sent.set(account, Math.max(nonce, this.#sent.get(account) ?? -1));
  }

  /** An extrinsic with this nonce came to nothing: the chain's own count holds again. */
  forget(account: string, nonce: number): void {
    if ((this.#sent.get(account) ?? -1) >= nonce) this.#sent.delete(account);
  }
}
