/**
 * An initial ramdisk in the manner of LinuxKit: an init that mounts what LinuxKit's does, runs the `onboot`
 * containers one after the other with runc, starts the `services`, tells by lines what it sees, and shuts down.
 *
 * @module
 */
import { KERNEL_MODULES, vmKernelFolder } from "../tasks/vm_kernel.ts";
import { linuxkitContainer, type LinuxkitEntry } from "./linuxkit.ts";
import type { UnpackedImage } from "./oci_image.ts";
import { run } from "./process.ts";
import { findProgram } from "./requirements.ts";

/** A container of the machine. */
export interface VmContainer {
  /** Its entry. */
  readonly entry: LinuxkitEntry;
  /** Its image. */
  readonly image: UnpackedImage;
}

/** What the machine runs. */
export interface VmContents {
  /** To their ends, in sequence. */
  readonly onboot: readonly VmContainer[];
  /** At the same time. */
  readonly services: readonly VmContainer[];
  /**
   * Shell commands that run beside the services, which get SIGTERM afterwards. `until_there PATTERN FILE` waits;
   * what a service says is in /run/log.NAME; `say` prints a line.
   */
  readonly inspect: string;
}

/**
 * The ramdisk cannot be left by pivot_root(2), which runc uses: all of it moves to a tmpfs, as LinuxKit's init
 * does it. /init stays, because switch_root wants to see it.
 */
const MOVE = `#!/bin/sh
/bin/busybox mkdir /newroot
/bin/busybox mount -t tmpfs -o size=80% tmpfs /newroot
/bin/busybox cp -a /bin /newroot/bin
for each in /*; do
  case $each in /bin | /init | /newroot) ;; *) /newroot/bin/busybox mv $each /newroot ;; esac
done
exec /newroot/bin/busybox switch_root /newroot /start
`;

/** The order of LinuxKit's init: mounts, devices, loopback, host name, resolv.conf, containers. */
const START = `#!/bin/sh
export PATH=/bin
mount -t proc -o nodev,nosuid,noexec proc /proc
mount -t tmpfs -o nodev,nosuid,noexec,mode=755 tmpfs /run
mount -t tmpfs -o nodev,nosuid,noexec,mode=755 tmpfs /var
mkdir -p /var/lib /var/log
ln -s /run /var/run
mount -t devtmpfs dev /dev
mkdir -p /dev/pts && mount -t devpts devpts /dev/pts
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for module in ${KERNEL_MODULES.join(" ")}; do
  [ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
mount -o remount,ro /
mount --make-rshared /
ip link set lo up
hostname "linuxkit-$(tr -d : < /sys/class/net/eth0/address)"
mkdir -p /run/resolvconf
(umask 077; : > /run/resolvconf/resolv.conf)
say() { echo "@@ $*"; }
say "booted: $(uname -r), $(hostname), resolv.conf $(stat -c '%i %a' /run/resolvconf/resolv.conf)"
for bundle in /containers/onboot/*; do
  [ ! -e $bundle/mkdir ] || mkdir -p $(cat $bundle/mkdir)
  say "onboot \${bundle##*/} begins"
  runc run --bundle $bundle \${bundle##*/} < /dev/null > /run/log 2>&1
  code=$?
  sed 's/^/@@ log: /' /run/log
  say "onboot \${bundle##*/} ended: $code"
done
for bundle in /containers/services/*; do
  [ ! -e $bundle/mkdir ] || mkdir -p $(cat $bundle/mkdir)
  say "service \${bundle##*/} begins"
  runc run --bundle $bundle \${bundle##*/} < /dev/null 2>&1 | tee /run/log.\${bundle##*/} |
    sed "s/^/@@ \${bundle##*/}: /" &
done
until_there() {
  tries=0
  until grep -qs "$1" "$2" || [ $tries = 600 ]; do sleep 0.2; tries=$((tries + 1)); done
}
. /inspect
kill -TERM -1
tries=0
while [ -n "$(pidof runc)" ] && [ $tries != 300 ]; do sleep 0.1; tries=$((tries + 1)); done
say "left $(pidof runc | wc -w)"
say done
poweroff -f
`;

