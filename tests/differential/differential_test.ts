import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { KEYS, rightOf } from "../../schema/keys.ts";
import { core, EXTRA } from "./core.ts";
import { play, scripts } from "./script.ts";
import { TwinWorld } from "./twin_world.ts";
import { WasmService } from "./wasm_service.ts";

/** A world in which the core runs as plain TypeScript and as WebAssembly. */
async function twinWorld(): Promise<TwinWorld> {
  const module = await core();
  return new TwinWorld((host) => new WasmService(module, host));
}

Deno.test("the core as Wasm lives as its TypeScript does from INIT to the end of a lease", async () => {
  const world = await twinWorld();
  world.now = 0xffffffff - 5000; // the clock wraps on the way
  world.wire.dhcp.up = false;
  world.start(60_000);
  world.wire.dhcp.up = true;
  world.run(100_000);
  world.run(1800_000);
  world.wire.dhcp.up = false;
  world.run(3600_000);
  world.run(600_000);
  world.wire.dhcp.up = true;
  world.run(70_000);
  assert.deepEqual(world.states(), [
    ..."SELECTING REQUESTING BOUND RENEWING BOUND RENEWING REBINDING INIT SELECTING".split(" "),
    ..."REQUESTING BOUND".split(" "),
  ]);
});

Deno.test("the core as Wasm takes a DHCPNAK and a refusal by priv as its TypeScript does", async () => {
  const world = await twinWorld();
  world.wire.dhcp.refuses = true;
  world.start(30_000);
  world.wire.dhcp.refuses = false;
  world.run(100_000);
  world.wire.dhcp.refuses = true;
  world.run(1800_000);
  world.wire.dhcp.refuses = false;
  world.refuse = (changes) => changes.length > 2 ? "bad value for /ip: \\ \u007f" : null;
  world.run(300_000);
  world.refuse = () => null;
  world.run(300_000);
  assert.equal(world.values.get("/state"), "BOUND");
  const lines = world.lines.join("\n");
  assert.match(lines, /lost 192\.0\.2\.7: DHCPNAK/);
  assert.match(lines, /lost 192\.0\.2\.7: the lease was refused/);
});

Deno.test("the core as Wasm follows the carrier as its TypeScript does", async () => {
  const world = await twinWorld();
  world.readable.set("/link", "down");
  world.start(1000);
  for (let i = 0; i < 5; i++) {
    world.link("up");
    world.run(i * 400_000);
    world.link("down");
    world.run(i * 400_000);
  }
  world.link("up");
  world.wire.dhcp.offer = "192.0.2.8"; // another network: DHCPNAK
  world.link("down");
  world.link("up");
  world.run(10_000);
  assert.equal(world.values.get("/ip"), "192.0.2.8/24");
  assert.ok(world.states().includes("REBINDING"));
});

Deno.test("the core as Wasm repeats what is lost as its TypeScript does", async () => {
  const world = await twinWorld();
  /** Lets replies through (+) or not (-), for `ms` each. */
  const loses = (pattern: string, ms: number) => {
    for (const fate of pattern) {
      world.copies = fate === "-" ? 0 : 1;
      world.run(ms);
    }
  };
  world.copies = 0;
  world.start(0);
  loses("--+-+-++", 700);
  loses("----+", 450_000);
  world.deaf = true; // priv does not answer: the requests pile up
  world.wire.dhcp.leaseTime = 60;
  world.run(3600_000);
  world.deaf = false;
  world.run(600_000);
  assert.ok(world.states().includes("RENEWING"));
  assert.ok(world.logged(4).includes("cannot send a commit"));
});

Deno.test("the core as Wasm reads every option as its TypeScript does", async () => {
  const world = await twinWorld();
  const { dhcp } = world.wire;
  dhcp.extra = EXTRA;
  world.start(100);
  assert.equal(world.values.get("/search"), "example.org a.example.org");
  assert.equal(world.values.get("/lease/t2"), "200");
  assert.equal(world.values.get("/route/001"), "172.16.240.0/20 192.0.2.3");
  assert.equal(world.values.get("/vendor/specific"), "00ff0a");
  const stem = (path: string) => path.replace(/[0-9]+$/, "");
  const set = new Set([...world.values.keys()].map(stem));
  const writable = [...KEYS.values()].filter((key) => rightOf("calf:dhcp4", key) === "w");
  const unset = writable.map(({ path }) => stem(path)).filter((path) => !set.has(path));
  // siaddr is no option, and the others are not a server's to give.
  assert.deepEqual(unset.filter((path) => !/^\/(packets|sandbox)\//.test(path)), [
    "/boot/next-server",
  ]);
  for (const time of [0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]) {
    dhcp.leaseTime = time;
    world.link("down");
    world.link("up");
    world.toDeadline();
    assert.equal(world.values.get("/lease/time"), time === 0xffffffff ? "infinite" : `${time}`);
  }
});

/** Log lines to which some of the random scripts must lead. */
const LINES = [
  ..."INIT SELECTING REQUESTING RENEWING REBINDING INIT-REBOOT REBOOTING".split(" "),
  ..."INFORMING RELEASED".split(" "),
].map((state) => `<6>state ${state}`).concat([
  "<6>bound to ",
  "<6>renewed ",
  "<6>lost ",
  "<6>probing ",
  "<6>no IPv4 for ",
  "<6>no server: using 169.254.",
  "<6>no server: using 192.0.2.",
  "<6>not using ",
  "<4>192.0.2.7 is used by ",
  "<3>cannot use /config/",
]);

Deno.test("the core as Wasm does what its TypeScript does in any order of events", async () => {
  const module = await core();
  const seed = Math.floor(Math.random() * 0x7fffffff);
  const lines: string[] = [];
  let calls = 0;
  let events = 0;
  fc.assert(
    fc.property(scripts, (script) => {
      const world = new TwinWorld((host) => new WasmService(module, host));
      play(world, script);
      lines.push(...world.lines);
      calls += world.service.calls;
      events += script.events.length;
    }),
    { seed, numRuns: 800 },
  );
  console.log(`fast-check seed ${seed}: ${events} events, ${calls} calls`);
  // The scripts are worth playing only if they lead somewhere.
  assert.ok(events > 10_000);
  const missing = LINES.filter((line) => !lines.some((each) => each.startsWith(line)));
  assert.deepEqual(missing, []);
});
