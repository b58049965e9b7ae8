/**
 * A client, servers and a network between them under a virtual clock.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { Clock } from "../../sdk/clock.ts";
import { Random } from "../../sdk/random.ts";
import { Dhcp4Client } from "../client.ts";
import type { Dhcp4Query } from "../encode.ts";
import type { Dhcp4Lease } from "../lease.ts";
import { Dhcp4Output } from "../output.ts";
import { Dhcp4Settings } from "../settings.ts";
import { STATE_BOUND, STATE_PROBING, stateName } from "../transitions.ts";
import { MemoryServer } from "./memory_server.ts";
import { MAC, readSent, type SentMessage } from "./messages.ts";

/** One thing that the client did, in the order in which it did them. */
export type Happening =
  & { at: number }
  & (
    | { what: "sent"; message: SentMessage; destination: number; bytes: Uint8Array }
    | { what: "state"; state: string }
    | {
      what: "bound";
      address: number;
      renewed: boolean;
      leaseTime: number;
      t1: number;
      t2: number;
    }
    | { what: "lost"; address: number; cause: number; state: string }
    | { what: "probe"; address: number }
    | { what: "refused"; address: number; server: number }
    | { what: "silence" }
    | { what: "ipv6 only"; seconds: number }
    | { what: "auto-configure"; allowed: boolean }
  );

class RecordingOutput extends Dhcp4Output {
  constructor(private simulation: Simulation) {
    super();
  }

  override transmit(query: Dhcp4Query, destination: number): void {
    const buffer = new Uint8Array(1000);
    this.simulation.carry(buffer.slice(0, query.encode(buffer, 0)), destination);
  }

  override stateChanged(state: number): void {
    this.simulation.note({ what: "state", state: stateName(state) });
  }

  override leaseAcquired(lease: Dhcp4Lease, renewed: boolean, state: number): boolean {
    const { address, leaseTime, t1, t2 } = lease;
    if (state !== STATE_BOUND) this.stateChanged(state);
    this.simulation.note({ what: "bound", address, renewed, leaseTime, t1, t2 });
    if (this.simulation.accepts) this.simulation.accept();
    return this.simulation.commits;
  }

  override probeAddress(lease: Dhcp4Lease): void {
    this.stateChanged(STATE_PROBING);
    this.simulation.note({ what: "probe", address: lease.address });
  }

  override leaseLost(lease: Dhcp4Lease, cause: number, state: number): void {
    const { address } = lease;
    this.simulation.note({ what: "lost", address, cause, state: stateName(state) });
  }

  override addressRefused(address: number, server: number, state: number): void {
    this.stateChanged(state);
    this.simulation.note({ what: "refused", address, server });
  }

  override nobodyAnswers(): void {
    this.simulation.note({ what: "silence" });
  }

  override ipv6Only(seconds: number, state: number): void {
    this.stateChanged(state);
    this.simulation.note({ what: "ipv6 only", seconds });
  }

  override autoConfigure(allowed: boolean): void {
    this.simulation.note({ what: "auto-configure", allowed });
  }
}

/** A {@linkcode Happening} before its time is known: `Omit` over each member of the union. */
export type WithoutTime<T> = T extends unknown ? Omit<T, "at"> : never;

/** The whole world of a test. Times are milliseconds from its beginning. */
export class Simulation {
  /** Now. */
  now = 0;
  /** What has happened. */
  readonly records: Happening[] = [];
  /** Servers on the network. */
  servers: MemoryServer[] = [new MemoryServer()];
  /** What `leaseAcquired()` returns. */
  commits = true;
  /** Whether priv accepts every lease, at once. */
  accepts = true;
  /** Whether a DHCPRELEASE leaves the stack at once; otherwise the test calls `left()`. */
  leavesAtOnce = true;
  /** The operator's decisions; for each test to change before `up()`. */
  readonly settings: Dhcp4Settings = new Dhcp4Settings();
  /** When each copy of a message arrives, in ms from now: [] is a loss, two are a duplicate. */
  deliveries: () => number[] = () => [1];
  /** The client. */
  readonly client: Dhcp4Client;
  private readonly clock = new Clock();
  private readonly queue: { at: number; deliver: () => void }[] = [];

