/**
 * The operator's commands in the compiled program: what its permissions, its one thread and its signals have to
 * do with them. What the commands say is tested beside them.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type CommandOutput,
  outputOf,
  start,
  withDirectory,
} from "../../priv/operator/testing/command.ts";
import { FakeDaemon } from "../../priv/operator/testing/fake_daemon.ts";
import { TREE } from "../../priv/operator/testing/keys_fixture.ts";
import { LineReader, until } from "../../priv/operator/testing/line_reader.ts";
import { executablePath, testWith } from "../support/requirements.ts";

const COMPILED = { program: [executablePath()] };

function run(...args: string[]): Promise<CommandOutput> {
  return outputOf(start(args, COMPILED));
}

testWith(["executable"], "every command works with the permissions of the program", async () => {
  await withDirectory(async (directory) => {
    using _daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const daemon = `--run-dir=${directory}`;
    const expected: [string[], RegExp][] = [
      [["status", daemon], /^mirage-dhcp 0\.1\.0\n[^]*\neth0 {2}BOUND\n[^]*\neth1 {2}INIT\n/],
      [["status", "--json", daemon], /"state": "BOUND"/],
      [["get", "eth0/ip", daemon], /^192\.0\.2\.7\/24\n$/],
      [["leases", daemon], /^INTERFACE .*\neth0 +192\.0\.2\.7\/24 /],
      [["keys"], /^KEY +TYPE +UNIT +MEANING\nIFACE\/mac /],
      [["help"], /^Usage: mirage-dhcp COMMAND/],
      [["help", "watch"], /^Usage: mirage-dhcp watch /],
      [["licenses"], /GNU LESSER GENERAL PUBLIC LICENSE/],
      [["man"], /\n\.TH MIRAGE\\-DHCP 8 "" "mirage\\-dhcp \d+\.\d+\.\d+"\n/],
      [["completion", "bash"], /\ncomplete -F _mirage_dhcp mirage-dhcp\n$/],
      [["completion", "zsh"], /^#compdef mirage-dhcp\n/],
      [["completion", "fish"], /\ncomplete -c mirage-dhcp -f\n/],
    ];
    for (const [args, text] of expected) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(stderr, "", args.join(" "));
      assert.match(stdout, text, args.join(" "));
      assert.equal(code, 0, args.join(" "));
    }
    for (const [request, state] of [["renew", "75"], ["reload", "75"]]) {
      const { code, stderr } = await run(request, "--timeout=1", daemon);
      assert.equal(String(code), state, stderr);
    }
  });
});

testWith(
  ["executable"],
  "status has colours on a terminal only, and not with NO_COLOR",
  async () => {
    await withDirectory(async (directory) => {
      using _daemon = new FakeDaemon(`${directory}/:control`, TREE);
      const command = `${executablePath()} status --run-dir=${directory}`;
      // script(1) gives a command a terminal.
      const onTerminal = (env: Record<string, string>) =>
        outputOf(start([], { program: ["script", "-qec", command, "/dev/null"], env }));
      const { stdout } = await onTerminal({ NO_COLOR: "" });
      assert.ok(stdout.includes("\x1b[1meth0\x1b[0m  \x1b[32mBOUND\x1b[0m"), stdout);
      assert.ok(!(await onTerminal({ NO_COLOR: "1" })).stdout.includes("\x1b"));
      assert.ok(!(await run("status", `--run-dir=${directory}`)).stdout.includes("\x1b"));
    });
  },
);

testWith(["executable"], "a command's name behind an option is an interface", async () => {
  const { code, stderr } = await run("--mode=priv", "--timeout=1", "status");
  assert.equal(code, 64);
  assert.match(stderr, /--timeout without --oneshot/);
});

testWith(["root", "executable"], "who may not use the socket is told so with 77", async () => {
  await withDirectory(async (directory) => {
    using _daemon = new FakeDaemon(`${directory}/:control`, TREE);
    await Deno.chmod(directory, 0o755);
    await Deno.chmod(`${directory}/:control`, 0o660);
    // The executable may lie where that user cannot go.
    const copy = `${directory}/mirage-dhcp`;
    await Deno.copyFile(executablePath(), copy);
    await Deno.chmod(copy, 0o755);
    const user = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");
    const call = (...args: string[]) =>
      outputOf(start([...args, `--run-dir=${directory}`], { program: [...user, copy] }));
    const { code, stderr } = await call("status");
    assert.equal(code, 77);
    assert.match(stderr, /:control: permission denied; only root and the socket's group may\n$/);
    await Deno.chmod(directory, 0o711);
    assert.equal((await call("status")).code, 77, "a directory that cannot be read");
    await Deno.chmod(directory, 0o755);
    await Deno.chmod(`${directory}/:control`, 0o666);
    assert.equal((await call("status")).code, 0);
  });
});

testWith(
  ["executable"],
  "a signal ends watch by default, and with 0 when it runs scripts",
  async () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
      await withDirectory(async (directory) => {
        using daemon = new FakeDaemon(`${directory}/:control`, TREE);
        const plain = start(["watch", `--run-dir=${directory}`], COMPILED);
        const args = ["watch", `--run-dir=${directory}`, "--exec", "/bin/echo", "an event"];
        const exec = start(args, COMPILED);
        const events = new LineReader(exec.stdout);
        assert.equal(await events.next(), "an event"); // so it takes signals
        await until(() => daemon.requests.length === 4);
        for (const child of [plain, exec]) child.kill(signal);
        assert.equal((await plain.status).signal, signal);
        assert.equal((await exec.status).code, 0);
        assert.ok((await events.rest()).every((line) => line === "an event"));
        assert.deepEqual(await new LineReader(plain.stdout).rest(), []);
        for (const { stderr } of [plain, exec]) {
          assert.deepEqual(await new LineReader(stderr).rest(), []);
        }
      });
    }
  },
);

/** Says that it runs, and ends when somebody writes into the pipe that is its argument. */
const WAITING_HOOK = '#!/bin/sh\necho "begin $interface"\nread -r _ <"$1"\necho end\n';

