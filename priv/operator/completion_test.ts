import assert from "node:assert/strict";
import { testWith } from "../../tests/support/requirements.ts";
import { OPTION_TABLE } from "../option_table.ts";
import { COMMAND_NAMES } from "./command_names.ts";
import { completionScript } from "./completion.ts";

/** Runs a shell on a script, with the completion's file as its first argument; gives the lines. */
async function shell(command: readonly string[], name: string, script: string): Promise<string[]> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, completionScript(name));
    const { code, stdout, stderr } = await new Deno.Command(command[0], {
      args: [...command.slice(1), script.replaceAll("FILE", file)],
      cwd: file.slice(0, file.lastIndexOf("/")),
      env: { HOME: "/nonexistent", XDG_CONFIG_HOME: "/nonexistent" },
      stdin: "null",
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(code, 0);
    return new TextDecoder().decode(stdout).split("\n").slice(0, -1);
  } finally {
    await Deno.remove(file);
  }
}

/** What bash offers for the last word; compopt works within a completion only. */
function bash(...words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return shell(
    ["bash", "--norc", "--noprofile", "-c"],
    "bash",
    `source FILE
    COMP_WORDS=(mirage-dhcp ${quoted}); COMP_CWORD=${words.length}
    _mirage_dhcp
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  ).then((lines) => lines.filter((line) => line !== ""));
}

Deno.test("bash completes commands, their options and their arguments", async () => {
  assert.deepEqual(await bash("st"), ["status"]);
  assert.deepEqual(await bash("re"), ["renew", "rebind", "release", "reload"]);
  const first = await bash("");
  for (const name of COMMAND_NAMES) assert.ok(first.includes(name), name);
  assert.ok(first.includes("lo"), "an interface may be managed");
  assert.deepEqual(await bash("status", "--"), ["--run-dir", "--json", "--help"]);
  assert.deepEqual(await bash("status", "l"), ["lo"]);
  assert.deepEqual(await bash("completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(await bash("help", "wat"), ["watch"]);
  assert.deepEqual(await bash("reload", ""), []);
  assert.deepEqual(await bash("--anon"), ["--anonymity"]);
  const options = await bash("--");
  for (const { name } of OPTION_TABLE) assert.ok(options.includes(`--${name}`), name);
});

Deno.test("bash completes keys and the values of options", async () => {
  assert.deepEqual(await bash("get", "lo"), ["lo/"]);
  assert.deepEqual(await bash("get", "lo/lease/t"), [
    "lo/lease/time",
    "lo/lease/t1",
    "lo/lease/t2",
  ]);
  assert.deepEqual(await bash("get", "lo/names"), ["lo/nameserver"]);
  assert.deepEqual(await bash("watch", "/daemon/ver"), ["/daemon/version"]);
  assert.deepEqual(await bash("get", "lo/se"), ["lo/search"], "nobody may read the seed");
  assert.deepEqual(await bash("status", "--run-dir", "/us"), ["/usr"]);
  assert.deepEqual(await bash("status", "--run-dir", "=", "/us"), ["/usr"]);
  assert.deepEqual(await bash("watch", "--exec", "/dev/nul"), ["/dev/null"]);
  assert.deepEqual(await bash("renew", "--timeout", ""), []);
});

Deno.test("bash runs nothing that is typed", async () => {
  for (const word of ["$(echo pwned >&2)", "`echo pwned >&2`", "'; echo pwned >&2; '"]) {
    for (const command of ["status", "get", "watch"]) {
      assert.deepEqual(await bash(command, word), []);
      await bash(command, `${word}/`);
    }
  }
});

Deno.test("bash finds no fault in its script", async () => {
  assert.deepEqual(await shell(["bash", "-c"], "bash", "bash -n FILE"), []);
});

testWith(["zsh"], "zsh finds no fault in its script, and takes it", async () => {
  assert.deepEqual(await shell(["zsh", "-fc"], "zsh", "zsh -fn FILE"), []);
  const load =
    "autoload -U compinit && compinit -D -u && source FILE && print $_comps[mirage-dhcp]";
  assert.deepEqual(await shell(["zsh", "-fc"], "zsh", load), ["_mirage_dhcp"]);
});

testWith(["fish"], "fish completes commands, options and arguments", async () => {
  assert.deepEqual(await shell(["fish", "-c"], "fish", "fish -n FILE"), []);
  const fish = (line: string) =>
    shell(["fish", "--no-config", "-c"], "fish", `source FILE; complete -C '${line}'`)
      .then((lines) => lines.map((each) => each.split("\t")[0]));
  assert.deepEqual(await fish("mirage-dhcp sta"), ["status"]);
  assert.deepEqual(await fish("mirage-dhcp status --j"), ["--json"]);
  assert.deepEqual(await fish("mirage-dhcp completion "), ["bash", "fish", "zsh"]);
  assert.deepEqual(await fish("mirage-dhcp get lo/lease/t"), [
    "lo/lease/t1",
    "lo/lease/t2",
    "lo/lease/time",
  ]);
  assert.ok((await fish("mirage-dhcp status ")).includes("lo"));
  assert.deepEqual(await fish("mirage-dhcp --anon"), ["--anonymity"]);
});
