import assert from "node:assert/strict";
import { DENO_VERSION } from "../../linuxkit/build/project.ts";
import { processStatus, Running } from "../../tests/support/process.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { waitUntil } from "../../tests/support/wait.ts";
import { FORBIDDEN, PERMITTED, RUNS } from "./confine_fixture.ts";

const FIXTURE = new URL("./confine_fixture.ts", import.meta.url).pathname;
/** The flags of the compiled program. */
const FLAGS = ["--allow-all", "--no-check", "--v8-flags=--single-threaded,--jitless"];

async function command(name: string): Promise<[argv: string[], env: Record<string, string>]> {
  const directory = await Deno.makeTempDir();
  return [[Deno.execPath(), "run", ...FLAGS, FIXTURE, name], { TMPDIR: directory }];
}

async function ended(name: string): Promise<string | number> {
  const [[program, ...args], env] = await command(name);
  try {
    const child = new Deno.Command(program, { args, env, stdin: "null" });
    const { code, signal, stderr } = await child.output();
    const text = new TextDecoder().decode(stderr);
    if (text !== "") console.log(text);
    return signal ?? code;
  } finally {
    await Deno.remove(env.TMPDIR, { recursive: true });
  }
}

/** What another V8 does of itself is not on the list, which is made for the runtime that is shipped. */
function testGoingOn(name: string, fn: () => Promise<void>): void {
  const ignore = Deno.version.deno !== DENO_VERSION;
  Deno.test({ name: ignore ? `${name} [skip: for Deno ${DENO_VERSION}]` : name, ignore, fn });
}

for (const [name, [, code]] of Object.entries(RUNS)) {
  testGoingOn(`the confined tender runs a guest that ${name}`, async () => {
    assert.equal(await ended(name), code);
  });
}

for (const name of Object.keys(PERMITTED)) {
  testGoingOn(`the confined tender ${name}`, async () => assert.equal(await ended(name), 0));
}

for (const name of Object.keys(FORBIDDEN)) {
  Deno.test(`the confined tender dies of SIGSYS when it ${name}`, async () => {
    assert.equal(await ended(name), "SIGSYS");
  });
}

testWith(
  ["root"],
  "the confined tender of root has neither its capabilities nor its namespaces",
  async () => {
    const [argv, env] = await command("is looked at");
    const running = new Running(argv, { env: { ...Deno.env.toObject(), ...env } });
    try {
      const status = await waitUntil("its confinement", () => {
        const found = processStatus(running.pid);
        return found?.get("Seccomp") === "2" ? found : undefined;
      });
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
        assert.match(status.get(set)!, /^0+$/, set);
      }
      assert.equal(status.get("NoNewPrivs"), "1");
      for (const name of ["mnt", "net", "ipc", "uts", "cgroup"]) {
        const link = (of: string) => Deno.readLinkSync(`/proc/${of}/ns/${name}`);
        assert.notEqual(link(`${running.pid}`), link("self"), name);
      }
    } finally {
      await running.stop();
      await Deno.remove(env.TMPDIR, { recursive: true });
    }
  },
);
