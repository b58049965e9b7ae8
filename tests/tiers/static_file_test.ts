/**
 * The executable needs nothing on disk: one file in an empty, read-only root with /proc is enough.
 *
 * @module
 */

import assert from "node:assert/strict";
import { ElfFile, SegmentType } from "../../linuxkit/build/static/elf.ts";
import { LIBRARIES, LINKER } from "../../linuxkit/build/static/libraries.ts";
import { withDaemonBy } from "../support/daemon.ts";
import { startDnsmasq } from "../support/dnsmasq.ts";
import { withNetwork } from "../support/network.ts";
import { isAlive, type Output, output, signalProcess } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";
import { waitUntil } from "../support/wait.ts";

/**
 * Makes a root with /mirage-dhcp and /proc in it and nothing else, and executes there what follows the
 * word after $3. $1: the executable, $2: a directory that is to be there, too, at the same path, and
 * with its folder `etc` as /etc, or nothing; $3: `proc`, or nothing to be without /proc.
 */
const EMPTY_ROOT = `
set -e
umask 022
root=/mnt
mount -t tmpfs -o mode=755 tmpfs "$root"
touch "$root/mirage-dhcp"
mount --bind "$1" "$root/mirage-dhcp"
mkdir "$root/proc"
if [ -n "$3" ]; then mount -t proc proc "$root/proc"; fi
if [ -n "$2" ]; then
  mkdir -p "$root/$2"
  mount --bind "$2" "$root/$2"
  if [ -e "$2/etc" ]; then mkdir "$root/etc"; mount --bind "$2/etc" "$root/etc"; fi
fi
mount -o remount,ro "$root"
shift 4
exec chroot "$root" /mirage-dhcp "$@"
`;

function emptyRoot(directory: string, proc: "proc" | ""): string[] {
  const shell = ["sh", "-c", EMPTY_ROOT, "root", executablePath(), directory, proc];
  return ["unshare", "--mount", "--ipc", "--cgroup", "--propagation", "private", ...shell];
}

function version(...launcher: string[]): Promise<Output> {
  return output([...launcher, executablePath(), "--version"]);
}

testWith(["executable"], "the executable is linked with nothing", async () => {
  const file = new ElfFile("mirage-dhcp", await Deno.readFile(executablePath()));
  assert.deepEqual(file.segments(SegmentType.INTERP), []);
  assert.deepEqual(file.segments(SegmentType.DYNAMIC), []);
  const { code, stderr } = await output(["ldd", executablePath()]);
  assert.match(stderr, /not a dynamic executable/);
  assert.equal(code, 1);
});

testWith(["executable", "file"], "file(1) calls the executable statically linked", async () => {
  assert.match((await output(["file", executablePath()])).stdout, /, statically linked,/);
});

testWith(["root", "executable"], "the executable runs in an empty root", async () => {
  const { code, stdout, stderr } = await version(...emptyRoot("", "proc"));
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^mirage-dhcp \d/);
});

testWith(["root", "executable"], "the executable says that it needs /proc", async () => {
  const { code, stdout, stderr } = await version(...emptyRoot("", ""));
  assert.equal(stderr, "mirage-dhcp: Cannot start: /proc is not there, or closed\n");
  assert.deepEqual([code, stdout], [69, ""]);
});

testWith(["executable"], "the executable says that it needs descriptors", async () => {
  const few = await version("sh", "-c", 'ulimit -n 63; exec "$@"', "sh");
  assert.match(few.stderr, /^mirage-dhcp: Cannot start: too few file descriptors .*\n$/);
  assert.equal(few.code, 71);
  assert.equal((await version("sh", "-c", 'ulimit -n 64; exec "$@"', "sh")).code, 0);
});

testWith(["executable"], "the executable says that it needs large files", async () => {
  const small = await version("sh", "-c", 'ulimit -f 100; exec "$@"', "sh");
  assert.equal(
    small.stderr,
    "mirage-dhcp: Cannot start: files may not be large enough (see ulimit -f)\n",
  );
  assert.equal(small.code, 71);
});

