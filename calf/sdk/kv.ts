/**
 * The calf's side of priv's key-value store (schema/kv.capnp).
 *
 * A path is a constant such as `"/lease/time"`, and an index for the numbered keys: path
 * `"/nameserver"` with index 1 is /nameserver/001; index −1 means that there is none; the path `""`
 * is the root. Nothing is allocated: one message is built at a time, in one static buffer.
 *
 * ```ts ignore
 * kv.watch("/link", -1);
 * kv.subscribe("/config", -1);
 * kv.beginCommit();
 * kv.changeDelete("", -1);
 * kv.changeWrite("/state", -1, text.clear().ascii("BOUND"));
 * kv.changeWrite("/nameserver", 1, text.clear().ipv4(address));
 * const id = kv.endCommit();
 * // later, in onCtl(buf, len):
 * if (kv.onMessage(buf, len) === id && kv.responseKind === KV_ERROR) {
 *   log.clear().ascii("refused: ").printable(buf, kv.valueAt, kv.valueLength);
 * }
 * while (kv.nextChange()) {
 *   const path = kv.changePath;
 *   if (equalsText(path.bytes, 0, path.length, "/config/hostname") && !kv.changeDeleted) {
 *     hostname.clear().raw(buf, kv.valueAt, kv.valueLength);
 *   }
 * }
 * ```
 *
 * @module
 */

import {
  CAPNP_MAX_CHANGES,
  CHANGE_DELETE,
  CHANGE_WRITE,
  REQUEST_COMMIT,
  REQUEST_DELETE,
  REQUEST_READ,
  REQUEST_SUBSCRIBE,
  REQUEST_WATCH,
  REQUEST_WRITE,
  RequestEncoder,
  RESPONSE_CHANGES,
  RESPONSE_OK,
} from "./capnp.ts";
import { ResponseDecoder } from "./capnp_response.ts";
import { Host } from "./host.ts";
import { Text } from "./text.ts";

/** `responseKind`: there is no response (the last message was refused). */
export const KV_NONE: i32 = 0;
/** `responseKind`: done; the value, if any, is at `valueAt`. */
export const KV_OK: i32 = 1;
/** `responseKind`: refused; the reason, in ASCII but from outside the calf, is at `valueAt`. */
export const KV_ERROR: i32 = 2;
/** `responseKind`: what a subscription has to tell; `nextChange()` gives it, change by change. */
export const KV_CHANGES: i32 = 3;

/** `lastRequestKind`: `write()`. */
export const KV_WRITE: i32 = 1;
/** `lastRequestKind`: `read()`. */
export const KV_READ: i32 = 2;
/** `lastRequestKind`: `remove()`. */
export const KV_DELETE: i32 = 3;
/** `lastRequestKind`: `watch()`. */
export const KV_WATCH: i32 = 4;
/** `lastRequestKind`: `endCommit()`. */
export const KV_COMMIT: i32 = 5;
/** `lastRequestKind`: `subscribe()`. */
export const KV_SUBSCRIBE: i32 = 6;

/**
 * The id of requests that a calf's host makes beside its service (see calf/host/sandbox_layers.ts). The
 * service has no request of that id, so that it takes the answers as nothing that concerns it.
 */
export const KV_HOST_ID: i32 = 0;

/** How many requests can wait for an answer; a watch or a subscription waits for ever. */
export const KV_MAX_OUTSTANDING: i32 = 16;
/** How many changes a commit can have. */
export const KV_MAX_CHANGES: i32 = CAPNP_MAX_CHANGES;