testWith(
  ["executable"],
  "watch --exec lets a script end on SIGTERM, not on a second one",
  async () => {
    for (const signals of [1, 2]) {
      await withDirectory(async (directory) => {
        using _daemon = new FakeDaemon(`${directory}/:control`, TREE);
        const hook = `${directory}/hook`;
        const gate = `${directory}/gate`;
        await Deno.writeTextFile(hook, WAITING_HOOK, { mode: 0o755 });
        assert.ok((await new Deno.Command("mkfifo", { args: [gate] }).output()).success);
        const args = ["watch", `--run-dir=${directory}`, "--exec", hook, gate];
        const child = start(args, COMPILED);
        const lines = new LineReader(child.stdout);
        assert.equal(await lines.next(), "begin eth0");
        const pending = (signal: number) =>
          (BigInt(`0x${/^ShdPnd:\s*(\w+)$/m.exec(status(child.pid))?.[1]}`) >> BigInt(signal - 1)) &
          1n;
        for (let i = 0; i < signals; i++) {
          child.kill("SIGTERM");
          await until(() => pending(15) === 0n); // two that are pending would be one
        }
        const open = () => Deno.writeTextFile(gate, "go\n");
        if (signals === 1) await open();
        assert.equal((await child.status).code, 0);
        if (signals === 2) await open(); // the script is there all the same
        assert.deepEqual(await lines.rest(), ["end"]);
        assert.deepEqual(await new LineReader(child.stderr).rest(), []);
      });
    }
  },
);

/** /proc/PID/status, or an end without anything pending. */
function status(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch {
    return "ShdPnd:\t0\n";
  }
}

testWith(
  ["executable"],
  "watch --exec passes values verbatim from the compiled program",
  async () => {
    await withDirectory(async (directory) => {
      const text = "$(touch pwned) `touch pwned`; '\" & | \\ ~ *";
      using _daemon = new FakeDaemon(`${directory}/:control`, {
        "/daemon/version": "0.1.0",
        "/interface/eth0/ip": "192.0.2.7/24",
        "/interface/eth0/domain": text,
      });
      const hook = `${directory}/hook`;
      const script =
        '#!/bin/sh\nprintf "%s|%s|%s\\n" "$reason" "$new_domain_name" "$new_subnet_mask"\n';
      await Deno.writeTextFile(hook, script, { mode: 0o755 });
      const child = start(["watch", `--run-dir=${directory}`, "--exec", hook], COMPILED);
      const lines = new LineReader(child.stdout);
      assert.equal(await lines.next(), "PREINIT||");
      assert.equal(await lines.next(), `BOUND|${text}|255.255.255.0`);
      child.kill("SIGTERM");
      assert.equal((await child.status).code, 0);
      assert.deepEqual(await lines.rest(), []);
      await child.stderr.cancel();
    });
  },
);
