/**
 * What must hold of a client whatever happens to it, checked after each thing that does.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import {
  DHCPDECLINE,
  DHCPDISCOVER,
  DHCPINFORM,
  DHCPRELEASE,
  DHCPREQUEST,
  INFINITE,
} from "../options.ts";
import { ACD_BEFORE } from "../settings.ts";
import { stateName } from "../transitions.ts";
import type { SentMessage } from "./messages.ts";
import type { Happening, Simulation } from "./simulation.ts";

/** States in which there is an address to use. */
const WITH_LEASE = ["BOUND", "RENEWING", "REBINDING", "INFORMING"];
/** More than this in a minute is a flood; a lease of 20 s that nobody renews comes near to it. */
const MESSAGES_PER_MINUTE = 40;

/** The guard of one simulation, which must have no servers: the test plays them. */
export class ClientWatch {
  /** Addresses that the client may ask for: offered or remembered. */
  readonly known: Set<number> = new Set();
  /** The last DHCPACK that was delivered. */
  #ack: { xid: number; address: number } | null = null;
  /** When the lease, or that of the address being probed, is over. */
  #deadline = Infinity;
  #address = 0;
  #verified = false;
  #state = "INIT";
  #carrier = false;
  /** Nothing may be sent before, unless something from outside happens. */
  #quietUntil = 0;
  #seen = 0;

  constructor(readonly s: Simulation) {}

  /** A message is delivered. */
  receives(type: number, xid: number, address: number): void {
    if (type === 5) this.#ack = { xid, address };
    if (type === 2 || type === 5) this.known.add(address);
  }

  /** The detection of conflicts says that the address is free. */
  verifies(): void {
    this.#verified = true;
  }

  /** The operator wants a new attempt, which ends whatever wait there is. */
  wakes(): void {
    this.#quietUntil = 0;
  }

