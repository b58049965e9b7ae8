/**
 * The operator's socket: accepts clients, as many as there is room for, and gives each a session with
 * the tree of keys. A client that breaks the rules or does not read its answers is cut off.
 *
 * @module
 */

import { Errno } from "../../ffi/errno.ts";
import { closeFd } from "../../ffi/fd.ts";
import { receive, send } from "../../ffi/socket.ts";
import { acceptConnection, type PeerCredentials, peerCredentials } from "../../ffi/unix_socket.ts";
import { errorText } from "../error_text.ts";
import type { EventLoop, Timer } from "../event_loop.ts";
import { encodeError } from "../kv/codec.ts";
import { MAX_MESSAGE_LENGTH } from "../kv/guard.ts";
import { type AuditRecord, KvSession } from "../kv/server.ts";
import { TokenBucket } from "../kv/token_bucket.ts";
import type { KvView } from "../kv/view.ts";
import { type AccessRule, objection, type OperatorName, operatorName } from "./access.ts";

/** Connections that are taken at once. */
export const ACCEPT_BURST = 200;
/** Connections that are taken per second for long. */
export const ACCEPT_PER_SECOND = 200;
/** How long connections wait when they come faster. */
const ACCEPT_PAUSE_MS = 50;

/** Bytes that wait for a client beyond what the kernel keeps: all keys of a hundred interfaces. */
export const MAX_WAITING = 2 << 20;

/** Messages taken of one client before other descriptors have their turn. */
const BATCH = 16;
/** No id of a request: what is said before there is any. */
const NO_REQUEST = 0;

/** What a server needs of its surroundings. */
export interface ControlServerContext {
  /** The daemon's loop. */
  readonly loop: Pick<
    EventLoop,
    "now" | "after" | "onReadable" | "onWritable" | "forgetWritable" | "forget"
  >;
  /** What clients see. */
  readonly tree: KvView;
  /** Who may come. */
  readonly rule: AccessRule;
  /** Told of a request that was refused, and by whom it was made. */
  readonly onRefused: (operator: OperatorName, record: AuditRecord) => void;
  /** Told of a client that was turned away or cut off. */
  readonly onRejected: (operator: OperatorName, reason: string) => void;
  /** Told of what the kernel refuses. */
  readonly warn: (text: string) => void;
}

interface Client {
  readonly fd: number;
  readonly uid: number;
  readonly name: OperatorName;
  readonly session: KvSession;
  /** What it is told once it has read what it was told before, and its length in bytes. */
  readonly waiting: Uint8Array[];
  waitingBytes: number;
}

/** Whether the client has gone. It does nothing wrong: its end is seen when it is its turn. */
function isGone(result: number): boolean {
  return result === -Errno.EPIPE || result === -Errno.ECONNRESET;
}

/** See the module's description. */
export class ControlServer {
  readonly #context: ControlServerContext;
  readonly #listener: number;
  readonly #clients = new Map<number, Client>();
  readonly #pace: TokenBucket;
  readonly #message = new Uint8Array(MAX_MESSAGE_LENGTH + 1);
  #speaker: OperatorName | null = null;
  #paused: Timer | null = null;

