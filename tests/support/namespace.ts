/**
 * A network, a mount and a UTS namespace (host name) of its own, held by a process and addressed by its
 * process id. That works the same for root and inside a user namespace, needs no names, and leaves
 * nothing behind: the holder reads a pipe from the test, and ends when the test does.
 *
 * @module
 */

import { type Output, output, run, Running, type StartOptions } from "./process.ts";

/** Prepares the mounts, then waits for the end of the pipe. $1: resolv.conf or nothing, $2: host name. */
const HOLDER = `
set -e
mount -t tmpfs -o mode=755 tmpfs /run
if [ -n "$1" ]; then mount --bind "$1" /etc/resolv.conf; fi
ip link set lo up
hostname "$2"
echo ready
exec cat
`;

/** What the host is called in a new namespace: nothing that any program would say of itself. */
export const NAMESPACE_HOST_NAME = "localhost";

/** Namespaces for network, mounts and host name; /run is empty and private. */
export class Namespace {
  readonly #holder: Running;
  readonly #running: Running[] = [];

  private constructor(holder: Running) {
    this.#holder = holder;
  }

  /** Makes one. `resolvConf` is a file to be seen as /etc/resolv.conf in there. */
  static async create(resolvConf: string | null = null): Promise<Namespace> {
    const holder = new Running([
      ...["unshare", "--net", "--uts", "--mount", "--propagation", "private"],
      ...["sh", "-c", HOLDER, "holder", resolvConf ?? "", NAMESPACE_HOST_NAME],
    ]);
    const namespace = new Namespace(holder);
    try {
      await holder.waitForLine(/^ready$/);
    } catch (error) {
      await namespace.close();
      throw error;
    }
    return namespace;
  }

  /** The holder's process id, as `ip link … netns PID` and `nsenter --target PID` want it. */
  get pid(): number {
    return this.#holder.pid;
  }

  /** The command line that runs `argv` inside; it executes in the same process, without a fork. */
  command(argv: readonly string[]): string[] {
    return ["nsenter", `--target=${this.pid}`, "--net", "--uts", "--mount", "--", ...argv];
  }

  /** Runs a command inside that must succeed; gives its standard output. */
  run(...argv: string[]): Promise<string> {
    return run(this.command(argv));
  }

  /** Runs a command inside to its end, whatever its exit code. */
  output(argv: readonly string[], options: StartOptions = {}): Promise<Output> {
    return output(this.command(argv), options);
  }

  /** Starts a command inside; it is ended with the namespace at the latest. */
  start(argv: readonly string[], options: StartOptions = {}): Running {
    const running = new Running(this.command(argv), options);
    this.#running.push(running);
    return running;
  }

  /** Runs `ip -json` with arguments inside, and gives what it prints. */
  async ip<T>(...args: string[]): Promise<T> {
    const text = await this.run("ip", "-json", "-details", ...args);
    return JSON.parse(text === "" ? "[]" : text);
  }

  /** Ends what was started here, then the holder; the kernel removes the rest. */
  async close(): Promise<void> {
    await Promise.all(this.#running.map((running) => running.stop()));
    this.#holder.kill("SIGKILL");
    await this.#holder.ended;
  }
}
