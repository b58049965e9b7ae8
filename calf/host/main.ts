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
import { writeFd } from "../../ffi/fd.ts";
import { exitNow } from "../../ffi/process.ts";
import { isSeqpacketSocket } from "../../ffi/socket_type.ts";
import { type Host, LOG_ERR, LOG_INFO, type Service } from "../sdk/host.ts";
import { confine, confinementWords, describeConfinement, MissingLayerError } from "./confine.ts";
import { tellLayers } from "./sandbox_layers.ts";
import { CTL_FD, NET_FD } from "./seccomp_list.ts";
import { runLoop, V8Host } from "./v8_host.ts";

const STDERR = 2;
const EX_USAGE = 64; // sysexits.h
const EX_UNAVAILABLE = 69; // sysexits.h
const EX_SOFTWARE = 70; // sysexits.h

/**
 * Confines the process, says on the log channel and later to priv's store which layers hold, and runs
 * a service for ever.
 * Ends with 0 when priv is gone; 64, before anything else, when there are no channels; 69 when
 * libseccomp or something of the kernel is missing without which there is no calf; 70 when anything
 * throws.
 *
 * @param create makes the service; it is called once the process is confined
 * @param confineSelf gives everything up; only a test program says something else here
 */
export function runCalf(create: (host: Host) => Service, confineSelf = confine): never {
  if (!isSeqpacketSocket(NET_FD) || !isSeqpacketSocket(CTL_FD)) refuseToRun();
  const host = new V8Host();
  try {
    // What is called later for the first time must not need a file or a library then.
    host.nowMs();
    const report = confineSelf();
    host.say(LOG_INFO, describeConfinement(report));
    const service = create(host);
    service.start();
    runLoop(service, host, () => tellLayers(host, confinementWords(report)));
  } catch (error) {
    // Deno's own way of reporting an error, and Deno.exit, make calls that seccomp answers with
    // SIGSYS.
    if (error instanceof MissingLibraryError || error instanceof MissingLayerError) {
      host.say(LOG_ERR, error.message);
      exitNow(EX_UNAVAILABLE);
    }
    host.say(LOG_ERR, explain(error));
    exitNow(EX_SOFTWARE);
  }
}

/** A person has started it, so the line has no severity in front. */
function refuseToRun(): never {
  const line = "mirage-dhcp: Cannot run a calf by hand: priv starts it (see --help)\n";
  const bytes = new TextEncoder().encode(line);
  writeFd(STDERR, bytes, bytes.length);
  exitNow(EX_USAGE);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return `calf failed: ${error}`;
  const where = error.stack?.split("\n").slice(1, 4).map((line) => line.trim()).join(" ") ?? "";
  return `calf failed: ${error.name}: ${error.message} ${where}`;
}
