/**
 * The receiving end of a log daemon, the journal or a service manager, as far as a test needs it: it
 * keeps what it is sent.
 *
 * As a program it prints each datagram as a JSON string on a line, for network and mount namespaces
 * other than the test's: `deno run -A datagram_receiver.ts unix PATH` or `… udp ADDRESS PORT`. It
 * begins with the line `ready`.
 *
 * @module
 */

import { bindUdp, bindUnixDatagram } from "../../ffi/datagram_fixture.ts";
import { closeFd } from "../../ffi/fd.ts";
import { receive } from "../../ffi/socket.ts";
import { delay, waitUntil } from "./wait.ts";

const MAX_DATAGRAM = 65_536;

/** A socket, and what has arrived there. */
export class DatagramReceiver implements Disposable {
  #fd: number | null;
  readonly #path: string | null;
  readonly #received: string[] = [];
  readonly #buffer = new Uint8Array(MAX_DATAGRAM);
  /** The UDP port; 0 when it is no UDP socket. */
  readonly port: number;

  private constructor(fd: number, port: number, path: string | null) {
    this.#fd = fd;
    this.port = port;
    this.#path = path;
  }

  /** An AF_UNIX socket at a path, or with the abstract name after an `@`. */
  static unix(path: string): DatagramReceiver {
    return new DatagramReceiver(bindUnixDatagram(path), 0, path.startsWith("@") ? null : path);
  }

  /** A UDP socket; port 0 = any. */
  static udp(host = "127.0.0.1", port = 0): DatagramReceiver {
    const bound = bindUdp(host, port);
    return new DatagramReceiver(bound.fd, bound.port, null);
  }

  /** All datagrams so far, in order. */
  get all(): readonly string[] {
    const decoder = new TextDecoder();
    for (;;) {
      const length = this.#fd === null ? -1 : receive(this.#fd, this.#buffer);
      if (length < 0) return this.#received;
      this.#received.push(decoder.decode(this.#buffer.subarray(0, length)));
    }
  }

  /** Waits for a datagram that matches. */
  waitFor(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    return waitUntil(`a datagram like ${pattern}`, () => this.all.find((it) => pattern.test(it)), {
      timeoutMs,
      explain: () => this.all.join("\n"),
    });
  }

  /** Ends it, and removes its file. What has arrived and was not asked for is lost. */
  close(): void {
    if (this.#fd === null) return;
    closeFd(this.#fd);
    this.#fd = null;
    if (this.#path !== null) Deno.removeSync(this.#path);
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

if (import.meta.main) {
  const [kind, where, port] = Deno.args;
  const receiver = kind === "udp"
    ? DatagramReceiver.udp(where, Number(port))
    : DatagramReceiver.unix(where);
  console.log("ready");
  for (let printed = 0;; await delay(20)) {
    const { all } = receiver;
    for (; printed < all.length; printed++) console.log(JSON.stringify(all[printed]));
  }
}
