/**
 * A small Debian with systemd, for tests that boot one: made once by debootstrap(8), kept as a tar file.
 *
 * Imports no npm package, so that it runs before there are any.
 *
 * @module
 */
import { removeIfThere, withCleanup } from "../../linuxkit/build/interrupt.ts";
import { join } from "../../linuxkit/build/paths.ts";
import { cacheFolder } from "../../linuxkit/build/project.ts";

const RELEASE = "bookworm";
const INCLUDED = ["systemd", "systemd-sysv", "dbus", "systemd-resolved", "iproute2"];
/** To be raised when the same packages make another file. */
const VERSION = 1;

/**
 * $1: where it is made. $2: the mirror, or nothing. $3: packages. $4: the tar file. What is only read or
 * fetched again later is left out.
 */
const MAKE = `
set -e
debootstrap --variant=minbase --include="$3" ${RELEASE} "$1" $2
cd "$1"
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* usr/share/doc/* usr/share/locale/* usr/share/man/*
tar --numeric-owner --one-file-system -cf "$4" .
`;

/**
 * Where it is kept.
 *
 * @returns path of a tar file that may not exist yet
 */
export function debianSystemPath(): string {
  return join(cacheFolder(), `debian-${RELEASE}-${VERSION}.tar`);
}

/**
 * Makes it, unless it is there: takes about a minute, as root, and downloads 60 MB.
 *
 * @returns its path, and whether it was made just now
 * @throws Error when debootstrap fails, with its last line
 */
export async function ensureDebianSystem(): Promise<{ path: string; made: boolean }> {
  const path = debianSystemPath();
  if (isFile(path)) return { path, made: false };
  if (Deno.uid() !== 0) throw new Error("Cannot make a Debian system: not root");
  await Deno.mkdir(cacheFolder(), { recursive: true });
  const work = await Deno.makeTempDir({ dir: cacheFolder(), prefix: ".debian-" });
  let child: Deno.ChildProcess | null = null;
  await withCleanup(async (signal) => {
    if (signal !== null && child !== null) {
      child.kill("SIGKILL");
      await child.status;
    }
    removeIfThere(work);
  }, async () => {
    const tar = join(work, "system.tar");
    child = new Deno.Command("unshare", {
      // With mounts of its own, which end with it. With a pid namespace, so do its processes.
      args: [
        ...["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"],
        ...["sh", "-c", MAKE, "make", join(work, "root"), await debianMirror(), INCLUDED.join()],
        tar,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { success, stdout, stderr } = await child.output();
    if (!success) {
      const lines = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      throw new Error(`Cannot make a Debian system: ${lines.trim().split("\n").at(-1)}`);
    }
    await Deno.rename(tar, path);
  });
  return { path, made: true };
}

/** Where this machine has its own Debian packages from; nothing when they are not Debian's. */
async function debianMirror(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("apt-get", {
      args: ["indextargets", "--format", "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)"],
      stdin: "null",
      stderr: "null",
    }).output();
    const found = new TextDecoder().decode(stdout).split("\n").map((line) => line.split(" "))
      .find(([origin, codename, component]) =>
        origin === "Debian" && codename === RELEASE && component === "main"
      );
    return found?.[3] ?? "";
  } catch {
    return ""; // there is no apt-get
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
