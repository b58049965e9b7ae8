/**
 * The program of a calf: `--mode=calf`, started by priv with its channels as descriptors 0 to 4.
 *
 * This module must be the first import of a program that has services, because their code uses what
 * `portable` defines while it is loaded.
 *
 * @module
 */
import "portable";

import { MissingLibraryError } from "../../ffi/errno.ts";
import { exitNow } from "../../ffi/process.ts";
import { type Host, LOG_ERR, LOG_INFO, type Service } from "../sdk/host.ts";
import { confine, describeConfinement } from "./confine.ts";
import { runLoop, V8Host } from "./v8_host.ts";

const EX_UNAVAILABLE = 69; // sysexits.h
const EX_SOFTWARE = 70; // sysexits.h

/**
 * Confines the process, says on the log channel which layers hold, and runs a service for ever.
 * Ends with 0 when priv is gone, 69 when libseccomp is missing, 70 when anything throws.
 *
 * @param create makes the service; it is called once the process is confined
 */
export function runCalf(create: (host: Host) => Service): never {
  const host = new V8Host();
  try {
    // What is called later for the first time must not need a file or a library then.
    host.nowMs();
    host.say(LOG_INFO, describeConfinement(confine()));
    const service = create(host);
    service.start();
    runLoop(service, host);
  } catch (error) {
    // Deno's own way of reporting an error, and Deno.exit, make calls that seccomp answers with
    // SIGSYS.
    host.say(LOG_ERR, explain(error));
    exitNow(error instanceof MissingLibraryError ? EX_UNAVAILABLE : EX_SOFTWARE);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `calf failed: ${error}`;
  const where = error.stack?.split("\n").slice(1, 4).map((line) => line.trim()).join(" ") ?? "";
  return `calf failed: ${error.name}: ${error.message} ${where}`;
}
