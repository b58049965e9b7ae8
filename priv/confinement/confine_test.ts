import assert from "node:assert/strict";
import { testWith } from "../../tests/support/requirements.ts";
import { FORBIDDEN, PERMITTED } from "./confine_fixture.ts";

const FIXTURE = new URL("./confine_fixture.ts", import.meta.url).pathname;
/** The flags of the compiled program. */
const FLAGS = ["--allow-all", "--no-check", "--v8-flags=--single-threaded,--jitless"];

interface Outcome {
  readonly lines: ReadonlyMap<string, string>;
  readonly signal: string | null;
}

function tryOut(what: "refuse" | "kill", ...names: readonly string[]): Promise<Outcome> {
  return tryOutBy([], what, ...names);
}

/** As {@link tryOut}, by a command that executes the program. */
async function tryOutBy(
  launcher: readonly string[],
  what: "refuse" | "kill",
  ...names: readonly string[]
): Promise<Outcome> {
  const directory = await Deno.makeTempDir();
  try {
    for (const name of ["run", "state", "etc", "log", "elsewhere"]) {
      await Deno.mkdir(`${directory}/${name}`);
    }
    for (const path of ["etc/resolv.conf", "etc/mirage.conf", "etc/passwd", "elsewhere/file"]) {
      await Deno.writeTextFile(`${directory}/${path}`, "before");
    }
    const [command, ...before] = [...launcher, Deno.execPath()];
    const { stdout, stderr, signal } = await new Deno.Command(command, {
      args: [...before, "run", ...FLAGS, FIXTURE, directory, what, ...names],
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.match(text, /^words: /, new TextDecoder().decode(stderr));
    const lines = text.trim().split("\n").map((line): [string, string] => {
      const at = line.lastIndexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)];
    });
    return { lines: new Map(lines), signal };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

testWith(["root"], "priv, once it is confined, …", async (t) => {
  const { lines } = await tryOut("refuse");
  await t.step("says what it has given up and what it keeps", () => {
    assert.match(
      lines.get("words") ?? "",
      /^no_new_privs bounding-set capabilities=net_bind_service\+net_admin\+net_raw landlock=\d+ rlimits undumpable seccomp$/,
    );
  });
  for (const name of FORBIDDEN) {
    await t.step(`is refused ${name}`, () => assert.equal(lines.get(name), "refused"));
  }
  for (const name of PERMITTED) {
    await t.step(`is allowed ${name}`, () => assert.equal(lines.get(name), "done"));
  }
  const files: Readonly<Record<string, string>> = {
    "write a result": "done",
    "make a directory of results": "done",
    "write state": "done",
    "replace state": "done",
    "remove state": "done",
    "write resolv.conf": "done",
    "write the log": "done",
    "read the configuration": "done",
    "read /proc": "done",
    "write the configuration": "EACCES",
    "write beside resolv.conf": "EACCES",
    "make a file beside resolv.conf": "EACCES",
    "remove resolv.conf": "EACCES",
    "write elsewhere": "EACCES",
    "make a file elsewhere": "EACCES",
    "remove elsewhere": "EACCES",
    "read elsewhere": "EACCES",
    "list elsewhere": "EACCES",
    "move a file out": "EACCES",
    "move a file in": "EACCES",
    "write to /proc/sys": "EACCES",
  };
  for (const [name, outcome] of Object.entries(files)) {
    await t.step(`${name}: ${outcome}`, () => assert.equal(lines.get(name), outcome));
  }
});

testWith(
  ["root"],
  "priv takes a container's bounding set for empty when it keeps all of it",
  async () => {
    const wordsWith = async (held: string): Promise<string> => {
      const sets = [`--bounding-set=-all,${held}`, `--inh-caps=-all,${held}`];
      const { lines } = await tryOutBy(["setpriv", ...sets], "refuse", "getpid");
      return lines.get("words") ?? "";
    };
    assert.match(
      await wordsWith("+net_admin,+net_raw"),
      /^no_new_privs bounding-set=net_admin\+net_raw capabilities=net_admin\+net_raw /,
    );
    assert.match(
      await wordsWith("+net_admin,+net_raw,+setgid"),
      /^no_new_privs no-bounding-set capabilities=net_admin\+net_raw /,
    );
  },
);

testWith(["root"], "priv is killed for a system call that is not on its list", async () => {
  for (const name of ["execve", "fork", "socket raw IP"]) {
    const { lines, signal } = await tryOut("kill", "getpid", name);
    assert.equal(lines.get("getpid"), "done");
    assert.equal(lines.has(name), false);
    assert.equal(signal, "SIGSYS", name);
  }
});
