/**
 * What the kernel says of a calf's confinement (proc(5), /proc/PID/status), beside what the calf says of
 * itself: of the two, this one cannot be forged.
 *
 * @module
 */

import { readProc } from "../../ffi/proc.ts";

const SECCOMP_MODE_FILTER = "2"; // linux/seccomp.h
/** Those of the process; CapBnd is what an exec could give, which no_new_privs forbids. */
const CAPABILITY_SETS = ["CapInh", "CapPrm", "CapEff", "CapAmb"];
const ROOT = "0";

/** What has been seen. */
export interface SeenConfinement {
  /** Words for what holds, such as `seccomp no_new_privs no-capabilities bounding-set uid=65534 threads=1`. */
  readonly text: string;
  /** Whether all of it holds that a calf may never be without. */
  readonly complete: boolean;
}

/**
 * Reads the text of /proc/PID/status.
 *
 * @param status the whole file
 */
export function seenConfinement(status: string): SeenConfinement {
  const fields = new Map(
    status.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const seccomp = fields.get("Seccomp") === SECCOMP_MODE_FILTER;
  const noNewPrivileges = fields.get("NoNewPrivs") === "1";
  const isEmpty = (name: string): boolean => /^0+$/.test(fields.get(name) ?? "");
  const noCapabilities = CAPABILITY_SETS.every(isEmpty);
  const uids = (fields.get("Uid") ?? "").split(/\s+/);
  const words = [
    seccomp ? "seccomp" : "no-seccomp",
    noNewPrivileges ? "no_new_privs" : "new-privs",
    noCapabilities ? "no-capabilities" : "capabilities",
    isEmpty("CapBnd") ? "bounding-set" : "no-bounding-set",
    uids.includes(ROOT) ? "root" : `uid=${uids[0]}`,
    `threads=${fields.get("Threads") ?? "unknown"}`,
  ];
  return { text: words.join(" "), complete: seccomp && noNewPrivileges && noCapabilities };
}

/** Looks at a process; null when it is gone, or there is no /proc. */
export function lookAtConfinement(pid: number): SeenConfinement | null {
  try {
    return seenConfinement(readProc(`/proc/${pid}/status`));
  } catch {
    return null;
  }
}