  /** A client with random numbers from `seed`, its clock about to wrap. */
  constructor(seed = 1) {
    const random = new Random();
    random.seed(seed, 2, 3, 4);
    this.advanceTo(0);
    this.client = new Dhcp4Client(
      this.clock,
      random,
      new RecordingOutput(this),
      this.settings,
    );
    this.client.setMac(MAC, 0);
    this.settings.clientId.clear().raw(Uint8Array.of(1, ...MAC), 0, 7);
  }

  /** The first server. */
  get server(): MemoryServer {
    return this.servers[0];
  }

  /** Records what the client did. */
  note(record: WithoutTime<Happening>): void {
    this.records.push({ at: this.now, ...record } as Happening);
  }

  /** Lets the client hear, after all that it is doing now, that priv has accepted its lease. */
  accept(): void {
    this.after(0, () => this.client.leaseAccepted());
  }

  /** Records a message of the client and carries it to the servers. */
  carry(bytes: Uint8Array, destination: number): void {
    this.note({ what: "sent", message: readSent(bytes), destination, bytes });
    for (const server of this.servers) {
      for (const delay of this.deliveries()) {
        this.after(delay, () => {
          const reply = server.answer(bytes, destination);
          if (reply !== null) this.send(reply);
        });
      }
    }
  }

  /** Carries a message to the client. */
  send(reply: Uint8Array): void {
    for (const delay of this.deliveries()) {
      this.after(delay, () => void this.client.receive(reply, 0, reply.length));
    }
  }

  /** Does something later. */
  after(delay: number, deliver: () => void): void {
    this.queue.push({ at: this.now + delay, deliver });
  }

  /** Lets `ms` pass, and everything happen that falls into them. */
  run(ms: number): void {
    const end = this.now + ms;
    let stuck = 0;
    while (true) {
      this.queue.sort((a, b) => a.at - b.at);
      const event = Math.max(this.now, this.queue[0]?.at ?? Infinity);
      const next = Math.min(event, this.now + this.client.remainingMs());
      if (next > end) break;
      stuck = next === this.now ? stuck + 1 : 0;
      if (stuck > 1000) throw new Error("Cannot go on: the client spins");
      this.advanceTo(next);
      if (event <= this.now) this.queue.shift()?.deliver();
      else this.client.onTimer();
      this.finishLeaving();
    }
    this.advanceTo(end);
  }

  /** The machine sleeps: `ms` pass while nothing can happen, then whatever is due does. */
  sleep(ms: number): void {
    this.advanceTo(this.now + ms);
    this.run(0);
  }

  /** Time alone passes: whatever comes next comes before the timers. */
  advance(ms: number): void {
    this.advanceTo(this.now + ms);
  }

  /** Does what an operator, priv or the detection of conflicts does: something with the client. */
  tell(act: (client: Dhcp4Client) => void): void {
    act(this.client);
    this.finishLeaving();
  }

  /** Brings the carrier up. */
  up(): void {
    this.client.linkUp();
  }

  /** Takes the carrier away. */
  down(): void {
    this.client.linkDown();
  }

  /** Messages sent so far, or since a time. */
  sent(since = 0): (Happening & { what: "sent" })[] {
    return this.records.filter((record) => record.what === "sent")
      .filter((record) => record.at >= since);
  }

  /** States entered so far, BOUND and the loss of a lease included, each with its time. */
  states(): [number, string][] {
    return this.records.flatMap((record): [number, string][] => {
      if (record.what === "state") return [[record.at, record.state]];
      if (record.what === "bound") return [[record.at, "BOUND"]];
      return record.what === "lost" ? [[record.at, record.state]] : [];
    });
  }

  private finishLeaving(): void {
    if (this.leavesAtOnce && this.client.leaving) this.client.left();
  }

  /** Sets the time. */
  private advanceTo(now: number): void {
    this.now = now;
    this.clock.advance((0xfffff000 + now) >>> 0);
  }
}

/** A client in BOUND at 10 ms, after `prepare` has changed what it likes. */
export function boundSimulation(prepare: (s: Simulation) => void = () => {}): Simulation {
  const s = new Simulation();
  prepare(s);
  s.up();
  s.run(10);
  assert.equal(s.client.hasLease, true);
  return s;
}
