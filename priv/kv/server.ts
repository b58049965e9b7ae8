/**
 * The store's side of the control channel of one calf or operator: decodes its requests, answers them, tells
 * it of the keys that it watches or has subscribed to, and gives it up when it breaks the rules.
 *
 * @module
 */

import { covers, MAX_OPERATOR_PATH_PARTS, MAX_PATH_PARTS, type Role } from "../../schema/keys.ts";
import type { REQUEST_RESULTS } from "../../schema/status_keys.ts";
import { decodeRequest, encodeError, encodeOk, type KvRequest, type KvWrite } from "./codec.ts";
import { encodeChanges } from "./encode_changes.ts";
import type { KvChange, Refusal, RefusalCode } from "./store.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { KvView } from "./view.ts";

/** Requests that a calf may make at once; a start needs about 5, a lease 1. */
export const RATE_BURST = 100;
/** Requests per second that a calf may make for long. */
export const RATE_PER_SECOND = 20;
/** Subscriptions that a calf may have. */
export const MAX_SUBSCRIPTIONS = 4;

/** Of an answer to nothing; see schema/kv.capnp. */
const NO_REQUEST_ID = 0;
/** That answer, once it was needed: to encode it each time is most of what it costs. */
let nothing: Uint8Array | null = null;

/** How a request has ended. */
export type RequestResult = typeof REQUEST_RESULTS[number];

/** A refused request, for the audit log. All text is printable ASCII. */
export interface AuditRecord {
  /** What the calf asked for. */
  readonly operation: KvRequest["operation"];
  /** The key. */
  readonly key: string;
  /** The kind of refusal. */
  readonly code: RefusalCode;
  /** The error as the calf was told. */
  readonly reason: string;
}

/** What a session needs from outside. */
export interface KvSessionOptions {
  /** Whose rights the calf has. */
  readonly role: Role;
  /** Sends one message to the calf; false when it cannot be sent now or ever. */
  readonly send: (message: Uint8Array) => boolean;
  /** Told how each request has ended. */
  readonly count?: (result: RequestResult) => void;
  /** Told of each refused request. */
  readonly audit: (record: AuditRecord) => void;
  /**
   * Told once, when the calf has broken the protocol: the calf must be killed. The reason is one of the
   * decoder's, "rate", or "answers not read".
   */
  readonly onMalformed: (reason: string) => void;
  /** Milliseconds of a monotonic clock, for the limit of the rate. */
  readonly nowMs: () => number;
}

