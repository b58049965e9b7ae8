/**
 * Executing a client, and finding the processes that it has become.
 *
 * @module
 */

import { descendants, isAlive, type Running } from "../support/process.ts";
import type { Client } from "./clients.ts";

/** A client that runs. */
export interface Launched {
  /** Which. */
  readonly client: Client;
  /** Its process; or the shell's that has started several. */
  readonly process: Running;
  /** When it was executed, in milliseconds since 1970. */
  readonly executedAt: number;
  /** Whether the process is only the shell. */
  readonly wrapped: boolean;
}

/**
 * The command that prints the time and becomes the client: what comes before is not the client's
 * time. It has a host name of its own, which scripts may set. Of several command lines, a shell
 * starts all at once and waits.
 */
export function launchCommand(lines: readonly (readonly string[])[]): string[] {
  const script = lines.length === 1
    ? `exec ${lines[0].map(quote).join(" ")}`
    : `${lines.map((line) => `${line.map(quote).join(" ")} &`).join("\n")}\nwait`;
  return ["unshare", "--uts", "bash", "-c", `echo "$EPOCHREALTIME"\n${script}`];
}

/** A word as a shell reads it literally. */
function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * Reads what bash's `$EPOCHREALTIME` gives; the point in it is that of the locale.
 *
 * @returns milliseconds since 1970, with three decimals
 * @throws {Error} when it is something else
 */
export function parseEpochRealtime(text: string | undefined): number {
  const match = /^(\d+)[.,](\d{6})$/.exec(text ?? "");
  if (match === null) throw new Error(`Cannot read the time ${text}: is this bash 5 or later?`);
  return Number(match[1]) * 1000 + Number(match[2]) / 1000;
}

/** The living processes of a launch, also those that have cut themselves off from their parent. */
export function processesOf(pid: number): number[] {
  const related = new Set([pid, ...descendants(pid)]);
  const hostName = namespaceOf(pid);
  if (hostName !== null && hostName !== namespaceOf(Deno.pid)) {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (/^\d+$/.test(name) && namespaceOf(Number(name)) === hostName) related.add(Number(name));
    }
  }
  return [...related].filter(isAlive);
}

/** The processes of a client itself, without the shell that may have started them. */
export function clientProcesses({ process, wrapped }: Launched): number[] {
  return processesOf(process.pid).filter((pid) => !wrapped || pid !== process.pid);
}

function namespaceOf(pid: number): string | null {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/uts`);
  } catch {
    return null;
  }
}
