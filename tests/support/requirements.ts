/**
 * What a test needs of the machine. A test whose needs are not met is skipped visibly, with the
 * reason in its name; where the machine is meant to have it (`REQUIRE_ROOT=1`, `REQUIRE_KVM=1`,
 * `REQUIRE_ALL_TIERS=1`, `REQUIRE_ALL=1` …) it fails instead.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { debianSystemPath } from "../tasks/debian_system.ts";
import { KVM_MODULES, vmKernelFolder } from "../tasks/vm_kernel.ts";

/** Something a test can need. */
export type RequirementName =
  | "root"
  | "netns"
  | "dnsmasq"
  | "capnp"
  | "executable"
  | "dhclient"
  | "udhcpc"
  | "dhcpd"
  | "kea"
  | "udhcpd"
  | "networkd"
  | "dhcrelay"
  | "promtool"
  | "kvm"
  | "mandoc"
  | "zsh"
  | "fish"
  | "binutils"
  | "strace"
  | "file"
  | "afl"
  | "runc"
  | "podman"
  | "skopeo"
  | "nspawn"
  | "dpkg"
  | "lintian"
  | "qemu"
  | "vmkernel"
  | "vmkvm";

/** What the tests in tests/tiers need; `REQUIRE_ALL_TIERS=1` requires all of it. */
const TIERS: readonly RequirementName[] = [
  "runc",
  "podman",
  "skopeo",
  "nspawn",
  "dpkg",
  "lintian",
  "qemu",
  "vmkernel",
  "vmkvm",
];

/** Whether the machine has it. */
export interface Requirement {
  /** True when it has. */
  ok: boolean;
  /** What is lacking, e.g. `not root`; empty when nothing is. */
  reason: string;
}

/** Each probe gives what is lacking, or nothing. */
const PROBES: Record<RequirementName, () => string> = {
  root: () => Deno.uid() !== 0 ? "not root" : isWholeUserNamespace() ? "" : "root of a part only",
  netns: () =>
    succeeds("unshare", "--net", ..."ip link add name a type veth peer name b".split(" "))
      ? ""
      : "no network namespaces with veth",
  dnsmasq: () => succeeds("dnsmasq", "--version") ? "" : "no dnsmasq",
  capnp: () => succeeds("capnp", "--version") ? "" : "no capnp tool",
  executable: () => isFile(executablePath()) ? "" : "no executable: run deno task build",
  dhclient: () => isOnPath("dhclient") ? "" : "no dhclient",
  udhcpc: () => isOnPath("udhcpc") ? "" : "no udhcpc",
  dhcpd: () => isOnPath("dhcpd") ? "" : "no ISC dhcpd",
  kea: () => isOnPath("kea-dhcp4") ? "" : "no kea-dhcp4",
  udhcpd: () => isOnPath("udhcpd") && isOnPath("dumpleases") ? "" : "no udhcpd",
  networkd: () => isOnPath("systemd-networkd") ? "" : "no systemd-networkd",
  dhcrelay: () => isOnPath("dhcrelay") ? "" : "no ISC dhcrelay",
  promtool: () => isOnPath("promtool") ? "" : "no promtool",
  mandoc: () => isOnPath("mandoc") ? "" : "no mandoc",
  zsh: () => isOnPath("zsh") ? "" : "no zsh",
  fish: () => isOnPath("fish") ? "" : "no fish",
  binutils: () => isOnPath("as") && isOnPath("ld") ? "" : "no binutils",
  strace: () => canTrace() ? "" : "no strace, or it may not trace",
  file: () => isOnPath("file") ? "" : "no file(1)",
  afl: () => isOnPath("afl-clang-fast") && isOnPath("wasm2c") ? "" : "no afl++, or no wabt",
  runc: () => isOnPath("runc") ? "" : "no runc",
  podman: () => isOnPath("podman") ? "" : "no podman",
  skopeo: () => isOnPath("skopeo") ? "" : "no skopeo",
  nspawn: () =>
    !isOnPath("systemd-nspawn")
      ? "no systemd-nspawn"
      : isFile(debianSystemPath())
      ? ""
      : "no Debian to boot: run deno task setup tiers",
  dpkg: () => isOnPath("dpkg-deb") ? "" : "no dpkg-deb",
  lintian: () => isOnPath("lintian") ? "" : "no lintian",
  qemu: () =>
    isOnPath("qemu-system-x86_64") && isOnPath("busybox") && isOnPath("cpio")
      ? ""
      : "no qemu-system-x86_64, busybox or cpio",
  vmkernel: () =>
    isFile(`${vmKernelFolder()}/vmlinuz`)
      ? ""
      : "no kernel for the machine: run deno task setup tiers",
  vmkvm: () =>
    isFile(`${vmKernelFolder()}/${KVM_MODULES.at(-1)}.ko`)
      ? ""
      : "no KVM for the machine: run deno task setup tiers",
  kvm: () => {
    try {
      Deno.openSync("/dev/kvm", { read: true, write: true }).close();
      return "";
    } catch {
      return "no /dev/kvm";
    }
  },
};

