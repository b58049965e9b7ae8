/**
 * Builds the Debian package with dpkg-deb(1): the same inputs give the same bytes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { removeIfThere, withCleanup } from "../build/interrupt.ts";
import { basename, dirname, join } from "../build/paths.ts";
import { PROJECT, readConfig } from "../build/project.ts";
import { controlText } from "./control.ts";
import { type PackageFile, packageFiles } from "./files.ts";

const SCRIPTS = ["postinst", "prerm", "postrm"];
const BLOCK = 1024;

/** What a package is made of. */
export interface PackageOptions {
  /** The executable. */
  readonly executable: string;
  /** Where the package goes. */
  readonly folder: string;
}

/** The time that all files get: $SOURCE_DATE_EPOCH, else that of the last commit, else 1980. */
export async function packageTime(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ?? "";
  if (/^[0-9]{1,10}$/.test(given)) return Number(given);
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-c", "safe.directory=*", "log", "-1", "--format=%ct"],
      cwd: PROJECT,
      stdin: "null",
      stderr: "null",
    }).output();
    if (success) return Number(new TextDecoder().decode(stdout).trim());
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // there is no git
  }
  return Date.UTC(1980, 0, 1) / 1000;
}

/** Writes a file below a folder, with the mode that it is to have whatever the umask. */
async function stage(root: string, { path, content, mode = 0o644 }: PackageFile): Promise<void> {
  const target = join(root, path);
  await makeFolder(root, dirname(path));
  if (content instanceof Uint8Array) await Deno.writeFile(target, content);
  else await Deno.copyFile(content.copyOf, target);
  await Deno.chmod(target, mode);
}

async function makeFolder(root: string, path: string): Promise<void> {
  let at = root;
  for (const name of path.split("/")) {
    at = join(at, name);
    await Deno.mkdir(at, { recursive: true });
    await Deno.chmod(at, 0o755);
  }
}

/** What the files take on disk, in KiB, as dpkg-gencontrol(1) counts it. */
async function installedKib(root: string, files: readonly PackageFile[]): Promise<number> {
  let total = 0;
  for (const { path } of files) {
    total += Math.ceil((await Deno.stat(join(root, path))).size / BLOCK);
  }
  return total;
}

async function md5sums(root: string, files: readonly PackageFile[]): Promise<string> {
  const lines: string[] = [];
  for (const { path } of files) {
    if (path.startsWith("etc/")) continue; // an administrator's
    const sum = createHash("md5").update(await Deno.readFile(join(root, path))).digest("hex");
    lines.push(`${sum}  ${path}\n`);
  }
  return lines.sort().join("");
}

async function controlFiles(root: string, files: readonly PackageFile[]): Promise<PackageFile[]> {
  const encoder = new TextEncoder();
  const file = (name: string, text: string, mode?: number): PackageFile => {
    return { path: `DEBIAN/${name}`, content: encoder.encode(text), mode };
  };
  const conffiles = files.filter(({ path }) => path.startsWith("etc/"));
  const script = (name: string) => Deno.readTextFile(join(PROJECT, `linuxkit/debian/${name}.sh`));
  return [
    file("control", controlText(readConfig().version, await installedKib(root, files))),
    file("conffiles", conffiles.map(({ path }) => `/${path}\n`).join("")),
    file("md5sums", await md5sums(root, files)),
    ...await Promise.all(SCRIPTS.map(async (name) => file(name, await script(name), 0o755))),
  ];
}

/**
 * Builds `mirage-dhcp_VERSION_amd64.deb`.
 *
 * @returns its path
 * @throws Error when dpkg-deb is missing or fails
 */
export async function buildPackage({ executable, folder }: PackageOptions): Promise<string> {
  const seconds = await packageTime();
  await Deno.mkdir(folder, { recursive: true });
  const work = await Deno.makeTempDir({ dir: folder, prefix: ".packing-" });
  return await withCleanup(() => removeIfThere(work), async () => {
    const root = join(work, "root");
    await Deno.mkdir(root);
    await Deno.chmod(root, 0o755);
    const files = await packageFiles(executable, seconds);
    for (const file of files) await stage(root, file);
    for (const file of await controlFiles(root, files)) await stage(root, file);
    const path = join(folder, `mirage-dhcp_${readConfig().version}_amd64.deb`);
    const made = join(work, basename(path));
    await dpkgDeb(root, made, seconds);
    await Deno.rename(made, path);
    return path;
  });
}

/** gzip takes a tenth of xz's time, and a third more room. */
async function dpkgDeb(root: string, output: string, seconds: number): Promise<void> {
  const { success, stderr } = await new Deno.Command("dpkg-deb", {
    args: ["--root-owner-group", "-Zgzip", "-z6", "--build", root, output],
    env: { SOURCE_DATE_EPOCH: String(seconds), LC_ALL: "C" },
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`Cannot pack: ${new TextDecoder().decode(stderr).trim()}`);
}
