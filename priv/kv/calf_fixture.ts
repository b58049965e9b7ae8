/**
 * A calf as the tests play it.
 *
 * @module
 */

import assert from "node:assert/strict";
import "portable"; // the calf's types of numbers
import { RESPONSE_CHANGES, RESPONSE_OK } from "../../calf/sdk/capnp.ts";
import { ResponseDecoder } from "../../calf/sdk/capnp_response.ts";
import type { KvWrite } from "./codec.ts";
import { type AuditRecord, KvSession } from "./server.ts";
import { KvStore } from "./store.ts";
import { type DecodedResponse, decodeResponse, encodeRequest } from "./testdata/messages.ts";

/** A session with everything that it did, and a clock that the test turns. */
export class Peer {
  /** The store, in which /mac is set. */
  store: KvStore = new KvStore();
  /** The clock, ms. */
  now: number = 1e6;
  /** Whether nothing can be sent any more. */
  full: boolean = false;
  /** What the session has sent. */
  sent: DecodedResponse[] = [];
  /** What it has audited. */
  audited: AuditRecord[] = [];
  /** Why it has given the calf up. */
  malformed: string[] = [];
  /** The session at present. */
  session: KvSession;

  /** Opens the first session. */
  constructor() {
    this.store.set("/mac", "02:00:00:00:00:01");
    this.session = this.open();
  }

  /** Another session on the same store. */
  open(): KvSession {
    return new KvSession(this.store, {
      role: "calf:dhcp4",
      send: (message) => {
        if (this.full) return false;
        this.sent.push(decodeResponse(message));
        return true;
      },
      audit: (record) => this.audited.push(record),
      onMalformed: (reason) => this.malformed.push(reason),
      nowMs: () => this.now,
    });
  }

  /** Sends a request. */
  read(id: number, path: string): void {
    this.session.handle(encodeRequest({ id, operation: "read", path }));
  }

  /** Sends a request. */
  watch(id: number, path: string): void {
    this.session.handle(encodeRequest({ id, operation: "watch", path }));
  }

  /** Sends a request. */
  subscribe(id: number, path: string): void {
    this.session.handle(encodeRequest({ id, operation: "subscribe", path }));
  }

  /** What was sent since this was asked last. */
  takeSent(): DecodedResponse[] {
    return this.sent.splice(0);
  }
}

/** A response as the calf reads it, which must not refuse it. */
export function readAsCalf(message: Uint8Array): DecodedResponse {
  const decoder = new ResponseDecoder();
  assert.ok(decoder.decode(message, message.length), "refused");
  const { id, kind } = decoder;
  const text = () =>
    String.fromCharCode(...message.subarray(decoder.valueAt).subarray(0, decoder.valueLength));
  if (kind !== RESPONSE_CHANGES) {
    return kind === RESPONSE_OK ? { id, ok: text() } : { id, error: text() };
  }
  const changes: KvWrite[] = [];
  while (decoder.nextChange(message)) {
    const { bytes, length } = decoder.changePath;
    const path = String.fromCharCode(...bytes.subarray(0, length));
    changes.push({ path, text: decoder.changeDeleted ? null : text() });
  }
  return { id, changes };
}
