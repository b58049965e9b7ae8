import assert from "node:assert/strict";
import { start, withDirectory } from "./testing/command.ts";
import { FakeDaemon } from "./testing/fake_daemon.ts";
import { BOUND, placed, TREE } from "./testing/keys_fixture.ts";
import { LineReader, until } from "./testing/line_reader.ts";

/** Prints the environment with a NUL behind each variable, and then an empty one. */
const PRINT_ENVIRONMENT = "#!/bin/sh\nenv -0\nprintf '\\0'\n";

/** What a run of {@link PRINT_ENVIRONMENT} prints. */
type Environment = ReadonlyMap<string, string>;

/** Splits what several runs have printed; a variable of the shell's own is left out. */
function environments(output: string): Environment[] {
  return output.split("\0\0").filter((run) => run !== "").map((run) =>
    new Map(
      run.split("\0").filter((each) => each !== "").map((each): [string, string] => {
        const at = each.indexOf("=");
        return [each.slice(0, at), each.slice(at + 1)];
      }).filter(([name]) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name)),
    )
  );
}

/**
 * Runs `watch --exec` on a script beside an output file, and `body` once it has subscribed; gives the runs.
 */
async function hooked(
  keys: Readonly<Record<string, string>>,
  script: string,
  body: (daemon: FakeDaemon, runs: () => Environment[], child: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, keys);
    const path = `${directory}/hook`;
    const output = `${directory}/output`;
    await Deno.writeTextFile(output, "");
    await Deno.writeTextFile(path, `${script.replace("env -0", `exec >>'${output}'\nenv -0`)}`, {
      mode: 0o755,
    });
    const child = start(["watch", `--run-dir=${directory}`, "--exec", path], {
      env: { HOME: "/nowhere", SECRET: "not for scripts" },
    });
    try {
      await body(daemon, () => environments(Deno.readTextFileSync(output)), child);
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.stderr.cancel().catch(() => {});
      await child.stdout.cancel().catch(() => {});
      await child.status;
    }
  });
}

Deno.test("watch --exec runs a script for what is there, and for each event", async () => {
  const keys = { ...TREE };
  await hooked(keys, PRINT_ENVIRONMENT, async (daemon, runs) => {
    const seen = () => runs().map((run) => `${run.get("interface")} ${run.get("reason")}`);
    await until(() => seen().length >= 5);
    assert.deepEqual(seen(), [
      "eth0 PREINIT",
      "eth0 CARRIER",
      "eth0 BOUND",
      "eth1 PREINIT",
      "eth1 NOCARRIER",
    ]);
    daemon.commit({ "/interface/eth0/state": "RENEWING" });
    daemon.commit(placed("eth0", { ...BOUND, "/lease/time": "7200" }));
    await until(() => seen().length >= 6);
    const renewed = runs()[5];
    assert.equal(renewed.get("reason"), "RENEW");
    assert.equal(renewed.get("old_dhcp_lease_time"), "3600");
    assert.equal(renewed.get("new_dhcp_lease_time"), "7200");
    assert.equal(renewed.get("interface_order"), "eth0 eth1");
    assert.equal(renewed.get("pid"), "812");
    assert.equal(renewed.get("HOME"), "/nowhere");
    assert.equal(renewed.get("SECRET"), undefined);
    daemon.commit(Object.fromEntries(
      Object.keys(placed("eth0", BOUND)).map((path) => [path, null]),
    ));
    await until(() => seen().length >= 7);
    assert.equal(seen()[6], "eth0 STOP");
    assert.equal(runs()[6].get("old_ip_address"), "192.0.2.7");
  });
});

/** What a shell, a printf or an env would make something of, in printable ASCII. */
const METACHARACTERS: readonly string[] = [
  "$(touch pwned)",
  "`touch pwned`",
  "; touch pwned;",
  "x & touch pwned & y",
  "a | tee pwned",
  "' ; touch pwned ; '",
  '" ; touch pwned ; "',
  "() { :; }; touch pwned",
  "$HOME ${PATH} $$ !! ~root * ? [a-z] {a,b}",
  "  leading, trailing and double  spaces  ",
  "\\n \\0 %s %n %x",
  "-rf --help",
  "PATH=/tmp reason=STOP",
  "<(touch pwned) >pwned 2>&1",
  "x".repeat(512),
];

