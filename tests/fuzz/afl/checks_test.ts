import "portable";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ServiceWorld } from "../../../calf/dhcp4/testing/service_world.ts";
import { patch } from "../../../priv/bpf/testing/kernel_filter.ts";
import { testWith } from "../../support/requirements.ts";
import { corpus } from "./scenario.ts";
import { bytesOf } from "../target.ts";
import { playTrace } from "./twin.ts";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Compiles checks.c; `body` gets what it says of bytes, "" when all holds. */
async function withChecks(
  body: (check: (what: string, bytes: Uint8Array) => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const program = `${folder}/checks`;
    const sources = ["checks.c", "checks_driver.c"].map((name) => FOLDER + name);
    const args = ["-Wall", "-Wextra", "-Werror", ...sources, "-o", program];
    const made = await new Deno.Command("clang", { args }).output();
    assert.ok(made.success, new TextDecoder().decode(made.stderr));
    await body(async (what, bytes) => {
      const child = new Deno.Command(program, { args: [what], stdin: "piped", stdout: "piped" })
        .spawn();
      const writer = child.stdin.getWriter();
      await writer.write(bytes);
      await writer.close();
      const { code, stdout } = await child.output();
      assert.ok(code === 0 || code === 1, `ends with ${code}`);
      return new TextDecoder().decode(stdout);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A service from its start to a renewed lease. */
function world(): ServiceWorld {
  const made = new ServiceWorld();
  made.start(10_000);
  made.run(1800_000);
  return made;
}

testWith(
  ["afl"],
  "checks.c lets pass what the core sends, asks and says",
  () =>
    withChecks(async (check) => {
      const { sentFrames, lines } = world();
      assert.ok(sentFrames.length >= 6);
      for (const frame of sentFrames) assert.equal(await check("frame", frame), "");
      for (const line of lines) assert.equal(await check("log", bytesOf(line)), "");
    }),
);

testWith(
  ["afl"],
  "checks.c refuses frames that a calf may not send",
  () =>
    withChecks(async (check) => {
      const [discover, , ...more] = world().sentFrames;
      const arp = more.find(({ length }) => length === 42) ?? new Uint8Array(0);
      const said = async (frame: Uint8Array) => await check("frame", frame);
      const cases: [frame: Uint8Array, said: string][] = [
        [patch(discover, 11, "02"), "from our own MAC address"],
        [patch(discover, 0, "020000000001"), "to another MAC address"],
        [patch(discover, 12, "86dd"), "ARP or IPv4"],
        [patch(discover, 36, "0050"), "from a client to a server"],
        [patch(discover, 24, "0000"), "the checksum of IPv4"],
        [patch(discover, 60, "ff"), "the checksum of UDP"],
        [discover.slice(0, -1), "a DHCP message of sound length"],
        [new Uint8Array(1515), "a frame of sound length"],
        [patch(arp, 27, "02"), "ARP of our own"],
        [patch(arp, 20, "0003"), "an ARP request or reply"],
        [Uint8Array.of(...arp, 0), "ARP of the right length"],
      ];
      for (const [frame, what] of cases) assert.equal(await said(frame), what);
    }),
);

testWith(
  ["afl"],
  "checks.c refuses requests and lines that a calf may not make",
  () =>
    withChecks(async (check) => {
      const request = new Uint8Array(40);
      request.set([0, 0, 0, 0, 4], 0);
      request.set([1, 0, 0, 0, 5], 16);
      assert.equal(await check("request", request), "");
      assert.equal(
        await check("request", request.with(4, 5)),
        "one segment that fills the message",
      );
      assert.equal(await check("request", request.with(16, 0)), "a positive id");
      assert.equal(await check("request", request.with(20, 0)), "a commit or the subscription");
      assert.equal(await check("log", bytesOf("a\nb")), "printable ASCII in the log");
      assert.equal(await check("log", new Uint8Array(0)), "a line of sound length");
    }),
);

Deno.test("playTrace() takes the trace of a core that does the same, and no other", () => {
  const started = ["now 0", "start", `> ctl ${"%"}`, "now 0", "deadline 1073741824"];
  const ctl = "0000000004000000" + "0000000001000200" + "0100000005000000" + "0500000006000000" +
    "0000000000000000";
  const trace = started.map((line) => line.replace("%", ctl));
  assert.equal(playTrace(trace), 4);
  assert.throws(() => playTrace(trace.with(4, "deadline 7")), /start/);
  assert.throws(
    () => playTrace(trace.with(2, `> ctl ${ctl.replace("05", "04")}`)),
    /something else/,
  );
  assert.throws(() => playTrace(trace.toSpliced(2, 1)), /the TypeScript says more/);
  assert.throws(() => playTrace([...trace, "timer", "> log <6>x"]), /something else/);
});

Deno.test("corpus() begins with a configuration and is within what AFL++ may give", () => {
  const inputs = corpus();
  assert.ok(inputs.length > 70);
  for (const input of inputs) assert.ok(input.length >= 4 && input.length <= 8192);
});
