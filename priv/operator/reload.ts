/**
 * `mirage-dhcp reload`.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { ExitCode } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { CommandLine } from "./command_line.ts";
import { askDaemons, type AskedDaemon, print, warn } from "./context.ts";
import { DAEMON, pathOf } from "./snapshot.ts";
import { askAndWait, type Pending, waitingTime } from "./waiting.ts";

const REQUEST = pathOf({ interfaceName: null, key: "/request" });
const LOADED = pathOf({ interfaceName: null, key: "/config/loaded" });
const WARNINGS = "/config/warning/";
const ERROR = pathOf({ interfaceName: null, key: "/config/error" });

/** Runs the command. @throws {ExitError} */
export function reloadCommand(line: CommandLine): ExitCode {
  const waitMs = waitingTime(line);
  let code: ExitCode = ExitCode.OK;
  const pending = (daemon: AskedDaemon): Pending => ({
    daemon,
    path: REQUEST,
    text: "reload",
    changed(changes: readonly KvWrite[]): boolean {
      daemon.snapshot.apply(changes);
      // Written again is enough: a second attempt may have the same result.
      const error = changes.find(({ path, text }) => path === ERROR && text !== null)?.text;
      if (typeof error === "string") {
        warn(`the new configuration is refused: ${error}`);
        code = ExitCode.CONFIG;
        return true;
      }
      if (!changes.some(({ path, text }) => path === LOADED && text !== null)) return false;
      const { daemon: keys } = daemon.snapshot;
      const file = keys.get("/config/file");
      for (const [path, text] of keys) if (path.startsWith(WARNINGS)) warn(text);
      print(
        file === undefined
          ? "there is no configuration file\n"
          : `configuration read from ${escapeText(file)}\n`,
      );
      return true;
    },
    timedOut(): void {
      warn(
        `the daemon has not said within ${waitMs / 1000} s whether it has read its configuration`,
      );
      code = ExitCode.TEMPFAIL;
    },
  });
  askAndWait(askDaemons(line, `/${DAEMON}`).map(pending), waitMs);
  return code;
}
