/**
 * The first messages of a calf, handled once before there are any. V8 compiles a function when it is
 * first called, which costs each first message milliseconds; while the first calves come into being,
 * priv has that time.
 *
 * @module
 */

import { Message } from "capnp-es";
import { splitPath } from "../../schema/keys.ts";
import { Request } from "../../schema/kv.capnp.ts";
import type { KvWrite } from "./codec.ts";
import { type Lease, readLease } from "./lease.ts";
import { KvSession } from "./server.ts";
import { KvStore } from "./store.ts";

/** A lease as a calf may write it, in addresses that are nobody's (RFC 5737). */
const LEASE: readonly KvWrite[] = [
  { path: "/", text: null },
  { path: "/state", text: "BOUND" },
  { path: "/origin", text: "dhcp" },
  { path: "/ip", text: "192.0.2.7/24" },
  { path: "/broadcast", text: "192.0.2.255" },
  { path: "/gateway", text: "192.0.2.1" },
  { path: "/domain", text: "example.org" },
  { path: "/nameserver/001", text: "192.0.2.1" },
  { path: "/lease/time", text: "3600" },
];

function encode(fill: (request: Request) => void): Uint8Array {
  const message = new Message();
  fill(message.initRoot(Request));
  return new Uint8Array(message.toArrayBuffer());
}

function encodeCommit(changes: readonly KvWrite[]): Uint8Array {
  return encode((request) => {
    const list = request._initCommit(changes.length);
    changes.forEach(({ path, text }, i) => {
      const change = list.get(i);
      const parts = splitPath(path);
      const places = change._initPath(parts.length);
      parts.forEach((part, at) => places.set(at, part));
      if (text === null) change.delete = true;
      else change._initWrite(text.length).copyBuffer(new TextEncoder().encode(text));
    });
  });
}

/**
 * Lets a session and a store of its own handle a subscription, a state and a lease. Touches nothing
 * else.
 *
 * @returns the lease that came out, and why requests were refused, for a test: nobody else cares
 */
export function rehearse(): { readonly lease: Lease | null; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const store = new KvStore();
  store.set("/mac", "02:00:00:00:00:01");
  const session = new KvSession(store, {
    role: "calf:dhcp4",
    send: () => true,
    audit: ({ reason }) => refused.push(reason),
    onMalformed: (reason) => refused.push(reason),
    nowMs: () => 0,
  });
  session.handle(encode((request) => request.subscribe = true));
  session.handle(encodeCommit([{ path: "/state", text: "SELECTING" }]));
  session.handle(encodeCommit(LEASE));
  session.close();
  return { lease: readLease(store), refused };
}
