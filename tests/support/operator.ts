/**
 * An operator who speaks to the daemon's socket by hand, for what no command would do.
 *
 * @module
 */

import { closeFd, setNonblocking } from "../../ffi/fd.ts";
import { PollSet } from "../../ffi/poll.ts";
import { connectUnix, SocketType } from "../../ffi/unix_socket.ts";
import { answers, say } from "../../priv/testing/operator_messages.ts";
import type { Network } from "./network.ts";
import { waitUntil } from "./wait.ts";

/** Where a daemon of {@link daemonCommand} listens. */
export function controlSocket(network: Network): string {
  return `${network.directory}/run/:control`;
}

/** Waits until the daemon listens. */
export async function waitForSocket(path: string): Promise<void> {
  await waitUntil(`a socket at ${path}`, () => {
    try {
      closeFd(connectUnix(path, SocketType.SEQPACKET, { nonblocking: true }));
      return true;
    } catch {
      return false;
    }
  });
}

/** A connection. */
export class Operator {
  /** Its descriptor, non-blocking. */
  readonly fd: number;
  #heard: string[] = [];

  /** Connects. @throws {ErrnoError} */
  constructor(path: string) {
    // As any client does, it waits in the queue if need be.
    this.fd = connectUnix(path, SocketType.SEQPACKET);
    setNonblocking(this.fd, true);
  }

  /** Sends a message. */
  say(message: Uint8Array): void {
    say(this.fd, message);
  }

  /** Waits for an answer that begins so, and gives it; others can be heard later. */
  hear(begin: string): Promise<string> {
    return waitUntil(`an answer that begins with ${begin}`, () => {
      this.#heard.push(...answers(this.fd));
      const at = this.#heard.findIndex((answer) => answer.startsWith(begin));
      return at < 0 ? undefined : this.#heard.splice(at, 1)[0];
    }, { explain: () => this.#heard.join("\n") });
  }

  /** The next answers, without the test runner's own waiting; none when none comes within 5 s. */
  hearAtOnce(): string[] {
    const poll = new PollSet();
    poll.add(this.fd);
    poll.wait(5_000);
    return answers(this.fd);
  }

  /** Goes. */
  [Symbol.dispose](): void {
    closeFd(this.fd);
  }
}
