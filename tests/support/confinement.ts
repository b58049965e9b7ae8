/**
 * What the kernel lets a process do, as /proc tells it.
 *
 * @module
 */

import { processStatus } from "./process.ts";

/** The confinement of a process. */
export interface Confinement {
  /** Its effective user id. */
  readonly uid: number;
  /** Its effective capabilities, a bit each. */
  readonly capabilities: bigint;
  /** Capabilities that it could ever get by execve(2), a bit each. */
  readonly bounding: bigint;
  /** 0 none, 1 strict, 2 filter (`SECCOMP_MODE_*`, linux/seccomp.h). */
  readonly seccomp: number;
  /** Whether execve(2) can never give it more rights. */
  readonly noNewPrivileges: boolean;
  /** The number of its threads. */
  readonly threads: number;
  /** Its open descriptors: number and what it is, such as "socket:[42]". */
  readonly descriptors: ReadonlyMap<number, string>;
  /** Namespaces that it does not share with `other`: "net", "mnt", … */
  readonly ownNamespaces: readonly string[];
  /** Names in its root directory; null when nobody may look. */
  readonly root: readonly string[] | null;
}

/** Looks at the process `pid`; its namespaces are compared with those of the process `other`. */
export function confinementOf(pid: number, other: number): Confinement {
  const status = processStatus(pid);
  if (status === null) throw new Error(`Cannot look at process ${pid}: there is none`);
  const hex = (name: string) => BigInt(`0x${status.get(name) ?? "0"}`);
  return {
    uid: Number(status.get("Uid")?.split(/\s+/)[1]),
    capabilities: hex("CapEff"),
    bounding: hex("CapBnd"),
    seccomp: Number(status.get("Seccomp")),
    noNewPrivileges: status.get("NoNewPrivs") === "1",
    threads: Number(status.get("Threads")),
    descriptors: descriptorsOf(pid),
    ownNamespaces: ownNamespaces(pid, other),
    root: rootOf(pid),
  };
}

function descriptorsOf(pid: number): Map<number, string> {
  const names = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => Number(name));
  return new Map(
    names.sort((a, b) => a - b).map((fd) => [fd, Deno.readLinkSync(`/proc/${pid}/fd/${fd}`)]),
  );
}

function ownNamespaces(pid: number, other: number): string[] {
  return [...Deno.readDirSync(`/proc/${pid}/ns`)]
    .map(({ name }) => name)
    .filter((name) => !name.endsWith("_for_children"))
    .filter((name) =>
      Deno.readLinkSync(`/proc/${pid}/ns/${name}`) !==
        Deno.readLinkSync(`/proc/${other}/ns/${name}`)
    )
    .sort();
}

function rootOf(pid: number): string[] | null {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/root`)].map(({ name }) => name).sort();
  } catch {
    return null;
  }
}
