/**
 * The log as syslog messages: to the daemon of this host, or to one elsewhere by UDP.
 *
 * @module
 */

import type { LogRecord } from "@logtape/logtape";
import { Errno, ErrnoError, errnoName } from "../../ffi/errno.ts";
import { closeFd } from "../../ffi/fd.ts";
import { getHostName } from "../../ffi/host_name.ts";
import { openUdp, sendUdp, type UdpDestination } from "../../ffi/udp_socket.ts";
import type { HostPort } from "../service_options.ts";
import { DatagramClient } from "../datagram_client.ts";
import { formatSyslog } from "./syslog_format.ts";

/** Where a syslog daemon receives what this host's programs say. */
export const DEV_LOG = "/dev/log";
/**
 * So many messages wait for a daemon that has not started yet, or for the network, which we are about
 * to configure. After that the latest are lost.
 */
const MAX_WAITING = 100;

const encoder = new TextEncoder();

/** Sends datagrams. */
export interface MessageSender {
  /** Sends one and never waits: 0, or −errno. */
  send(bytes: Uint8Array): number;
  /** Gives the socket back. */
  close(): void;
}

/** Sends to a UDP port, RFC 5426: a message is a datagram. */
export class UdpSender implements MessageSender {
  readonly #to: HostPort;
  #destination: UdpDestination | null = null;

  /** Opens nothing yet. */
  constructor(to: HostPort) {
    this.#to = to;
  }

  /** Sends a datagram; see {@link MessageSender}. */
  send(bytes: Uint8Array): number {
    try {
      this.#destination ??= openUdp(this.#to.address, this.#to.port);
    } catch (error) {
      return error instanceof ErrnoError ? -error.code : -Errno.EINVAL;
    }
    return Math.min(sendUdp(this.#destination, bytes), 0);
  }

  /** Gives the socket back; see {@link MessageSender}. */
  close(): void {
    if (this.#destination !== null) closeFd(this.#destination.fd);
    this.#destination = null;
  }
}

/** Makes a sender to the daemon of this host, whose socket is `devLog`, or to another. */
export function syslogSender(to: "local" | HostPort, devLog: string): MessageSender {
  return to === "local" ? new DatagramClient(devLog) : new UdpSender(to);
}

/** Messages in their order, of which the first may have to wait. */
export class Syslog {
  readonly #sender: MessageSender;
  readonly #waiting: Uint8Array[] = [];
  #reason = "";

  /** The sender is this object's from now on. */
  constructor(sender: MessageSender) {
    this.#sender = sender;
  }

  /** Why the last message could not be sent. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Sends a record, after those that wait.
   *
   * @returns false when it is lost; true also when it waits for the next one
   */
  write(record: LogRecord): boolean {
    const sender = { hostName: getHostName(), pid: Deno.pid };
    this.#waiting.push(encoder.encode(formatSyslog(record, sender)));
    while (this.#waiting.length > 0) {
      const result = this.#sender.send(this.#waiting[0]);
      if (result !== 0) {
        this.#reason = errnoName(-result);
        break;
      }
      this.#waiting.shift();
    }
    if (this.#waiting.length <= MAX_WAITING) return true;
    this.#waiting.pop();
    return false;
  }

  /** Gives up what waits, and the socket. */
  close(): void {
    this.#waiting.length = 0;
    this.#sender.close();
  }
}