  /** The carrier comes or goes, which ends whatever wait there is but RELEASED. */
  flaps(): void {
    if (this.#state !== "RELEASED") this.#quietUntil = 0;
  }

  /** Checks what has happened since the last call, during which the carrier was as `carrier` says. */
  check(carrier: boolean): void {
    this.#carrier = carrier;
    const { client, records } = this.s;
    for (; this.#seen < records.length; this.#seen++) this.#follow(records[this.#seen]);
    assert.equal(stateName(client.state), this.#state, "every change of state is told");
    assert.equal(client.hasLease, WITH_LEASE.includes(this.#state), this.#state);
  }

  /** Checks what time alone has brought, `ms` until now. */
  checkTime(carrier: boolean, ms: number): void {
    const since = this.s.now - ms;
    this.check(carrier);
    const { client } = this.s;
    assert.ok(client.remainingMs() > 0, `does not spin in ${this.#state}`);
    if (client.hasLease && !client.leaving) assert.ok(this.s.now < this.#deadline, "expired");
    if (client.leaving) {
      assert.equal(this.s.sent(since + 1).length, 0, "sent after the DHCPRELEASE");
    }
    const times = this.s.sent(since).map(({ at }) => at);
    for (let i = MESSAGES_PER_MINUTE; i < times.length; i++) {
      assert.ok(times[i] - times[i - MESSAGES_PER_MINUTE] > 60_000, "a flood");
    }
  }

  #follow(record: Happening): void {
    switch (record.what) {
      case "sent":
        this.#onSent(record.message, record.destination, record.at);
        break;
      case "state":
        this.#state = record.state;
        if (this.#state === "RELEASED") this.#quietUntil = Infinity;
        break;
      case "probe":
        assert.equal(this.s.settings.acd, ACD_BEFORE);
        this.#takeLease(record.address, record.at, null);
        this.#verified = false;
        break;
      case "bound":
        this.#onBound(record);
        break;
      case "lost":
        this.#state = record.state;
        this.#deadline = Infinity;
        this.#quietUntil = record.state === "RELEASED" ? Infinity : this.#quietUntil;
        break;
      case "ipv6 only":
        assert.equal(this.s.settings.ipv6Only, true);
        this.#quietUntil = record.at + record.seconds * 1000;
        assert.ok(record.seconds >= 300);
        break;
      case "auto-configure":
        assert.equal(this.s.client.hasLease, false);
    }
  }

  #onBound(record: Happening & { what: "bound" }): void {
    const { t1, t2, leaseTime, address } = record;
    const own = this.s.settings.informAddress;
    if (own !== 0) {
      assert.deepEqual([address, leaseTime], [own, INFINITE]);
      this.#deadline = Infinity;
    } else {
      assert.ok(leaseTime === INFINITE ? t1 === INFINITE && t2 === INFINITE : t1 < t2);
      assert.ok(t1 >= 10 && t2 <= leaseTime && (t2 < leaseTime || leaseTime === INFINITE));
      const used = WITH_LEASE.includes(this.#state);
      if (used) assert.ok(record.at < this.#deadline, "renewed when it was over");
      assert.equal(record.renewed, used && address === this.#address);
      if (this.s.settings.acd === ACD_BEFORE && !record.renewed) {
        assert.ok(this.#state === "PROBING" && this.#verified, "used unprobed");
        assert.equal(address, this.#address);
      }
      if (this.#state !== "PROBING") this.#takeLease(address, record.at, leaseTime);
      assert.ok(record.at < this.#deadline, "used when it was over");
    }
    this.#address = address;
    // INFORMING is told before.
    if (own === 0 || record.renewed) this.#state = "BOUND";
  }

  /** A DHCPACK gave `address`: it counts from the first DHCPREQUEST, or else DHCPDISCOVER, of its xid. */
  #takeLease(address: number, at: number, leaseTime: number | null): void {
    assert.ok(this.#ack !== null && this.#ack.address === address, "by a DHCPACK alone");
    const { xid } = this.#ack;
    const meant = this.s.sent().filter(({ message }) => message.xid === xid);
    const request = meant.find(({ message }) => message.type === DHCPREQUEST) ?? meant[0];
    assert.ok(request !== undefined && request.at <= at, "asked for");
    if (request.message.type !== DHCPREQUEST) {
      assert.ok(this.s.settings.offersRapidCommit && request.message.rapidCommit, "RFC 4039");
    }
    const seconds = leaseTime ?? this.s.client.lease.leaseTime;
    this.#deadline = seconds === INFINITE ? Infinity : request.at + seconds * 1000;
    this.#address = address;
  }

  #onSent(message: SentMessage, destination: number, at: number): void {
    assert.ok(this.#carrier, "sent without a carrier");
    assert.ok(at >= this.#quietUntil, `${message.type} sent while resting in ${this.#state}`);
    const { anonymity, informAddress } = this.s.settings;
    const { type, ciaddr, requested } = message;
    if (informAddress !== 0) {
      assert.deepEqual([type, ciaddr, destination], [DHCPINFORM, informAddress, 0]);
      return;
    }
    switch (type) {
      case DHCPDISCOVER:
        assert.deepEqual([ciaddr, destination], [0, 0]);
        if (anonymity) assert.equal(requested, undefined);
        break;
      case DHCPREQUEST:
        if (ciaddr === 0) {
          assert.ok(this.known.has(requested!), "asks for what nobody offered");
          assert.equal(destination, 0);
        } else {
          assert.deepEqual([ciaddr, requested, message.server], [
            this.#address,
            undefined,
            undefined,
          ]);
          assert.ok(at < this.#deadline, "renews what is over");
        }
        break;
      case DHCPDECLINE:
        assert.deepEqual([ciaddr, requested, destination], [0, this.#address, 0]);
        this.#quietUntil = at + 10_000; // RFC 2131 §3.1.5
        break;
      default:
        assert.equal(type, DHCPRELEASE);
        assert.deepEqual([ciaddr, requested], [this.#address, undefined]);
    }
  }
}
