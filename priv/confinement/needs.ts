/**
 * What priv goes on needing, as its configuration says: capabilities, files, ports.
 *
 * @module
 */

import { Capability } from "../../ffi/capabilities.ts";
import { FileRight, type PathRule } from "../../ffi/landlock.ts";
import { followLinks } from "../handlers/borrowed_file.ts";
import { DEFAULT_CONFIG, type PrivOptions } from "../options.ts";

const READ = FileRight.READ_FILE | FileRight.READ_DIR;
const REPLACE = FileRight.WRITE_FILE | FileRight.TRUNCATE | FileRight.MAKE_REG |
  FileRight.REMOVE_FILE;
const OWN = READ | REPLACE | FileRight.MAKE_DIR | FileRight.REMOVE_DIR | FileRight.MAKE_SOCK;

/** The directory that a file is in. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/**
 * The capabilities that priv keeps, of those that it has.
 *
 * @param hostName whether the host may be named
 * @returns bit n is {@link Capability} n
 */
export function neededCapabilities(hostName: boolean): bigint {
  const names: (keyof typeof Capability)[] = ["NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE"];
  if (hostName) names.push("SYS_ADMIN");
  return names.reduce((set, name) => set | 1n << BigInt(Capability[name]), 0n);
}

/** The directories that priv must be able to write to. */
export function ownDirectories({ runDir, stateDir }: PrivOptions): string[] {
  return [runDir, stateDir];
}

/** The directories of its log, its audit log and its metrics. */
function fileDirectories({ services: { log, audit, metrics } }: PrivOptions): string[] {
  return [log.file, audit.file, metrics.textfile].filter((path) => path !== null).map(directoryOf);
}

/** Where a log file can be opened, now and later. */
export function logDirectories(options: PrivOptions): string[] {
  return [...ownDirectories(options), ...fileDirectories(options)];
}

/**
 * What priv may do with files. A rule holds for what is at its path now: resolv.conf is the file, not a
 * later one of that name.
 *
 * @returns rules; some of their paths may not exist
 */
export function fileRules(options: PrivOptions): PathRule[] {
  const { resolvConf, configFile } = options;
  const rules: PathRule[] = ownDirectories(options).map((path) => ({ path, rights: OWN }));
  rules.push({ path: "/proc", rights: READ });
  // A file that is written anew by its editor is another one.
  for (const path of [configFile ?? DEFAULT_CONFIG, followLinks(configFile ?? DEFAULT_CONFIG)]) {
    rules.push({ path: directoryOf(path), rights: FileRight.READ_FILE });
  }
  if (resolvConf !== null) {
    const path = followLinks(resolvConf);
    rules.push({ path: directoryOf(path), rights: FileRight.READ_FILE });
    const rights = FileRight.READ_FILE | FileRight.WRITE_FILE | FileRight.TRUNCATE;
    rules.push({ path, rights });
  }
  for (const path of fileDirectories(options)) rules.push({ path, rights: READ | REPLACE });
  return rules;
}
