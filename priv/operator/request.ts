/**
 * `mirage-dhcp renew`, `rebind` and `release`.
 *
 * @module
 */

import { escapeText } from "../escape.ts";
import { ExitCode } from "../exit_code.ts";
import type { KvWrite } from "../kv/codec.ts";
import type { CommandLine } from "./command_line.ts";
import { askDaemons, findInterfaces, type FoundInterface, print, warn } from "./context.ts";
import { secondsText } from "./duration.ts";
import { type KeyTexts, pathOf } from "./snapshot.ts";
import { askAndWait, type Pending, waitingTime } from "./waiting.ts";

/** What an interface can be asked for. */
export type Request = "renew" | "rebind" | "release";

const DONE: Readonly<Record<Request, string>> = {
  renew: "renewed",
  rebind: "rebound",
  release: "released",
};

/** A lease is settled, and a server has just confirmed it: its address was written, if only once more. */
function isRenewed(keys: KeyTexts, written: ReadonlySet<string>, path: string): boolean {
  return keys.get("/state") === "BOUND" && written.has(path);
}

function isReleased(keys: KeyTexts): boolean {
  return keys.get("/state") === "RELEASED" && !keys.has("/ip");
}

/** What has become of it, for people. */
function resultText(request: Request, keys: KeyTexts): string {
  const ip = keys.get("/ip");
  if (request === "release" || ip === undefined) return DONE[request];
  const time = keys.get("/lease/time");
  return `${DONE[request]}, ${ip}${time === undefined ? "" : `, lease ${secondsText(time)}`}`;
}

/** Why nothing may have come of it. */
function hint(keys: KeyTexts): string {
  if (keys.get("/link") === "down") return "no carrier";
  const state = keys.get("/state");
  return state === undefined ? "it is starting" : `state ${state}`;
}

const NO_KEYS: KeyTexts = new Map();

/** Runs the command. @throws {ExitError} */
export function requestCommand(request: Request, line: CommandLine): ExitCode {
  const waitMs = waitingTime(line);
  const seconds = waitMs / 1000;
  let code: ExitCode = ExitCode.OK;
  const pending = ({ name, daemon }: FoundInterface): Pending => {
    const keys = () => daemon.snapshot.interfaces.get(name) ?? NO_KEYS;
    const address = pathOf({ interfaceName: name, key: "/ip" });
    /** Across messages: state and address need not come in one. */
    const written = new Set<string>();
    return {
      daemon,
      path: pathOf({ interfaceName: name, key: "/request" }),
      text: request,
      changed(changes: readonly KvWrite[]): boolean {
        if (!daemon.snapshot.interfaces.has(name)) {
          warn(`${name}: gone`);
          code = ExitCode.TEMPFAIL;
          return true;
        }
        for (const { path, text } of changes) {
          if (text === null) written.delete(path);
          else written.add(path);
        }
        const done = request === "release"
          ? isReleased(keys())
          : isRenewed(keys(), written, address);
        if (done) print(`${escapeText(name)}: ${escapeText(resultText(request, keys()))}\n`);
        return done;
      },
      timedOut(): void {
        warn(`${name}: not ${DONE[request]} within ${seconds} s (${hint(keys())})`);
        code = ExitCode.TEMPFAIL;
      },
    };
  };
  const found = findInterfaces(askDaemons(line), line.arguments);
  if (found.length === 0) warn("no interface is managed now");
  askAndWait(found.map(pending), waitMs);
  return code;
}