/** Sends requests and recognises their answers. */
export class KvClient {
  /** After `onMessage()`: `KV_OK`, `KV_ERROR`, `KV_CHANGES`, or `KV_NONE` when it returned −1. */
  responseKind: i32 = KV_NONE;
  /**
   * Where, in the message's buffer, the value or the error text begins: after `onMessage()`, or
   * after `nextChange()` the present change's value.
   */
  valueAt: i32 = 0;
  /** Bytes of value or error text. */
  valueLength: i32 = 0;
  /** After `onMessage()`: what the answered request was, `KV_WRITE` … `KV_SUBSCRIBE`, or `KV_NONE`. */
  lastRequestKind: i32 = KV_NONE;
  /** After `nextChange()`: the key, as in `"/config/static/nameserver/001"`. Only to be read. */
  readonly changePath: Text;
  /** After `nextChange()`: true when the key is not set any more; there is no value then. */
  changeDeleted: bool = false;
  private host: Host;
  private encoder: RequestEncoder = new RequestEncoder();
  private decoder: ResponseDecoder;
  /** The ids (0 = free) and the kinds of the requests that wait. */
  private ids: Int32Array = new Int32Array(KV_MAX_OUTSTANDING);
  private kinds: Int32Array = new Int32Array(KV_MAX_OUTSTANDING);
  private lastId: i32 = 0;
  /** The message that `onMessage()` took last, for `nextChange()`. */
  private message: Uint8Array = new Uint8Array(0);

  /** Makes a client that sends by `host.ctlWrite()`. */
  constructor(host: Host) {
    const decoder: ResponseDecoder = new ResponseDecoder();
    this.host = host;
    this.decoder = decoder;
    this.changePath = decoder.changePath;
  }

  /** Whether one more request may wait for an answer. */
  get hasRoom(): bool {
    return this.placeOf(0) >= 0;
  }

  /** Asks for a value. Returns the request's id (≥ 1), or −1 when it could not be sent. */
  read(path: string, index: i32): i32 {
    return this.requestPath(REQUEST_READ, KV_READ, path, index);
  }

  /**
   * Asks for a value now and at each change; every answer has this id, an error too. Watch a key
   * once: each watch keeps one of the `KV_MAX_OUTSTANDING` places. −1 when it could not be sent.
   */
  watch(path: string, index: i32): i32 {
    return this.requestPath(REQUEST_WATCH, KV_WATCH, path, index);
  }

  /**
   * Asks for every key at or below a path (`""` is everything) that is set and may be read, and
   * then for each change of them, also one that writes the same value again. Every answer has this
   * id and is `KV_CHANGES`, the first one too when nothing is set. `KV_ERROR` means that there is
   * no subscription. Keeps one of the `KV_MAX_OUTSTANDING` places. −1 when it could not be sent.
   */
  subscribe(path: string, index: i32): i32 {
    return this.requestPath(REQUEST_SUBSCRIBE, KV_SUBSCRIBE, path, index);
  }

  /** Sets one key. Returns the request's id, or −1 when it could not be sent. */
  write(path: string, index: i32, value: Text): i32 {
    this.encoder.begin(this.nextId(), REQUEST_WRITE);
    this.encoder.path(path, index);
    this.encoder.value(value.bytes, 0, value.length);
    if (value.truncated) this.encoder.failed = true;
    return this.send(KV_WRITE);
  }

  /** Deletes one key, or every writable key below a path. Returns the id, or −1 when not sent. */
  remove(path: string, index: i32): i32 {
    return this.requestPath(REQUEST_DELETE, KV_DELETE, path, index);
  }

  /**
   * Begins a commit: changes that priv applies all together or not at all, in order. Nothing else
   * may be asked before `endCommit()`, which is where a mistake or a lack of room shows.
   */
  beginCommit(): void {
    this.encoder.begin(this.nextId(), REQUEST_COMMIT);
  }

  /** Adds "delete this key, or every writable key below this path" to the commit. */
  changeDelete(path: string, index: i32): void {
    this.encoder.addChange(CHANGE_DELETE, path, "", index);
  }

  /** Adds "set this key" to the commit. The value is copied. */
  changeWrite(path: string, index: i32, value: Text): void {
    this.addWrite(path, "", index, value);
  }

  /** Adds "set the key `name` below this path" to the commit. The value is copied. */
  changeWriteBelow(path: string, name: string, value: Text): void {
    this.addWrite(path, name, -1, value);
  }

  /**
   * Sends the commit. Returns its id, or −1 when it was not sent: too many changes, larger than a
   * message may be (16384 bytes), a truncated value, or too many requests without an answer.
   */
  endCommit(): i32 {
    return this.send(KV_COMMIT);
  }

