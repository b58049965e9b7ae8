import assert from "node:assert/strict";
import { closeFd } from "../../ffi/fd.ts";
import { listenUnix, SocketType } from "../../ffi/unix_socket.ts";
import { encodeError, encodeOk } from "../kv/codec.ts";
import { encodeChanges } from "../kv/encode_changes.ts";
import { type CommandOutput, run, withDirectory } from "./testing/command.ts";
import { FakeDaemon, type Manners } from "./testing/fake_daemon.ts";
import { TREE } from "./testing/keys_fixture.ts";

const COMMANDS: readonly (readonly string[])[] = [
  ["status"],
  ["get", "eth0/ip"],
  ["watch"],
  ["watch", "--exec", "/bin/true"],
  ["renew"],
  ["reload"],
  ["leases", "--state-dir=/nonexistent"],
];

/** Puts the run directory where it belongs: behind --exec it would be the script's. */
function withRunDir([name, ...rest]: readonly string[], directory: string): string[] {
  return [name, `--run-dir=${directory}`, ...rest];
}

function assertRefused({ code, stdout, stderr }: CommandOutput, expected: number, what: RegExp) {
  assert.match(stderr, what);
  assert.match(stderr, /^mirage-dhcp: [\x20-\x7e]+\n$/, "one line");
  assert.equal(stdout, "");
  assert.equal(code, expected);
}

async function withManners(manners: Manners, expected: number, what: RegExp): Promise<void> {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    daemon.manners = manners;
    const outputs = COMMANDS.map((command) => run(...withRunDir(command, directory)));
    for (const output of await Promise.all(outputs)) assertRefused(output, expected, what);
  });
}

Deno.test("every command exits with 69 when there is no daemon", async () => {
  await withDirectory(async (directory) => {
    const missing = `${directory}/missing`;
    for (const runDir of [directory, missing]) {
      for (const command of COMMANDS) {
        const output = await run(...withRunDir(command, runDir));
        assertRefused(output, 69, /none listens in .* \(is mirage-dhcp running\?\)/);
      }
    }
  });
});

Deno.test("a socket at which nobody listens is passed over", async () => {
  await withDirectory(async (directory) => {
    closeFd(listenUnix(`${directory}/:control`, SocketType.SEQPACKET, 1));
    assertRefused(await run("status", `--run-dir=${directory}`), 69, /none listens in/);
    using _daemon = new FakeDaemon(`${directory}/:control.2`, TREE);
    const { code, stderr } = await run("status", `--run-dir=${directory}`);
    assert.equal(stderr, "");
    assert.equal(code, 0);
  });
});

Deno.test("every command exits with 75 when a daemon says nothing", async () => {
  await withManners({ kind: "silent" }, 75, /no answer within 5 s/);
});

Deno.test("every command exits with 69 when a daemon closes the connection", async () => {
  await withManners({ kind: "closing" }, 69, /closed the connection|EPIPE|ECONNRESET/);
});

Deno.test("every command exits with 69 when a daemon sends what is no message", async () => {
  const kinds: Uint8Array[] = [
    new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n\x1b[2J"),
    new Uint8Array(16_385),
    new Uint8Array(64 * 1024).fill(0xff),
    encodeOk(1, "x").slice(0, -8),
  ];
  for (const bytes of kinds) {
    await withManners({ kind: "sending", bytes }, 69, /Cannot understand the daemon/);
  }
});

Deno.test("every command exits with 75 when a daemon answers other questions", async () => {
  const [bytes] = encodeChanges(99, [{ path: "/interface/eth0/ip", text: "192.0.2.7/24" }]);
  await withManners({ kind: "sending", bytes }, 75, /no answer within 5 s/);
});

Deno.test("every command exits with 77 when a daemon turns this user away", async () => {
  const bytes = encodeError(0, "permission denied");
  await withManners({ kind: "sending", bytes }, 77, /permission denied; only root and the/);
});

Deno.test("audit exits with 77, too, and does not look for a log elsewhere", async () => {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    daemon.manners = { kind: "sending", bytes: encodeError(0, "permission denied") };
    assertRefused(await run("audit", `--run-dir=${directory}`), 77, /permission denied/);
    const elsewhere = await run("audit", `--run-dir=${directory}`, `--state-dir=${directory}`);
    assertRefused(elsewhere, 66, /There is no .*audit\.log/);
  });
});

Deno.test("every command exits with 75 when a daemon has no room", async () => {
  const bytes = encodeError(0, "too many clients");
  await withManners({ kind: "sending", bytes }, 75, /:control: too many clients$/m);
});

Deno.test("one daemon's failure costs the others' nothing but a warning", async () => {
  await withDirectory(async (directory) => {
    using bad = new FakeDaemon(`${directory}/:control`, {});
    bad.manners = { kind: "closing" };
    using _good = new FakeDaemon(`${directory}/:control.2`, TREE);
    const { code, stdout, stderr } = await run("get", "eth0/ip", `--run-dir=${directory}`);
    assert.equal(stdout, "192.0.2.7/24\n");
    assert.match(stderr, /^mirage-dhcp: Cannot talk to the daemon at .*:control: [^\n]*\n$/);
    assert.equal(code, 0);
  });
});

Deno.test("a wrong command line exits with 64 and asks nobody", async () => {
  const wrong: [string[], RegExp][] = [
    [["status", "--no-such"], /--no-such/],
    [["status", "--run-dir=relative"], /relative/],
    [["get"], /no \[IFACE\/\]KEY named/],
    [["get", "a", "b"], /too many arguments/],
    [["watch", "--exec"], /no SCRIPT/],
    [["watch", "--json", "--exec", "/bin/true"], /--json with --exec/],
    [["watch", "eth0/ip", "--exec", "/bin/true"], /single keys/],
    [["renew", "--timeout=soon"], /soon/],
    [["keys", "eth0"], /too many arguments/],
    [["completion", "tcsh"], /not one of bash, zsh, fish/],
    [["help", "nothing"], /nothing/],
  ];
  const outputs = await Promise.all(wrong.map(([args]) => run(...args)));
  outputs.forEach((output, i) => assertRefused(output, 64, wrong[i][1]));
});
