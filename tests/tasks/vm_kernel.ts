/**
 * The kernel of the test's machine: taken out of the package that Debian's linux-image-cloud-amd64 depends on,
 * into the cache folder. Nothing is installed.
 *
 * @module
 */
import { removeIfThere, withCleanup } from "../../linuxkit/build/interrupt.ts";
import { join } from "../../linuxkit/build/paths.ts";
import { cacheFolder } from "../../linuxkit/build/project.ts";

const META_PACKAGE = "linux-image-cloud-amd64";

/** What virtio-net on PCI needs, in an order in which each finds what it uses. */
export const KERNEL_MODULES: readonly string[] = [
  "virtio",
  "virtio_ring",
  "virtio_pci_legacy_dev",
  "virtio_pci_modern_dev",
  "virtio_pci",
  "failover",
  "net_failover",
  "virtio_net",
];

/** What a tap interface needs, and KVM on a processor of AMD's needs, which qemu can emulate, in such an order, too. */
export const KVM_MODULES: readonly string[] = ["tun", "irqbypass", "kvm", "kvm-amd"];

/**
 * Where the kernel is.
 *
 * @returns a folder that holds `vmlinuz` and `MODULE.ko` for each module; it may not exist
 */
export function vmKernelFolder(): string {
  return join(cacheFolder(), "vm-kernel");
}

/** Runs a command that must succeed, and gives its output. */
async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${text.decode(stderr).trim()}`);
}

/** Name of the package with the kernel itself. */
async function kernelPackage(): Promise<string> {
  const text = await run("apt-cache", ["show", META_PACKAGE]);
  const name = /^Depends:.*\b(linux-image-[a-z0-9.+-]+-cloud-amd64)\b/m.exec(text)?.[1];
  if (name === undefined) throw new Error(`Cannot find the kernel that ${META_PACKAGE} means`);
  return name;
}

async function download(folder: string): Promise<void> {
  // As root, apt would complain that its own user cannot write there.
  const args = ["--quiet", "-o", "APT::Sandbox::User=root", "download"];
  await run("apt-get", [...args, await kernelPackage()], folder);
}

function findFiles(folder: string, names: ReadonlySet<string>): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? findFiles(path, names) : names.has(name) ? [path] : [];
  });
}

async function extract(folder: string, target: string): Promise<void> {
  const [file] = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".deb"));
  const tree = join(folder, "tree");
  await run("dpkg-deb", ["--extract", join(folder, file.name), tree]);
  await Deno.mkdir(target);
  const [kernel] = [...Deno.readDirSync(join(tree, "boot"))]
    .filter(({ name }) => name.startsWith("vmlinuz-"));
  await Deno.rename(join(tree, "boot", kernel.name), join(target, "vmlinuz"));
  const names = [...KERNEL_MODULES, ...KVM_MODULES].map((name) => `${name}.ko`);
  const found = findFiles(join(tree, "lib/modules"), new Set(names));
  // What a kernel has built in has no file.
  for (const path of found) await Deno.rename(path, join(target, path.split("/").at(-1)!));
}

/**
 * Fetches the kernel unless it is there.
 *
 * @returns whether it had to be fetched
 * @throws Error when apt-get cannot get it
 */
export async function ensureVmKernel(): Promise<boolean> {
  const target = vmKernelFolder();
  const found = await Promise.all(
    ["vmlinuz", `${KVM_MODULES.at(-1)}.ko`].map((name) =>
      Deno.stat(join(target, name)).then(() => true, () => false)
    ),
  );
  if (found.every((each) => each)) return false;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const scratch = await Deno.makeTempDir({ dir: cacheFolder(), prefix: "vm-kernel-" });
  await withCleanup(() => removeIfThere(scratch), async () => {
    try {
      await download(scratch);
    } catch {
      await run("apt-get", ["--quiet", "update"]);
      await download(scratch);
    }
    await extract(scratch, join(scratch, "kernel"));
    removeIfThere(target);
    await Deno.rename(join(scratch, "kernel"), target);
  });
  return true;
}
