/**
 * A Debian that is booted by systemd-nspawn(1) in namespaces of its own: nothing of it, neither its
 * interface nor its files, is seen on the machine, and it ends with the test.
 *
 * @module
 */

import { debianSystemPath } from "../tasks/debian_system.ts";
import { assertMachineUnchanged, machineState } from "./machine.ts";
import { Namespace } from "./namespace.ts";
import { descendants, type Output, output, processArguments, run, Running } from "./process.ts";
import { waitUntil } from "./wait.ts";

/** Its only interface, one end of a cable. */
export const MACHINE_INTERFACE = "host0";
/** The other end, in the namespaces around it. */
export const MACHINE_PORT = "ve-debian";

const BOOT_MS = 60_000;
const STOP_MS = 20_000;

const ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "NO_COLOR=1", "PAGER=cat"];

/** nspawn leaves the empty control groups that it has made below that of whoever runs it. */
function removeControlGroups(): void {
  for (const line of Deno.readTextFileSync("/proc/self/cgroup").trim().split("\n")) {
    const [, controllers, path] = line.split(":");
    const names = controllers === "" ? ["unified", ""] : [controllers.replace("name=", "")];
    for (const name of names) {
      for (const group of ["payload", "supervisor"]) {
        removeEmptyFolders(`/sys/fs/cgroup/${name}/${path}/${group}`);
      }
    }
  }
}

/** What is not there, or not empty, stays. */
function removeEmptyFolders(path: string): void {
  try {
    for (const { name, isDirectory } of Deno.readDirSync(path)) {
      if (isDirectory) removeEmptyFolders(`${path}/${name}`);
    }
    Deno.removeSync(path);
  } catch {
    // Another test's, or in use.
  }
}

/** A Debian that runs. */
export class DebianMachine {
  /** The namespaces around it, where a DHCP server may run. */
  readonly server: Namespace;
  /** For files of the test. */
  readonly directory: string;
  readonly #boot: Running;
  /** Its process 1, as the machine outside numbers it. */
  readonly #init: number;

  private constructor(server: Namespace, directory: string, boot: Running, init: number) {
    this.server = server;
    this.directory = directory;
    this.#boot = boot;
    this.#init = init;
  }

  /** Boots one, whose files are below `directory`. */
  static async boot(directory: string): Promise<DebianMachine> {
    const root = `${directory}/root`;
    await Deno.mkdir(root, { mode: 0o755 });
    await run(["tar", "--numeric-owner", "-xf", debianSystemPath(), "-C", root]);
    const server = await Namespace.create();
    try {
      const boot = server.start([
        ...["systemd-nspawn", "--quiet", `--directory=${root}`, "--machine=debian", "--boot"],
        ...["--register=no", "--keep-unit", "--network-veth", "--resolv-conf=off"],
        // Which nspawn would refuse.
        "--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self",
        "--console=pipe",
      ]);
      const init = await waitUntil("process 1 of Debian", () => {
        if (boot.exitCode !== null) throw new Error(`systemd-nspawn has ended:\n${boot.log}`);
        return descendants(boot.pid).find((pid) =>
          /\/systemd$/.test(processArguments(pid)[0] ?? "")
        );
      }, { timeoutMs: BOOT_MS, intervalMs: 100, explain: () => boot.log });
      const machine = new DebianMachine(server, directory, boot, init);
      await waitUntil("Debian to be up", async () => {
        const { stdout } = await machine.output("systemctl", "is-system-running");
        return /^(?:running|degraded)$/m.test(stdout);
      }, { timeoutMs: BOOT_MS, intervalMs: 200, explain: () => boot.log });
      await server.run("ip", "link", "set", MACHINE_PORT, "up");
      return machine;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Adds an interface, joined with a port in the namespaces around it. */
  async addInterface(name: string, port: string): Promise<void> {
    await this.server.run(
      ...["ip", "link", "add", port, "type", "veth", "peer", "name", name],
      ...["netns", String(this.#init)],
    );
    await this.server.run("ip", "link", "set", port, "up");
  }

  /** The file outside that is at a path inside. */
  file(path: string): string {
    return `${this.directory}/root${path}`;
  }

  /** Runs a command inside to its end, whatever its exit code. */
  output(...argv: string[]): Promise<Output> {
    return output(this.#command(argv));
  }

  /** Runs a command inside that must succeed; gives its standard output. */
  run(...argv: string[]): Promise<string> {
    return run(this.#command(argv));
  }

  /** A property of a unit (systemctl(1), `show`). */
  async property(unit: string, name: string): Promise<string> {
    return (await this.run("systemctl", "show", "--value", `--property=${name}`, unit)).trim();
  }

  /** Waits until a property of a unit has a value. */
  async waitForProperty(unit: string, name: string, value: string | RegExp): Promise<void> {
    await waitUntil(`${name} of ${unit} to be ${value}`, async () => {
      const found = await this.property(unit, name);
      return typeof value === "string" ? found === value : value.test(found);
    }, { timeoutMs: 30_000, intervalMs: 100, explain: () => this.journal() });
  }

  /** Its journal, as text. */
  async journal(...args: string[]): Promise<string> {
    return (await this.output("journalctl", "--no-pager", "--quiet", ...args)).stdout;
  }

  /** Shuts it down, and takes everything away. */
  async close(): Promise<void> {
    this.#boot.kill("SIGTERM"); // an orderly poweroff
    await this.#boot.waitForEnd(STOP_MS).catch(() => {});
    await this.server.close();
    removeControlGroups();
  }

  #command(argv: readonly string[]): string[] {
    return [
      ...["nsenter", `--target=${this.#init}`, "--all", "--"],
      ...["env", "-i", ...ENVIRONMENT, ...argv],
    ];
  }
}

/** Boots a Debian, runs `body` with it, and takes it away, also when `body` fails. */
export async function withDebian(body: (machine: DebianMachine) => Promise<void>): Promise<void> {
  const before = await machineState();
  const directory = await Deno.makeTempDir({ prefix: "mirage-dhcp-debian-" });
  try {
    await Deno.chmod(directory, 0o755);
    const machine = await DebianMachine.boot(directory);
    try {
      await body(machine);
    } catch (error) {
      console.error(`--- journal\n${await machine.journal("-n", "60")}\n---`);
      throw error;
    } finally {
      await machine.close();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
    await assertMachineUnchanged(before);
  }
}
