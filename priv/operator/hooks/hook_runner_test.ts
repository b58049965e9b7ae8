import assert from "node:assert/strict";
import { EventLoop } from "../../event_loop.ts";
import { ExitError } from "../../exit_code.ts";
import { findScript, HookRunner, MAX_WAITING } from "./hook_runner.ts";
import type { HookEvent } from "./hook_variables.ts";

function event(more: Partial<HookEvent>): HookEvent {
  return {
    reason: "CARRIER",
    interfaceName: "eth0",
    before: new Map(),
    after: new Map(),
    pid: "",
    order: [],
    ...more,
  };
}

/** Runs events through a script until it has nothing to do; gives what it wrote and what was said of it. */
function runAll(
  script: string,
  use: (runner: HookRunner) => void,
): { readonly lines: string[]; readonly warnings: string[] } {
  const directory = Deno.makeTempDirSync();
  try {
    const path = `${directory}/hook`;
    const output = `${directory}/output`;
    Deno.writeTextFileSync(path, script, { mode: 0o755 });
    Deno.writeTextFileSync(output, "");
    const warnings: string[] = [];
    const loop = new EventLoop();
    const runner = new HookRunner({
      command: [path, output],
      loop,
      warn: (text) => warnings.push(text.replaceAll(directory, "")),
    });
    use(runner);
    let idle = false;
    runner.whenIdle(() => {
      idle = true;
      loop.stop();
    });
    if (!idle) loop.run();
    return { lines: Deno.readTextFileSync(output).split("\n").slice(0, -1), warnings };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("HookRunner runs one script at a time and in order", () => {
  const script = '#!/bin/sh\necho "begin $interface" >>"$1"\nsleep 0.02\necho end >>"$1"\n';
  const names = ["a", "b", "c", "d"];
  const { lines, warnings } = runAll(script, (runner) => {
    for (const interfaceName of names) runner.push(event({ interfaceName }));
  });
  assert.deepEqual(lines, names.flatMap((name) => [`begin ${name}`, "end"]));
  assert.deepEqual(warnings, []);
});

Deno.test("HookRunner makes one event of those of an interface when too many wait", () => {
  const script = '#!/bin/sh\necho "$interface $reason $old_ip_address $new_ip_address" >>"$1"\n';
  const last = MAX_WAITING + 20;
  const ip = (n: number) => new Map([["/ip", `192.0.2.${n}/24`]]);
  const { lines } = runAll(script, (runner) => {
    for (let n = 1; n <= last; n++) {
      runner.push(event({ reason: "RENEW", before: ip(n - 1), after: ip(n) }));
    }
    runner.push(event({ interfaceName: "eth1" }));
  });
  // One runs, MAX_WAITING wait, and what comes then is told by the last of these.
  assert.equal(lines.length, 1 + MAX_WAITING + 1);
  assert.equal(lines[0], "eth0 RENEW 192.0.2.0 192.0.2.1");
  assert.equal(lines.at(-2), `eth0 RENEW 192.0.2.${MAX_WAITING} 192.0.2.${last}`);
  assert.equal(lines.at(-1), "eth1 CARRIER  ");
});

Deno.test("HookRunner reports how a script has ended, and goes on", () => {
  const script = '#!/bin/sh\n[ "$interface" = a ] && exit 3\n[ "$interface" = b ] && kill -9 $$\n' +
    'echo "$interface" >>"$1"\n';
  const { lines, warnings } = runAll(script, (runner) => {
    for (const interfaceName of ["a", "b", "c"]) runner.push(event({ interfaceName }));
  });
  assert.deepEqual(lines, ["c"]);
  assert.deepEqual(warnings, [
    "/hook CARRIER a: ended with 3",
    "/hook CARRIER b: ended by SIGKILL",
  ]);
});

Deno.test("HookRunner reports a script that cannot be run: no shell takes its place", () => {
  const { lines, warnings } = runAll('echo hello >>"$1"\n', (runner) => {
    runner.push(event({}));
    runner.push(event({}));
  });
  assert.deepEqual(lines, []);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0], /ENOEXEC/);
});

Deno.test("HookRunner.finish() lets the script end that runs, and no other begin", () => {
  const script = '#!/bin/sh\nsleep 0.05\necho "$interface" >>"$1"\n';
  const { lines } = runAll(script, (runner) => {
    runner.push(event({ interfaceName: "a" }));
    runner.push(event({ interfaceName: "b" }));
    runner.finish(() => {});
  });
  assert.deepEqual(lines, ["a"]);
});

Deno.test("a script has /dev/null, the streams and nothing else open, and no signal blocked", () => {
  const script = '#!/bin/sh\nexec >>"$1"\nreadlink /proc/$$/fd/0\n' +
    'grep -E "^Sig(Blk|Ign)" /proc/$$/status\nexec ls /proc/self/fd\n';
  const { lines } = runAll(script, (runner) => runner.push(event({})));
  assert.equal(lines[0], "/dev/null");
  for (const line of lines.slice(1, 3)) assert.match(line, /^Sig(?:Blk|Ign):\s*0+$/);
  assert.deepEqual(lines.slice(3), ["0", "1", "2", "3"], "3 is the directory that ls reads");
});

Deno.test("findScript() looks along PATH for a name, and takes a path as it is", () => {
  assert.match(findScript("true"), /\/true$/);
  assert.equal(findScript("/bin/sh"), "/bin/sh");
  for (const name of ["no-such-program-here", "/no/such/file", "./none"]) {
    assert.throws(
      () => findScript(name),
      (error) => error instanceof ExitError && error.code === 66,
    );
  }
});
