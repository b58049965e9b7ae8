/**
 * The licenses of all that is in the executable, as one text that goes into it.
 *
 * @module
 */
import { LIBRARIES } from "./static/libraries.ts";
import { join } from "./paths.ts";
import { PROJECT } from "./project.ts";

/** The text's name, beside the executable and in it. */
export const LICENSES_FILE = "LICENSES.txt";

/** Packages of npm whose code is in the bundle. */
const NPM_PACKAGES = ["@logtape/logtape", "assemblyscript", "capnp-es"];
/** What the libraries' copyright files refer to. */
const COMMON_LICENSES = ["LGPL-2.1", "GPL-3", "GPL-2"];

/** A part of the text. */
interface Part {
  title: string;
  path: string;
}

function parts(documents: string, common: string): Part[] {
  const packages = [...new Set(LIBRARIES.map((library) => library.package))];
  return [
    { title: "mirage-dhcp", path: join(PROJECT, "LICENSE") },
    { title: `Deno ${Deno.version.deno}`, path: join(PROJECT, "linuxkit/licenses/deno.txt") },
    { title: "V8, which is in Deno", path: join(PROJECT, "linuxkit/licenses/v8.txt") },
    ...NPM_PACKAGES.map((name) => ({
      title: `${name} (npm)`,
      path: join(PROJECT, "node_modules", name, "LICENSE"),
    })),
    ...packages.map((name) => ({
      title: `${name} (Debian)`,
      path: join(documents, name, "copyright"),
    })),
    ...COMMON_LICENSES.map((name) => ({ title: name, path: join(common, name) })),
  ];
}

const INTRODUCTION = `\
This executable is a combined work. It consists of mirage-dhcp, of Deno's runtime, and of shared
libraries as Debian has built them, each a file of its own inside the executable, unchanged but for
one path in the dynamic linker that is left empty. Who wants to use it with other versions of these
libraries builds it anew where they are installed: deno task build, see the sources of mirage-dhcp.
Their sources are Debian's. Of what Deno is made of besides V8, mostly under the MIT and Apache-2.0
licenses, the file Cargo.lock of its version tells.
`;

/**
 * Collects the licenses.
 *
 * @param documents where Debian keeps what belongs to a package
 * @param common where Debian keeps the texts that many packages refer to
 * @returns the text
 * @throws Error that names the file that is missing
 */
export async function licenses(
  documents = "/usr/share/doc",
  common = "/usr/share/common-licenses",
): Promise<string> {
  const texts = [INTRODUCTION];
  for (const { title, path } of parts(documents, common)) {
    const text = await Deno.readTextFile(path).catch(() => {
      throw new Error(`Cannot build: the license of ${title} is not there: ${path}`);
    });
    texts.push(`${"=".repeat(80)}\n${title}\n${"=".repeat(80)}\n\n${text.trimEnd()}\n`);
  }
  return texts.join("\n");
}
