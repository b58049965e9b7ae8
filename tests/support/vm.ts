/**
 * A machine of qemu's, without any acceleration, that boots Debian's kernel and an initial ramdisk of ours. Its
 * only network is qemu's own, with a DHCP server at 10.0.2.2. There is no Landlock, as LinuxKit's kernel has none.
 *
 * @module
 */
import { PROJECT } from "../../linuxkit/build/project.ts";
import { vmKernelFolder } from "../tasks/vm_kernel.ts";
import { Running } from "./process.ts";
import { findProgram } from "./requirements.ts";

/** Where what it said last is kept. */
export const BOOT_LOG = `${PROJECT}/dist/vm-boot.log`;
const MARK = "@@ ";

/** What its serial line has said. */
export interface Boot {
  /** All of it. */
  readonly log: string;
  /** The lines of our init, without their mark. */
  readonly lines: readonly string[];
}

/**
 * Boots it, and waits until it has turned itself off.
 *
 * @param initrd path of the ramdisk
 * @param limitMs when it is killed
 * @throws Error with what it has said when it does not end in time; also in {@link BOOT_LOG}
 */
export async function boot(initrd: string, limitMs: number): Promise<Boot> {
  const machine = new Running([
    findProgram("qemu-system-x86_64"),
    // max: what this emulates all of; without KVM there is nothing to be like.
    ...["-accel", "tcg", "-cpu", "max", "-smp", "1", "-m", "512"],
    ...["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"],
    ...["-netdev", "user,id=n0", "-device", "virtio-net-pci,netdev=n0,romfile="],
    ...["-kernel", `${vmKernelFolder()}/vmlinuz`, "-initrd", initrd],
    ...["-append", "console=ttyS0 quiet panic=-1 net.ifnames=0 lsm=yama"],
  ]);
  try {
    await machine.waitForEnd(limitMs);
  } finally {
    machine.kill("SIGKILL");
    await machine.ended;
    await keepLog(machine.log);
  }
  const log = machine.log.replaceAll("\r", "");
  const lines = log.split("\n").filter((line) => line.startsWith(MARK))
    .map((line) => line.slice(MARK.length));
  return { log, lines };
}

async function keepLog(log: string): Promise<void> {
  await Deno.mkdir(`${PROJECT}/dist`, { recursive: true });
  await Deno.writeTextFile(BOOT_LOG, log.replaceAll("\r", "") + "\n");
}
