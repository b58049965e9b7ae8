/**
 * What the tests of conflict detection share: an interface whose frames and events are kept with
 * their times.
 *
 * @module
 */
import { Acd, ACD_NONE, ACD_VERIFIED } from "./acd.ts";
import { Random } from "./random.ts";
import { Bench } from "./stack_fixture.ts";

/** A stack with conflict detection; it has no address until one is verified. */
export class AcdBench extends Bench {
  /** Whether a verified address becomes the stack's at once. */
  givesAddress = true;
  /** Randomness of the test. */
  random: Random = new Random();
  /** What is tested. */
  acd: Acd = new Acd(this.stack, this.clock, this.random);
  /** Frames sent, as hex, at their time in ms. */
  records: { ms: number; frame: string }[] = [];
  /** Events, `ACD_NONE` left out, at their time in ms. */
  events: { ms: number; event: number }[] = [];

  /** Equal seeds give equal times. */
  constructor(seed: number = 1) {
    super();
    this.random.seed(seed, 2, 3, 4);
    for (let i = 0; i < 20; i++) this.random.next();
  }

  /** The time becomes `ms`, and all timers run once. */
  override at(ms: number): void {
    this.host.now = ms;
    super.at(ms);
    this.note(this.acd.onTimer());
    const verified = this.events.at(-1)?.event === ACD_VERIFIED;
    if (verified && this.givesAddress) this.giveAddress();
  }

  /** The stack gets the address that is detected. */
  giveAddress(): void {
    this.stack.configure(this.acd.address, 24, 0);
    this.acd.addressIsOurs();
    this.note(ACD_NONE);
  }

  /** Time goes on for `ms` from now, and every timer runs when it is due. */
  run(ms: number): void {
    const end = this.host.now + ms;
    for (;;) {
      const wait = Math.min(this.acd.remainingMs(), this.stack.remainingMs());
      if (this.host.now + wait > end) break;
      this.at(this.host.now + wait);
    }
    this.host.now = end;
    this.clock.advance(end);
  }

  /** Gives the stack a frame, and its result to conflict detection. */
  override receive(frame: Uint8Array): number {
    const result = super.receive(frame);
    this.note(this.acd.onReceived(result));
    return result;
  }

  /** Forgets what was kept. */
  clear(): void {
    this.records = [];
    this.events = [];
  }

  private note(event: number): void {
    for (const frame of this.sent()) this.records.push({ ms: this.host.now, frame });
    if (event !== ACD_NONE) this.events.push({ ms: this.host.now, event });
  }
}