/** Copies a program with the libraries that it names, where the loader looks for them. */
async function copyProgram(tree: string, from: string, to: string): Promise<void> {
  await Deno.copyFile(from, `${tree}${to}`);
  const text = await run(["ldd", from]);
  for (const [, path] of text.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) {
    await Deno.mkdir(`${tree}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    await Deno.copyFile(path, `${tree}${path}`);
  }
}

/** Copies busybox with all of its names. */
export async function copyBusybox(folder: string): Promise<void> {
  const busybox = findProgram("busybox");
  await Deno.copyFile(busybox, `${folder}/busybox`);
  const names = (await run([busybox, "--list"])).trim().split("\n");
  for (const name of names.filter((name) => name !== "busybox")) {
    await Deno.symlink("busybox", `${folder}/${name}`);
  }
}

/** Adds root directories, each once, whichever containers have it. */
class Roots {
  readonly #tree: string;
  readonly #paths = new Map<string, string>();

  constructor(tree: string) {
    this.#tree = tree;
  }

  /** Path of an image's root directory within the ramdisk. */
  async add({ root }: UnpackedImage): Promise<string> {
    const known = this.#paths.get(root);
    if (known !== undefined) return known;
    const path = `/images/${this.#paths.size}`;
    this.#paths.set(root, path);
    await run(["cp", "--archive", root, this.#tree + path]);
    return path;
  }
}

async function addContainer(
  folder: string,
  { entry, image }: VmContainer,
  root: string,
): Promise<void> {
  await Deno.mkdir(folder);
  const { spec, mkdir } = linuxkitContainer(image.settings, entry, root);
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(spec));
  if (mkdir.length > 0) await Deno.writeTextFile(`${folder}/mkdir`, mkdir.join(" "));
}

async function script(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, 0o755);
}

/**
 * Makes the ramdisk.
 *
 * @param folder an empty folder for what goes into it
 * @returns path of the archive (cpio, "newc"), uncompressed
 */
export async function makeInitrd(folder: string, contents: VmContents): Promise<string> {
  const tree = `${folder}/tree`;
  const directories = ["bin", "dev", "etc", "modules", "proc", "run", "sys", "tmp", "var"];
  for (const name of [...directories, "containers/onboot", "containers/services", "images"]) {
    await Deno.mkdir(`${tree}/${name}`, { recursive: true });
  }
  await copyProgram(tree, findProgram("runc"), "/bin/runc");
  await copyBusybox(`${tree}/bin`);
  await Deno.symlink("/run/resolvconf/resolv.conf", `${tree}/etc/resolv.conf`);
  for (const { name } of Deno.readDirSync(vmKernelFolder())) {
    if (!name.endsWith(".ko")) continue;
    await Deno.copyFile(`${vmKernelFolder()}/${name}`, `${tree}/modules/${name}`);
  }
  const roots = new Roots(tree);
  for (const section of ["onboot", "services"] as const) {
    for (const container of contents[section]) {
      const path = `${tree}/containers/${section}/${container.entry.name}`;
      await addContainer(path, container, await roots.add(container.image));
    }
  }
  await script(`${tree}/init`, MOVE);
  await script(`${tree}/start`, START);
  await script(`${tree}/inspect`, contents.inspect);
  return await packInitrd(tree, `${folder}/initrd`);
}

/**
 * Packs a tree into a ramdisk.
 *
 * @param tree the folder that becomes the root
 * @param archive where to
 * @returns `archive` (cpio, "newc"), uncompressed
 */
export async function packInitrd(tree: string, archive: string): Promise<string> {
  const pack = `cd "$1" && find . | cpio --quiet --create --format=newc --owner=+0:+0 > "$2"`;
  await run(["sh", "-ec", pack, "sh", tree, archive]);
  return archive;
}

/**
 * An image of busybox, for services that look at what others have configured.
 *
 * @param folder an empty folder for its root directory
 */
export async function busyboxImage(folder: string): Promise<UnpackedImage> {
  for (const name of ["bin", "dev", "etc", "proc", "sys"]) await Deno.mkdir(`${folder}/${name}`);
  await copyBusybox(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/etc/resolv.conf`, "");
  const settings = { Env: ["PATH=/bin"], Cmd: ["/bin/sh"], WorkingDir: "/", Labels: {} };
  return { root: folder, settings };
}
