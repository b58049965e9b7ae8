import assert from "node:assert/strict";
import { problemsOf } from "../../priv/config/testing/config_text.ts";
import { run } from "../../tests/support/process.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { sha256File } from "../build/denort.ts";
import { changelogText, copyrightText } from "./control.ts";
import { buildPackage } from "./package.ts";

/** Prints what it is asked for, as the real one does, and takes no time to be packed. */
const PROGRAM = '#!/bin/sh\necho "$@"\n';

async function withPackages(body: (paths: readonly string[]) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const paths: string[] = [];
    for (const name of ["first", "second"]) {
      const folder = `${directory}/${name}`;
      await Deno.mkdir(folder);
      const executable = `${folder}/program`;
      await Deno.writeTextFile(executable, PROGRAM, { mode: name === "first" ? 0o700 : 0o755 });
      paths.push(await buildPackage({ executable, folder }));
      assert.deepEqual([...Deno.readDirSync(folder)].length, 2, "nothing else is left there");
    }
    await body(paths);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

testWith(["dpkg"], "buildPackage() makes the same bytes of the same inputs", async () => {
  await withPackages(async ([first, second]) => {
    assert.equal(await sha256File(first), await sha256File(second));
  });
});

testWith(["dpkg"], "buildPackage() packs files of root, with modes of their own", async () => {
  await withPackages(async ([path]) => {
    const lines = (await run(["dpkg-deb", "--contents", path])).trim().split("\n");
    assert.deepEqual(
      lines.filter((line) => !/^(?:drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root\/root /.test(line)),
      [],
    );
    const executables = lines.filter((line) => line.startsWith("-rwx"))
      .map((line) => line.slice(line.indexOf("./")));
    assert.deepEqual(executables, [
      "./usr/libexec/mirage-dhcp/dns",
      "./usr/libexec/mirage-dhcp/spawner",
      "./usr/sbin/mirage-dhcp",
    ]);
    assert.equal(await run(["dpkg-deb", "--info", path, "conffiles"]), "/etc/mirage-dhcp.conf\n");
    const { stdout } = await new Deno.Command("dpkg-deb", {
      args: ["--fsys-tarfile", path],
    }).output();
    assert.match(new TextDecoder().decode(stdout), /completion zsh\n/);
  });
});

Deno.test("changelogText() dates the package", () => {
  assert.match(
    changelogText("1.2.3", 86_400),
    /^mirage-dhcp \(1\.2\.3\).* {2}Fri, 02 Jan 1970 00:00:00 \+0000\n$/s,
  );
});

Deno.test("copyrightText() has our licence, and what has been collected of others", () => {
  assert.match(copyrightText("Ours\n", "Theirs\n"), /^mirage-dhcp\n\nOurs\n\nThe executable /);
  assert.match(copyrightText("Ours\n", "Theirs\n"), /\n\nTheirs\n$/);
});

Deno.test("the configuration file of the package is well-formed, and says nothing", () => {
  const text = Deno.readTextFileSync(new URL("./mirage-dhcp.conf", import.meta.url));
  assert.deepEqual(text.split("\n").filter((line) => !/^(?:#|$)/.test(line)), []);
  assert.deepEqual(problemsOf(text), []);
  // Neither is what it proposes.
  assert.deepEqual(problemsOf(text.replaceAll(/^#(?! )/gm, "")), []);
});
