/** Keeps a lease that was taken: renews it at a third of its time, and gives it up at two thirds without success. */
import { Failure } from "../protocol/failure.ts";
import type { Lease } from "./lease.ts";
import { decodeRecord, encodeRecord, type LeaseRecord } from "./lease-record.ts";
import type { Logger } from "./observe/logger.ts";
import type { Clock, Timer } from "./ports/clock.ts";
import type { KeyValue } from "./transport/transport.ts";

export interface HoldOptions {
  leases: KeyValue;
  key: string;
  clock: Clock;
  log: Logger;
  ttlMs: number;
  record: LeaseRecord;
  /** Revision of the write that took the lease. */
  token: number;
  /** Monotonic time before that write was sent. */
  renewedAt: number;
}

export function holdLease(options: HoldOptions): Lease {
  return new HeldLease(options);
}

class HeldLease implements Lease {
  readonly key: string;
  readonly token: number;
  private readonly options: HoldOptions;
  private readonly controller = new AbortController();
  private revision: number;
  private renewedAt: number;
  private expiry: Timer;
  private next: Timer;
  private renewing: Promise<void> = Promise.resolve();
  private released: Promise<void> | undefined = undefined;

  constructor(options: HoldOptions) {
    this.options = options;
    this.key = options.key;
    this.token = options.token;
    this.revision = options.token;
    this.renewedAt = options.renewedAt;
    this.expiry = this.expire();
    this.next = this.schedule(options.ttlMs / 3);
  }

  get signal(): AbortSignal {
    // After a frozen process wakes up, somebody may ask before the timer had its turn.
    if (this.leftMs() <= 0) this.outOfTime();
    return this.controller.signal;
  }

  release(): Promise<void> {
    return (this.released ??= this.giveBack());
  }

  private leftMs(): number {
    return this.renewedAt + (this.options.ttlMs * 2) / 3 - this.options.clock.monotonic();
  }

  private expire(): Timer {
    return this.options.clock.after(Math.max(0, this.leftMs()), () => this.outOfTime());
  }

  private schedule(delayMs: number): Timer {
    return this.options.clock.after(delayMs, () => {
      this.renewing = this.renew();
    });
  }

  private async renew(): Promise<void> {
    const { leases, clock, record, ttlMs, log } = this.options;
    const sentAt = clock.monotonic();
    try {
      const revision = await leases.update(this.key, encodeRecord(record), this.revision);
      this.renewed(revision, sentAt);
    } catch (thrown) {
      const failure = Failure.from(thrown);
      log.warn("the lease could not be renewed", { key: this.key, reason: failure.toLine() });
      if (failure.code === "conflict") await this.lookAgain(sentAt);
    }
    if (this.controller.signal.aborted || this.released !== undefined) return;
    this.next = this.schedule(this.renewedAt === sentAt ? ttlMs / 3 : ttlMs / 12);
  }

  /** A conflict may be our own earlier renewal, whose answer was lost. */
  private async lookAgain(sentAt: number): Promise<void> {
    try {
      const found = await this.options.leases.get(this.key);
      if (found !== undefined && decodeRecord(found.value)?.nonce === this.options.record.nonce) {
        // It stood at the server no earlier than `renewedAt`; only a fresh write may extend our time.
        this.revision = found.revision;
      } else
        this.lost(new Failure("fenced", "another node took the lease", { meta: { key: this.key, sentAt } }));
    } catch (thrown) {
      this.options.log.warn("the lease could not be read", {
        key: this.key,
        reason: Failure.from(thrown).toLine(),
      });
    }
  }

  private renewed(revision: number, sentAt: number): void {
    this.revision = revision;
    if (this.controller.signal.aborted) return;
    this.renewedAt = sentAt;
    this.expiry.cancel();
    this.expiry = this.expire();
  }

  private outOfTime(): void {
    this.lost(
      new Failure("unavailable", "the lease could not be renewed in time", {
        meta: { key: this.key, ttlMs: this.options.ttlMs },
        hint: "Work under it has stopped; take the lease again.",
      }),
    );
  }

  private lost(failure: Failure): void {
    if (this.controller.signal.aborted) return;
    this.options.log.warn("the lease is lost", {
      key: this.key,
      token: this.token,
      reason: failure.toLine(),
    });
    this.stop(failure);
  }

  private stop(reason: Failure): void {
    this.expiry.cancel();
    this.next.cancel();
    this.controller.abort(reason);
  }

  private async giveBack(): Promise<void> {
    this.stop(new Failure("cancelled", "the lease was released", { meta: { key: this.key } }));
    await this.renewing;
    try {
      await this.options.leases.delete(this.key, this.revision);
    } catch (thrown) {
      // Others only have to wait until it has stood still for its time.
      const reason = Failure.from(thrown).toLine();
      this.options.log.debug("the released lease was not deleted", { key: this.key, reason });
    }
  }
}
