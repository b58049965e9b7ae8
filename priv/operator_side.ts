/**
 * The operator's side of the daemon: the tree of all keys, what the daemon tells of itself in it, and the
 * socket at which both are asked for.
 *
 * @module
 */

import { SocketType } from "../ffi/unix_socket.ts";
import { getEffectiveUser } from "../ffi/process.ts";
import { KEYS } from "../schema/keys.ts";
import { ControlServer, type ControlServerContext } from "./control/control_server.ts";
import { errorText } from "./error_text.ts";
import type { Actor, KvChange } from "./kv/store.ts";
import { DAEMON, KvTree } from "./kv/tree.ts";
import { listenInRunDir, type NamedSocket, removeSocket } from "./socket_name.ts";
import { DaemonStatus } from "./status/daemon_status.ts";

/** The socket's name; no interface's name has a colon. */
export const CONTROL_SOCKET = ":control";

/** For the daemon's user and the group: to connect is to write (unix(7)). */
const SOCKET_MODE = 0o660;

/** What this needs of its surroundings. */
export interface OperatorSideContext
  extends Pick<ControlServerContext, "loop" | "onRefused" | "onRejected" | "warn"> {
  /** The program's version. */
  readonly version: string;
  /** Told that an operator wants the configuration to be read again. */
  readonly onReload: () => void;
  /** Called before the daemon's own keys are read. */
  readonly measure: () => void;
}

/** See the module's description. */
export class OperatorSide {
  /** All keys. */
  readonly tree = new KvTree(KEYS);
  /** The daemon's own. */
  readonly status: DaemonStatus;
  readonly #context: OperatorSideContext;
  #server: ControlServer | null = null;
  #socket: NamedSocket | null = null;

  /** Has keys, and no socket yet. */
  constructor(context: OperatorSideContext) {
    this.#context = context;
    this.status = new DaemonStatus(context.version);
    this.status.store.subscribe((changes, by) => this.#committed(changes, by));
    this.tree.mount(DAEMON, this.status.store, () => {
      this.status.publish({ "/clients": String(this.#server?.clients ?? 0) });
      context.measure();
    });
  }

  /** The operator whose request is being handled; null when there is none. */
  get speaker(): string | null {
    return this.#server?.speaker ?? null;
  }

  /**
   * Listens in the run directory. What fails costs the operators' socket and nothing else.
   *
   * @param runDir the run directory
   * @param group whose members may connect beside root and the daemon's user; null = nobody's
   */
  listen(runDir: string, group: number | null): void {
    const { warn } = this.#context;
    try {
      this.#socket = listenInRunDir(runDir, CONTROL_SOCKET, SocketType.SEQPACKET, {
        mode: SOCKET_MODE,
        gid: group,
      });
    } catch (error) {
      return warn(`no socket for operators: ${errorText(error)}`);
    }
    const rule = { user: getEffectiveUser(), group };
    const { tree } = this;
    this.#server = new ControlServer({ ...this.#context, tree, rule }, this.#socket.fd);
  }

  /** Cuts all clients off, and removes the socket. */
  close(): void {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    try {
      this.#server?.close();
      removeSocket(socket);
    } catch (error) {
      this.#context.warn(errorText(error));
    }
  }

  #committed(changes: readonly KvChange[], by: Actor): void {
    const asked = by === "operator" &&
      changes.some(({ path, text }) => path === "/request" && text === "reload");
    if (!asked) return;
    this.status.publish({ "/request": null });
    this.#context.onReload();
  }
}