/** One client's connection to the store. Each calf process and each operator gets a new session. */
export class KvSession {
  #store: KvView;
  #options: KvSessionOptions;
  #bucket: TokenBucket;
  readonly #maxParts: number;
  /** Request id by watched key. Only readable keys get in, so it stays small. */
  #watches: Map<string, number> = new Map();
  /** Request id by path, in the order of the requests. */
  #subscriptions: Map<string, number> = new Map();
  #open = true;
  #onChange = (changes: readonly KvChange[]): void => {
    this.#tellWatches(changes);
    this.#tellSubscriptions(changes);
  };

  /** Opens the session; it listens to the store until `close()` or a breach of the protocol. */
  constructor(store: KvView, options: KvSessionOptions) {
    this.#store = store;
    this.#options = options;
    this.#bucket = new TokenBucket(RATE_BURST, RATE_PER_SECOND, options.nowMs);
    this.#maxParts = options.role === "operator" ? MAX_OPERATOR_PATH_PARTS : MAX_PATH_PARTS;
    store.subscribe(this.#onChange);
  }

  /** Whether the session still answers. */
  get open(): boolean {
    return this.#open;
  }

  /** Ends the session: nothing is sent or handled any more. May be called twice. */
  close(): void {
    this.#open = false;
    this.#watches.clear();
    this.#subscriptions.clear();
    this.#store.unsubscribe(this.#onChange);
  }

  /** Sends an answer to nothing, which a calf reads and takes for nothing that concerns it. */
  poke(): void {
    nothing ??= encodeOk(NO_REQUEST_ID, "");
    this.#send(nothing);
  }

  /** Handles one datagram of the calf, which is not kept. Never throws because of what it contains. */
  handle(message: Uint8Array): void {
    if (!this.#open) return;
    if (!this.#bucket.take()) return this.#giveUp("rate");
    const decoded = decodeRequest(message, this.#maxParts);
    if (!decoded.ok) return this.#giveUp(decoded.reason);
    const request = decoded.value;
    switch (request.operation) {
      case "read": {
        const result = this.#store.read(this.#options.role, request.path);
        if (typeof result === "string") this.#accept(encodeOk(request.id, result));
        else this.#refuse(request, result);
        break;
      }
      case "watch":
        this.#watch(request.id, request.path, request);
        break;
      case "subscribe":
        this.#subscribe(request.id, request.path, request);
        break;
      case "write":
      case "delete":
      case "commit": {
        const refused = this.#store.commit(this.#options.role, request.changes);
        if (refused === null) this.#accept(encodeOk(request.id, ""));
        else this.#refuse(request, refused);
        break;
      }
      case "unknown":
        this.#refuse(request, {
          code: "unsupported",
          path: request.path,
          message: "unsupported request",
        });
    }
  }

  /** A key that is not set is watched all the same: "not set" now, the value when it comes. */
  #watch(id: number, path: string, request: KvRequest): void {
    const denied = this.#store.checkReadable(this.#options.role, path);
    if (denied !== null) return this.#refuse(request, denied);
    this.#watches.set(path, id);
    this.#options.count?.("ok");
    this.#sendValue(id, path, this.#store.get(path));
  }

  /** A path that is subscribed to already goes on with the new id. */
  #subscribe(id: number, path: string, request: KvRequest): void {
    const role = this.#options.role;
    const denied = this.#store.checkReadableBelow(role, path);
    if (denied !== null) return this.#refuse(request, denied);
    if (!this.#subscriptions.has(path) && this.#subscriptions.size === MAX_SUBSCRIPTIONS) {
      return this.#refuse(request, { code: "limit", path, message: "too many subscriptions" });
    }
    // Before the subscription: what is measured for this answer is told in it, and not besides.
    const set = this.#store.readBelow(role, path);
    this.#subscriptions.set(path, id);
    this.#options.count?.("ok");
    this.#sendChanges(id, set);
  }

  #tellWatches(changes: readonly KvChange[]): void {
    for (const { path, text, previous } of changes) {
      const id = this.#watches.get(path);
      if (id !== undefined && text !== previous) this.#sendValue(id, path, text);
    }
  }

  /** A key that is written again with the same value is told, too. */
  #tellSubscriptions(changes: readonly KvChange[]): void {
    const readable = changes.filter(({ path }) =>
      this.#store.checkReadable(this.#options.role, path) === null
    );
    for (const [path, id] of this.#subscriptions) {
      const below = readable.filter((change) => covers(path, change.path));
      if (below.length > 0) this.#sendChanges(id, below);
    }
  }

  #sendChanges(id: number, changes: readonly KvWrite[]): void {
    for (const message of encodeChanges(id, changes)) this.#send(message);
  }

  #sendValue(id: number, path: string, text: string | null): void {
    this.#send(text === null ? encodeError(id, `not set: ${path}`) : encodeOk(id, text));
  }

  #accept(answer: Uint8Array): void {
    this.#options.count?.("ok");
    this.#send(answer);
  }

  #refuse(request: KvRequest, refused: Refusal): void {
    this.#options.count?.(refused.code);
    if (refused.code !== "unset") { // asking too early is no offence
      this.#options.audit({
        operation: request.operation,
        key: refused.path,
        code: refused.code,
        reason: refused.message,
      });
    }
    this.#send(encodeError(request.id, refused.message));
  }

  /** A calf that lets its answers pile up until none fits has lost one and would wait for ever. */
  #send(message: Uint8Array): void {
    if (this.#open && !this.#options.send(message)) this.#giveUp("answers not read");
  }

  #giveUp(reason: string): void {
    this.close();
    this.#options.onMalformed(reason);
  }
}