  /**
   * Takes one message from priv, `buf[0..len)`. Returns the id of the request that it answers, and
   * sets `responseKind`, `lastRequestKind`, `valueAt` and `valueLength` (a range of `buf`);
   * `KV_HOST_ID` when it answers the host, with `lastRequestKind` `KV_NONE`; or −1 when it is
   * malformed or answers nothing that we asked. After `KV_CHANGES`, `nextChange()` gives
   * the changes; all of them have been checked by then. Never throws.
   */
  onMessage(buf: Uint8Array, len: i32): i32 {
    this.responseKind = KV_NONE;
    this.lastRequestKind = KV_NONE;
    this.valueAt = 0;
    this.valueLength = 0;
    this.changeDeleted = false;
    this.message = buf;
    const response: ResponseDecoder = this.decoder;
    if (!response.decode(buf, len) || response.id < 0) return -1;
    const isOurs: bool = response.id !== KV_HOST_ID;
    const place: i32 = isOurs ? this.placeOf(response.id) : -1;
    if (isOurs && place < 0) return -1;
    const kind: i32 = isOurs ? this.kinds[place] : KV_NONE;
    const subscribed: bool = kind === KV_SUBSCRIBE;
    // A subscription is answered by changes or an error, and nothing else is answered by changes.
    if (response.kind === (subscribed ? RESPONSE_OK : RESPONSE_CHANGES)) return -1;
    this.responseKind = KV_ERROR;
    if (response.kind === RESPONSE_OK) this.responseKind = KV_OK;
    if (response.kind === RESPONSE_CHANGES) this.responseKind = KV_CHANGES;
    this.lastRequestKind = kind;
    this.valueAt = response.valueAt;
    this.valueLength = response.valueLength;
    const goesOn: bool = kind === KV_WATCH || this.responseKind === KV_CHANGES;
    if (isOurs && !goesOn) this.ids[place] = 0;
    return response.id;
  }

  /**
   * After `KV_CHANGES`: goes to the next change, in the order of the table of keys, and sets
   * `changePath`, `changeDeleted`, `valueAt` and `valueLength` (a range of the message's buffer,
   * which must still hold the message). False when there is none left, or no `KV_CHANGES`.
   */
  nextChange(): bool {
    if (this.responseKind !== KV_CHANGES) return false;
    const response: ResponseDecoder = this.decoder;
    const more: bool = response.nextChange(this.message);
    this.changeDeleted = response.changeDeleted;
    this.valueAt = response.valueAt;
    this.valueLength = response.valueLength;
    return more;
  }

  /** A change that sets a key. */
  private addWrite(path: string, name: string, index: i32, value: Text): void {
    this.encoder.addChange(CHANGE_WRITE, path, name, index);
    this.encoder.changeValue(value.bytes, 0, value.length);
    if (value.truncated) this.encoder.failed = true;
  }

  /** A request that is only a path. */
  private requestPath(discriminant: i32, kind: i32, path: string, index: i32): i32 {
    this.encoder.begin(this.nextId(), discriminant);
    this.encoder.path(path, index);
    return this.send(kind);
  }

  /** The id of the request that is being built: positive, and none that waits for an answer. */
  private nextId(): i32 {
    let id: i32 = this.lastId;
    do {
      id = id === 0x7fffffff ? 1 : id + 1;
    } while (this.placeOf(id) >= 0);
    this.lastId = id;
    return id;
  }

  /** Sends what the encoder holds and notes that it waits; its id, or −1. */
  private send(kind: i32): i32 {
    const place: i32 = this.placeOf(0);
    const length: i32 = this.encoder.finish();
    if (place < 0 || length === 0) return -1;
    this.ids[place] = this.lastId;
    this.kinds[place] = kind;
    this.host.ctlWrite(this.encoder.bytes, length);
    return this.lastId;
  }

  /** The place of a waiting request, or −1; of a free place when `id` is 0. */
  private placeOf(id: i32): i32 {
    for (let i: i32 = 0; i < KV_MAX_OUTSTANDING; i++) {
      if (this.ids[i] === id) return i;
    }
    return -1;
  }
}