testWith(["executable", "strace"], "the executable says that it needs memory files", async () => {
  const inject = (fault: string) => version("strace", "--output=/dev/null", `--inject=${fault}`);
  for (const errno of ["EPERM", "ENOSYS", "EACCES", "EINVAL"]) {
    const { code, stderr } = await inject(`memfd_create:error=${errno}`);
    assert.equal(stderr, "mirage-dhcp: Cannot start: memfd_create(2) is refused here\n", errno);
    assert.equal(code, 69);
  }
  // Linux before 6.3 does not know MFD_NOEXEC_SEAL.
  assert.equal((await inject("memfd_create:error=EINVAL:when=1")).code, 0);
  // A limit that the kernel does not tell is none.
  assert.equal((await inject("getrlimit:error=EPERM")).code, 0);
  const late = await inject(`memfd_create:error=EMFILE:when=${LIBRARIES.length}`);
  assert.match(late.stderr, /too few file descriptors/);
  const full = await inject("write:error=ENOSPC:when=3");
  assert.equal(full.stderr, "mirage-dhcp: Cannot start: no memory for the libraries it carries\n");
  assert.equal(full.code, 71);
});

testWith(
  ["root", "netns", "executable", "dnsmasq"],
  "in an empty root the daemon takes a lease, and starts calves after it has confined itself",
  () =>
    withNetwork(async (network) => {
      await startDnsmasq(network);
      // No file chooses libraries, either.
      await Deno.mkdir(`${network.directory}/etc`);
      await Deno.writeTextFile(`${network.directory}/etc/ld.so.preload`, "/absent.so\n");
      await withDaemonBy(network, emptyRoot(network.directory, "proc"), async (daemon) => {
        await daemon.waitForLease();
        assert.match(daemon.process.log, /confined: /);
        assert.doesNotMatch(daemon.process.log, /absent/);
        const first = await daemon.calf();
        signalProcess(first, "SIGKILL");
        await waitUntil("another calf with a lease", async () => {
          daemon.assertRunning();
          if (isAlive(first) || daemon.file("state") !== "BOUND") return false;
          return await daemon.calf() !== first;
        }, { explain: () => daemon.process.log });
        assert.equal(await network.addressText(), "192.0.2.7/24");
        for (const pid of [daemon.process.pid, await daemon.calf()]) assertLinkedInMemory(pid);
      }, "--resolv-conf=none");
    }),
);

testWith(
  ["netns", "executable", "dnsmasq"],
  "the environment chooses no library, and is as it was for those who come later",
  () =>
    withNetwork(async (network) => {
      await startDnsmasq(network);
      const variables = ["LD_PRELOAD=/absent.so", "LD_LIBRARY_PATH=/", "LD_AUDIT=/absent.so"];
      await withDaemonBy(network, ["env", ...variables], async (daemon) => {
        await daemon.waitForLease();
        assert.doesNotMatch(daemon.process.log, /absent/);
        assertLinkedInMemory(daemon.process.pid);
        const environment = Deno.readTextFileSync(`/proc/${daemon.process.pid}/environ`);
        for (const variable of variables) assert.ok(environment.split("\0").includes(variable));
      });
    }),
);

/** What a process has mapped is this executable and the libraries in it, none of which is still open. */
function assertLinkedInMemory(pid: number): void {
  const libraries = LIBRARIES.map(({ soname }) => `/memfd:${soname} (deleted)`);
  const maps = Deno.readTextFileSync(`/proc/${pid}/maps`).split("\n");
  const mapped = new Set(maps.map((line) => line.slice(73)).filter((path) => path.startsWith("/")));
  for (const library of libraries) assert.ok(mapped.delete(library), `${library} is mapped`);
  const [executable, ...others] = [...mapped].filter((path) => !path.startsWith("/memfd:"));
  assert.match(executable, /mirage-dhcp$/);
  assert.deepEqual(others, []);
  assert.ok(![...mapped].some((path) => path.includes(LINKER.soname)));
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    const target = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
    assert.ok(!libraries.includes(target), target);
  }
}