Deno.test("watch --exec passes values full of metacharacters verbatim, and runs none", async () => {
  const texts: [path: string, variable: string][] = [
    ["/domain", "new_domain_name"],
    ["/hostname", "new_host_name"],
    ["/message", "new_dhcp_message"],
    ["/wpad", "new_wpad_url"],
    ["/boot/file", "new_bootfile_name"],
    ["/lease/server", "new_dhcp_server_identifier"],
    ["/search", "new_domain_search"],
    ["/lease/time", "new_dhcp_lease_time"],
  ];
  const keys: Record<string, string> = {
    "/daemon/version": "0.1.0",
    "/daemon/pid": "$(touch pwned)",
  };
  METACHARACTERS.forEach((text, i) => {
    const own = Object.fromEntries(texts.map(([path]) => [path, text]));
    Object.assign(keys, placed(`e${i}`, { "/ip": `${text}`, "/state": "BOUND", ...own }));
  });
  await hooked(keys, `${PRINT_ENVIRONMENT}`, async (_daemon, runs) => {
    const bound = () => runs().filter((run) => run.get("reason") === "BOUND");
    await until(() => bound().length >= METACHARACTERS.length);
    bound().forEach((run, i) => {
      const text = METACHARACTERS[i];
      assert.equal(run.get("interface"), `e${i}`);
      for (const [, variable] of texts) assert.equal(run.get(variable), text, variable);
      assert.equal(run.get("new_ip_address"), text.split("/")[0]);
      assert.equal(run.get("pid"), "$(touch pwned)");
      assert.equal(run.get("new_subnet_mask"), undefined, "follows from no address");
      assert.equal(run.get("PATH"), Deno.env.get("PATH"));
    });
    const here = [...Deno.readDirSync(".")].map(({ name }) => name);
    assert.ok(!here.includes("pwned"));
    const names = new Set(runs().flatMap((run) => [...run.keys()]));
    for (const name of names) {
      assert.match(name, /^(?:(?:new|old)_[a-z0-9_]+|[a-z_]+|PATH|HOME|LANG|TZ)$/);
    }
  });
});

Deno.test("watch --exec leaves out values with control characters", async () => {
  const keys = {
    "/daemon/version": "0.1.0",
    ...placed("eth0", {
      ...BOUND,
      "/domain": "a\nreason=STOP",
      "/hostname": "\x1b[2J",
      "/wpad": "a\0b",
    }),
  };
  await hooked(keys, PRINT_ENVIRONMENT, async (_daemon, runs) => {
    await until(() => runs().length >= 3);
    const run = runs()[2];
    assert.equal(run.get("reason"), "BOUND");
    assert.equal(run.get("new_ip_address"), "192.0.2.7");
    for (const name of ["new_domain_name", "new_host_name", "new_wpad_url"]) {
      assert.equal(run.get(name), undefined);
    }
  });
});

Deno.test("watch --exec makes one event of a commit that takes several messages", async () => {
  await hooked({ "/daemon/version": "0.1.0" }, PRINT_ENVIRONMENT, async (daemon, runs) => {
    const many = Object.fromEntries(
      Array.from({ length: 150 }, (_, i) => [`/later/k${i}`, "x".repeat(300)]),
    );
    daemon.commit(placed("eth0", {
      "/link": "up",
      "/ip": "192.0.2.7/24",
      "/nameserver/001": "192.0.2.2",
      ...many,
      "/nameserver/002": "192.0.2.3",
    }));
    await until(() => runs().length >= 3);
    assert.deepEqual(runs().map((run) => run.get("reason")), ["PREINIT", "CARRIER", "BOUND"]);
    assert.equal(runs()[2].get("new_domain_name_servers"), "192.0.2.2 192.0.2.3");
  });
});

Deno.test("watch --exec tells STOP and exits with 75 when the daemon ends", async () => {
  await withDirectory(async (directory) => {
    const daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const hook = `${directory}/hook`;
    await Deno.writeTextFile(hook, '#!/bin/sh\necho "$interface $reason"\n', { mode: 0o755 });
    const child = start(["watch", `--run-dir=${directory}`, "--exec", hook]);
    const lines = new LineReader(child.stdout);
    for (let i = 0; i < 5; i++) await lines.next();
    daemon[Symbol.dispose]();
    const { code } = await child.status;
    assert.deepEqual(await lines.rest(), ["eth0 STOP", "eth1 STOP"]);
    assert.match((await new LineReader(child.stderr).rest()).join(), /closed the connection/);
    assert.equal(code, 75);
  });
});

Deno.test("watch --exec IFACE runs a script for that interface only", async () => {
  await withDirectory(async (directory) => {
    using daemon = new FakeDaemon(`${directory}/:control`, TREE);
    const hook = `${directory}/hook`;
    await Deno.writeTextFile(hook, '#!/bin/sh\necho "$interface $reason $*"\nexit 5\n', {
      mode: 0o755,
    });
    const args = ["watch", `--run-dir=${directory}`, "eth1", "--exec", hook, "--json", "a b"];
    const child = start(args);
    const lines = new LineReader(child.stdout);
    assert.equal(await lines.next(), "eth1 PREINIT --json a b");
    assert.equal(await lines.next(), "eth1 NOCARRIER --json a b");
    daemon.commit({ "/interface/eth0/link": "down" });
    daemon.commit({ "/interface/eth1/link": "up" });
    assert.equal(await lines.next(), "eth1 CARRIER --json a b");
    child.kill("SIGKILL");
    await child.status;
    const [error] = await new LineReader(child.stderr).rest();
    assert.equal(error, `mirage-dhcp: ${hook} PREINIT eth1: ended with 5`);
    assert.equal(await lines.next(), null);
  });
});