const known = new Map<RequirementName, Requirement>();

/**
 * Looks whether the machine has something; looks once per process.
 *
 * @param name what
 * @returns whether it has, and if not, why
 */
export function requirement(name: RequirementName): Requirement {
  let found = known.get(name);
  if (found === undefined) {
    const reason = PROBES[name]();
    known.set(name, found = { ok: reason === "", reason });
  }
  return found;
}

/**
 * Path of the executable under test: `$MIRAGE_DHCP`, else dist/mirage-dhcp.
 *
 * @returns absolute path; the file may not exist
 */
export function executablePath(): string {
  return Deno.env.get("MIRAGE_DHCP") ??
    fileURLToPath(new URL("../../dist/mirage-dhcp", import.meta.url));
}

/**
 * Where a program is that a requirement has found.
 *
 * @throws Error when it is not installed
 */
export function findProgram(command: string): string {
  const file = programFile(command);
  if (file === undefined) throw new Error(`${command} is not installed`);
  return file;
}

/** What becomes of a test. */
export interface TestPlan {
  /** `run` it, `skip` it, or `fail` because the machine was meant to have what it lacks. */
  action: "run" | "skip" | "fail";
  /** What is lacking, separated by commas; empty for `run`. */
  reason: string;
}

/**
 * Decides whether a test can run here.
 *
 * @param names what it needs
 * @param look tells whether the machine has it
 * @param env looks an environment variable up
 * @returns what becomes of it
 */
export function planTest(
  names: readonly RequirementName[],
  look: (name: RequirementName) => Requirement = requirement,
  env: (name: string) => string | undefined = (name) => Deno.env.get(name),
): TestPlan {
  const lacking = names.map((name) => ({ name, ...look(name) })).filter(({ ok }) => !ok);
  const reason = lacking.map((each) => each.reason).join(", ");
  if (lacking.length === 0) return { action: "run", reason };
  const required = env("REQUIRE_ALL") === "1" ||
    lacking.some(({ name }) =>
      env(`REQUIRE_${name.toUpperCase()}`) === "1" ||
      (TIERS.includes(name) && env("REQUIRE_ALL_TIERS") === "1")
    );
  return { action: required ? "fail" : "skip", reason };
}

/**
 * Registers a test that needs something of the machine.
 *
 * @param names what it needs
 * @param name the test's name
 * @param fn the test
 */
export function testWith(
  names: readonly RequirementName[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const { action, reason } = planTest(names);
  if (action === "run") Deno.test(name, fn);
  else if (action === "skip") Deno.test({ name: `${name} [skip: ${reason}]`, ignore: true, fn });
  else {
    Deno.test(name, () => {
      throw new Error(`Cannot run: ${reason}, which is required here`);
    });
  }
}

/** Whether every user id is mapped: in a user namespace of an ordinary user, root is not all-mighty. */
function isWholeUserNamespace(): boolean {
  try {
    return /^\s*0\s+0\s+4294967295\s*$/.test(Deno.readTextFileSync("/proc/self/uid_map"));
  } catch {
    return false;
  }
}

/** An ordinary user's PATH lacks the system programs, and everybody's the parts of systemd. */
const PATH = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd`;

function succeeds(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, {
      args,
      env: { PATH },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}

/** A container may forbid ptrace(2). */
function canTrace(): boolean {
  return succeeds("strace", "--trace=none", "--output=/dev/null", "true");
}

function isOnPath(command: string): boolean {
  return programFile(command) !== undefined;
}

function programFile(command: string): string | undefined {
  return PATH.split(":").map((folder) => `${folder}/${command}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