  /** Listens at `listener`, a listening, non-blocking SOCK_SEQPACKET socket. */
  constructor(context: ControlServerContext, listener: number) {
    this.#context = context;
    this.#listener = listener;
    this.#pace = new TokenBucket(ACCEPT_BURST, ACCEPT_PER_SECOND, () => context.loop.now());
    this.#listen();
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /** The operator whose request is being handled; null when there is none. */
  get speaker(): OperatorName | null {
    return this.#speaker;
  }

  /** Cuts all off, and listens no more; the listener stays the caller's. */
  close(): void {
    for (const client of [...this.#clients.values()]) this.#drop(client);
    this.#paused?.cancel();
    this.#context.loop.forget(this.#listener);
  }

  #listen(): void {
    this.#context.loop.onReadable(this.#listener, () => this.#accept());
  }

  /** Those who have to wait do so in the kernel's queue, which is short. */
  #pause(): void {
    const { loop } = this.#context;
    loop.forget(this.#listener);
    this.#paused = loop.after(ACCEPT_PAUSE_MS, () => this.#listen());
  }

  #accept(): void {
    if (!this.#pace.take()) return this.#pause();
    const fd = acceptConnection(this.#listener);
    if (fd === -Errno.EAGAIN) return;
    if (fd < 0) {
      // EMFILE and the like: it will not be better at once.
      this.#context.warn(`an operator's connection cannot be taken: error ${-fd}`);
      return this.#pause();
    }
    let peer: PeerCredentials;
    try {
      peer = peerCredentials(fd);
    } catch (error) {
      this.#context.warn(errorText(error));
      return closeFd(fd);
    }
    const present = [...this.#clients.values()].map(({ uid }) => uid);
    const reason = objection(peer, present, this.#context.rule);
    if (reason === null) this.#admit(fd, peer);
    else this.#turnAway(fd, operatorName(peer), reason);
  }

  #turnAway(fd: number, name: OperatorName, reason: string): void {
    const message = encodeError(NO_REQUEST, reason);
    send(fd, message, message.length);
    closeFd(fd);
    this.#context.onRejected(name, reason);
  }

  #admit(fd: number, peer: PeerCredentials): void {
    const { loop, tree, onRefused } = this.#context;
    const name = operatorName(peer);
    const session = new KvSession(tree, {
      role: "operator",
      send: (message) => this.#send(fd, message),
      audit: (record) => onRefused(name, record),
      onMalformed: (reason) => this.#reject(fd, reason),
      nowMs: () => loop.now(),
    });
    const client: Client = { fd, uid: peer.uid, name, session, waiting: [], waitingBytes: 0 };
    this.#clients.set(fd, client);
    loop.onReadable(fd, () => this.#receive(client));
  }

  /** All keys of many interfaces are more than the kernel keeps for a client, however fast it reads. */
  #send(fd: number, message: Uint8Array): boolean {
    const client = this.#clients.get(fd);
    if (client === undefined) return false;
    const { waiting } = client;
    if (waiting.length === 0) {
      const sent = send(fd, message, message.length);
      if (sent !== -Errno.EAGAIN) return sent === message.length || isGone(sent);
      this.#context.loop.onWritable(fd, () => this.#sendWaiting(client));
    }
    waiting.push(message);
    client.waitingBytes += message.length;
    return client.waitingBytes <= MAX_WAITING;
  }

  #sendWaiting(client: Client): void {
    const { fd, waiting } = client;
    let sent = 0;
    for (const message of waiting) {
      const result = send(fd, message, message.length);
      if (result === -Errno.EAGAIN) break;
      if (isGone(result)) return this.#drop(client);
      if (result !== message.length) return this.#reject(fd, "answers not read");
      client.waitingBytes -= message.length;
      sent++;
    }
    waiting.splice(0, sent);
    if (waiting.length === 0) this.#context.loop.forgetWritable(fd);
  }

  #receive(client: Client): void {
    for (let i = 0; i < BATCH && this.#clients.get(client.fd) === client; i++) {
      const length = receive(client.fd, this.#message);
      if (length === -Errno.EAGAIN) return;
      if (length <= 0) return this.#drop(client);
      this.#speaker = client.name;
      try {
        client.session.handle(this.#message.subarray(0, length));
      } finally {
        this.#speaker = null;
      }
    }
  }

  #reject(fd: number, reason: string): void {
    const client = this.#clients.get(fd);
    if (client === undefined) return;
    this.#drop(client);
    this.#context.onRejected(client.name, reason);
  }

  #drop(client: Client): void {
    client.session.close();
    this.#clients.delete(client.fd);
    this.#context.loop.forget(client.fd);
    closeFd(client.fd);
  }
}
