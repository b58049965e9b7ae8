/**
 * `mirage-dhcp leases`.
 *
 * @module
 */

import { MacAddress } from "../../schema/values.ts";
import { INFINITE_SECONDS, Ipv4Cidr } from "../../schema/values.ts";
import { ExitCode, ExitError } from "../exit_code.ts";
import { readIfThere } from "../handlers/files.ts";
import { LeaseFile } from "../lease_file.ts";
import { parsePath } from "../option_values.ts";
import type { CommandLine } from "./command_line.ts";
import { DEFAULT_STATE_DIR } from "./command_table.ts";
import { askDaemons, findInterfaces, print, warn } from "./context.ts";
import { durationText, secondsText } from "./duration.ts";
import { columns } from "./layout.ts";

/** A lease as it is listed, which is also its form with `--json`. */
interface ListedLease {
  readonly interface: string;
  readonly address: string;
  /** Where the address comes from; see `/origin`. */
  readonly origin: string;
  readonly server: string | null;
  /** Seconds, 4294967295 for ever; null when nobody knows any more. */
  readonly leaseTime: number | null;
  /** Seconds, 4294967295 for ever; null when it is over. */
  readonly endsIn: number | null;
  /** It lies in the state directory, and may not be in use. */
  readonly saved: boolean;
}

function toSeconds(text: string | undefined): number | null {
  if (text === "infinite") return INFINITE_SECONDS;
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : null;
}

function liveLeases(line: CommandLine): ListedLease[] {
  return findInterfaces(askDaemons(line), line.arguments).flatMap(({ name, daemon }) => {
    const keys = daemon.snapshot.interfaces.get(name) ?? new Map<string, string>();
    const address = keys.get("/ip");
    if (address === undefined) return [];
    const time = toSeconds(keys.get("/lease/time"));
    return [{
      interface: name,
      address,
      origin: keys.get("/origin") ?? "dhcp",
      server: keys.get("/lease/server") ?? null,
      leaseTime: time,
      endsIn: time === INFINITE_SECONDS ? time : toSeconds(keys.get("/timer/expire")),
      saved: false,
    }];
  });
}

/** Whose lease a file is, as it says itself; `LeaseFile` checks all of it. */
function macOf(path: string): string {
  const bytes = readIfThere(path);
  const value: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  const mac = typeof value === "object" && value !== null && "mac" in value ? value.mac : "";
  const parsed = MacAddress.parse(typeof mac === "string" ? mac : "");
  return parsed.ok ? parsed.value : "";
}

function savedLease(stateDir: string, name: string): ListedLease[] {
  const path = `${stateDir}/${name}.lease`;
  try {
    const loaded = new LeaseFile(path, () => Math.floor(Date.now() / 1000)).load(macOf(path));
    if (loaded.lease === null) {
      warn(`${path} ignored: ${loaded.reason ?? "gone"}`);
      return [];
    }
    const { address, server, secondsLeft } = loaded.lease;
    return [{
      interface: name,
      address: Ipv4Cidr.format(address),
      origin: "dhcp",
      server,
      leaseTime: null,
      endsIn: secondsLeft,
      saved: true,
    }];
  } catch (error) {
    warn(`${path} ignored: ${error instanceof SyntaxError ? "not JSON" : String(error)}`);
    return [];
  }
}

/** What the last daemon has saved; null when there is nothing to read. */
function savedLeases(line: CommandLine): ListedLease[] | null {
  const stateDir = parsePath("state-dir", line.text("state-dir", DEFAULT_STATE_DIR));
  try {
    const names = [...Deno.readDirSync(stateDir)].map(({ name }) => name)
      .filter((name) => name.endsWith(".lease")).map((name) => name.slice(0, -".lease".length));
    const wanted = line.arguments.length === 0
      ? names.sort()
      : names.filter((name) => line.arguments.includes(name));
    return wanted.flatMap((name) => savedLease(stateDir, name));
  } catch {
    return null;
  }
}

function leases(line: CommandLine): ListedLease[] {
  try {
    return liveLeases(line);
  } catch (error) {
    if (!(error instanceof ExitError) || error.code === ExitCode.NOINPUT) throw error;
    const saved = savedLeases(line);
    if (saved === null || saved.length === 0) throw error;
    warn(`${error.message}; what follows are the leases that were saved`);
    return saved;
  }
}

function table(listed: readonly ListedLease[]): string {
  const rows = listed.map((each) => [
    each.interface,
    each.address,
    each.server ?? each.origin,
    each.leaseTime === null ? "-" : secondsText(String(each.leaseTime)),
    each.endsIn === null
      ? each.saved ? "over" : "-"
      : each.endsIn === INFINITE_SECONDS
      ? "never"
      : durationText(each.endsIn),
  ]);
  const heading = ["INTERFACE", "ADDRESS", "SERVER", "LEASE", "ENDS IN"];
  return columns([heading, ...rows]).map((row) => `${row}\n`).join("");
}

/** Runs the command. @throws {ExitError} */
export function leasesCommand(line: CommandLine): ExitCode {
  const listed = leases(line);
  print(line.has("json") ? JSON.stringify(listed, null, 2) + "\n" : table(listed));
  return ExitCode.OK;
}
