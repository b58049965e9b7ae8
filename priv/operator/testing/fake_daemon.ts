/**
 * A daemon's socket for tests of the operator's commands: it has what keys it is told to, whatever their values,
 * and can be as rude as a test wants. It lives in the event loop of the test, so a command must be another
 * process.
 *
 * @module
 */

import { Message } from "capnp-es";
import { closeFd } from "../../../ffi/fd.ts";
import { receive, send } from "../../../ffi/socket.ts";
import { acceptConnection, listenUnix, SocketType } from "../../../ffi/unix_socket.ts";
import { covers, joinPath } from "../../../schema/keys.ts";
import { Request } from "../../../schema/kv.capnp.ts";
import { encodeError, encodeOk, type KvWrite } from "../../kv/codec.ts";
import { encodeChanges } from "../../kv/encode_changes.ts";
import { MAX_MESSAGE_LENGTH } from "../../kv/guard.ts";

/** What is done with a message of a client. */
export type Manners =
  /** Answers. */
  | { readonly kind: "honest" }
  /** Says nothing. */
  | { readonly kind: "silent" }
  /** Closes the connection. */
  | { readonly kind: "closing" }
  /** Sends these bytes. */
  | { readonly kind: "sending"; readonly bytes: Uint8Array };

/** A request as it came. */
export interface FakeRequest {
  /** Its id. */
  readonly id: number;
  /** Its path. */
  readonly path: string;
  /** What it is. */
  readonly operation: "read" | "subscribe" | "write" | "other";
  /** What is to be written. */
  readonly text: string;
}

interface Client {
  readonly fd: number;
  readonly subscriptions: Map<string, number>;
}

const POLL_MS = 2;

function decode(bytes: Uint8Array): FakeRequest {
  const request = new Message(bytes.slice(8), false, true).getRoot(Request);
  const parts = Array.from({ length: request.path.length }, (_, i) => request.path.get(i));
  const { id } = request;
  const path = joinPath(parts);
  switch (request.which()) {
    case Request.READ:
      return { id, path, operation: "read", text: "" };
    case Request.SUBSCRIBE:
      return { id, path, operation: "subscribe", text: "" };
    case Request.WRITE: {
      const text = new TextDecoder().decode(request.write.toUint8Array());
      return { id, path, operation: "write", text };
    }
    default:
      return { id, path, operation: "other", text: "" };
  }
}

/** See the module's description. */
export class FakeDaemon implements Disposable {
  /** What is set, by path in the operator's tree. */
  readonly keys: Map<string, string>;
  /** All requests so far. */
  readonly requests: FakeRequest[] = [];
  /** What happens after a write has been answered. */
  onWrite: (request: FakeRequest) => void = () => {};
  /** Why a write is refused; null = it is not. */
  refuse: (request: FakeRequest) => string | null = () => null;
  /** How clients are treated. */
  manners: Manners = { kind: "honest" };
  readonly #listener: number;
  readonly #path: string;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #clients = new Set<Client>();
  readonly #buffer = new Uint8Array(MAX_MESSAGE_LENGTH + 1);

  /** Listens at a path. */
  constructor(path: string, keys: Readonly<Record<string, string>>) {
    this.#path = path;
    this.keys = new Map(Object.entries(keys));
    this.#listener = listenUnix(path, SocketType.SEQPACKET, 64);
    this.#timer = setInterval(() => this.#turn(), POLL_MS);
  }

  /** How many clients there are. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Changes keys, and tells whoever has subscribed. Nothing is checked. */
  commit(changes: Readonly<Record<string, string | null>>): void {
    const writes: KvWrite[] = Object.entries(changes).map(([path, text]) => ({ path, text }));
    for (const { path, text } of writes) {
      if (text === null) this.keys.delete(path);
      else this.keys.set(path, text);
    }
    for (const client of this.#clients) {
      for (const [path, id] of client.subscriptions) {
        const below = writes.filter((write) => covers(path, write.path));
        if (below.length > 0) this.#tell(client, id, below);
      }
    }
  }

  /** Ends all connections and stops listening. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const client of [...this.#clients]) this.#drop(client);
    closeFd(this.#listener);
    Deno.removeSync(this.#path);
  }

  #turn(): void {
    for (let fd; (fd = acceptConnection(this.#listener)) >= 0;) {
      this.#clients.add({ fd, subscriptions: new Map() });
    }
    for (const client of [...this.#clients]) this.#serve(client);
  }

  #serve(client: Client): void {
    for (;;) {
      const length = receive(client.fd, this.#buffer);
      if (length === -11) return; // EAGAIN
      if (length <= 0 || this.manners.kind === "closing") return this.#drop(client);
      const request = decode(this.#buffer.subarray(0, length));
      this.requests.push(request);
      if (this.manners.kind === "honest") this.#answer(client, request);
      else if (this.manners.kind === "sending") {
        send(client.fd, this.manners.bytes, this.manners.bytes.length);
      }
    }
  }

  #answer(client: Client, request: FakeRequest): void {
    const { id, path } = request;
    const reply = (message: Uint8Array) => send(client.fd, message, message.length);
    switch (request.operation) {
      case "read": {
        const text = this.keys.get(path);
        reply(text === undefined ? encodeError(id, `not set: ${path}`) : encodeOk(id, text));
        break;
      }
      case "subscribe":
        client.subscriptions.set(path, id);
        this.#tell(
          client,
          id,
          [...this.keys].filter(([key]) => covers(path, key)).map(([key, text]) => ({
            path: key,
            text,
          })),
        );
        break;
      case "write": {
        const refused = this.refuse(request);
        if (refused !== null) {
          reply(encodeError(id, refused));
          break;
        }
        this.commit({ [path]: request.text });
        reply(encodeOk(id, ""));
        this.onWrite(request);
        break;
      }
      default:
        reply(encodeError(id, "unsupported request"));
    }
  }

  #tell(client: Client, id: number, changes: readonly KvWrite[]): void {
    for (const message of encodeChanges(id, changes)) send(client.fd, message, message.length);
  }

  #drop(client: Client): void {
    this.#clients.delete(client);
    closeFd(client.fd);
  }
}
