import assert from "node:assert/strict";
import { DAEMON_KEYS } from "../../schema/daemon_keys.ts";
import { DROP_REASONS } from "../../schema/drop_reasons.ts";
import { KEYS } from "../../schema/keys.ts";
import { REQUEST_RESULTS } from "../../schema/status_keys.ts";
import { CLIENT_STATES, ClientState } from "../../schema/word_values.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { METRICS, renderMetrics } from "./families.ts";
import { exampleInput } from "./input_fixture.ts";
import { SANDBOX_LAYERS } from "./interface_rows.ts";

/** The series of a metric as their labels and values. */
function series(name: string, input = exampleInput()): string[] {
  return renderMetrics(input).split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => line.slice(name.length).trim());
}

Deno.test("METRICS has each name once, with the labels that its series have", () => {
  const input = exampleInput();
  assert.equal(new Set(METRICS.map(({ name }) => name)).size, METRICS.length);
  for (const { name, type, labels, samples } of METRICS) {
    assert.match(name, /^mirage_dhcp_[a-z0-9_]+$/);
    assert.equal(type === "counter", name.endsWith("_total"), name);
    const all = samples(input);
    assert.notEqual(all.length, 0, `${name}: the example has none`);
    for (const sample of all) {
      assert.deepEqual(Object.keys(sample.labels), labels, name);
      assert.equal(typeof sample.value === "object", type === "histogram", name);
    }
    const identities = all.map((sample) => JSON.stringify(sample.labels));
    assert.equal(new Set(identities).size, identities.length, `${name}: a series twice`);
  }
});

Deno.test("METRICS names as its sources keys that there are", () => {
  for (const { name, source } of METRICS) {
    for (const [, path] of source.matchAll(/`(\/[^`]*)`/g)) {
      if (path === "/interface/…") continue;
      const keys = path.startsWith("/daemon/") ? DAEMON_KEYS : KEYS;
      const key = path.replace(/^\/daemon/, "").replace("…", "");
      assert.ok([...keys.keys()].some((each) => each.startsWith(key)), `${name}: ${path}`);
    }
  }
});

Deno.test("renderMetrics() shows the state as one series for each state", () => {
  assert.deepEqual(ClientState.accepts, `one of ${CLIENT_STATES.join(", ")}`);
  const states = series("mirage_dhcp_client_state");
  assert.equal(states.length, CLIENT_STATES.length, "none for an interface without a state");
  assert.deepEqual(states.filter((each) => each.endsWith(" 1")), [
    '{interface="eth0",state="BOUND"} 1',
  ]);
});

Deno.test("renderMetrics() tells of leases, and of interfaces that have none", () => {
  assert.deepEqual(series("mirage_dhcp_lease_bound"), [
    '{interface="eth0"} 1',
    '{interface="wlan0"} 0',
  ]);
  assert.deepEqual(series("mirage_dhcp_lease_remaining_seconds"), ['{interface="eth0"} 1800']);
  assert.deepEqual(series("mirage_dhcp_lease_duration_seconds"), ['{interface="eth0"} +Inf']);
});

Deno.test("renderMetrics() has a counter for each reason and each result", () => {
  assert.deepEqual(
    series("mirage_dhcp_packets_dropped_total"),
    DROP_REASONS.map(({ slug }) => `{interface="eth0",reason="${slug}"} 0`),
  );
  assert.deepEqual(
    series("mirage_dhcp_requests_total"),
    REQUEST_RESULTS.map((result) => `{interface="eth0",result="${result}"} 0`),
  );
});

Deno.test("renderMetrics() shows a layer of the sandbox that is missing", () => {
  const layers = series("mirage_dhcp_sandbox_layer");
  assert.equal(layers.length, SANDBOX_LAYERS.length);
  assert.deepEqual(layers.filter((each) => each.endsWith(" 0")), [
    '{interface="eth0",layer="user-ns"} 0',
  ]);
  assert.deepEqual(series("mirage_dhcp_sandbox_layer_verified"), [
    ...["seccomp", "no-new-privs", "uid"].map((layer) => `{interface="eth0",layer="${layer}"} 1`),
  ]);
});

Deno.test("renderMetrics() expects none of V8's layers of another kind of sandbox", () => {
  const { interfaces: [eth0], ...rest } = exampleInput();
  const keys = new Map(eth0.keys).set("/sandbox/kind", "hvt").set("/sandbox/layers", "kvm seccomp");
  const input = { ...rest, interfaces: [{ name: "eth0", keys }] };
  assert.deepEqual(series("mirage_dhcp_sandbox_layer", input), [
    '{interface="eth0",layer="kvm"} 1',
    '{interface="eth0",layer="seccomp"} 1',
  ]);
});

Deno.test("renderMetrics() understands what a calf says of its layers, and has none that it makes up", () => {
  const { interfaces: [eth0], ...rest } = exampleInput();
  const said = "net-ns no_new_privs landlock=7 no-ids undumpable made-up no-made-up seccomp";
  const keys = new Map(eth0.keys).set("/sandbox/layers", said);
  const layers = series("mirage_dhcp_sandbox_layer", {
    ...rest,
    interfaces: [{ name: "eth0", keys }],
  });
  const held = layers.filter((each) => each.endsWith(" 1"))
    .map((each) => /layer="([^"]*)"/.exec(each)?.[1]);
  assert.deepEqual(held, ["net-ns", "no_new_privs", "landlock", "undumpable", "seccomp"]);
  assert.equal(layers.length, SANDBOX_LAYERS.length);
});

Deno.test("SANDBOX_LAYERS are the layers that a calf tries to put up", () => {
  const source = Deno.readTextFileSync(
    new URL("../../calf/host/confine.ts", import.meta.url),
  );
  const tried = [...source.matchAll(/(?:attempts\.(?:try|must|skip)\(|^ {2}\[)"([a-z-]+)"/gm)];
  const words = new Map(
    [...source.matchAll(/^ {2}"([a-z-]+)": "([a-z_]+)",$/gm)].map((
      [, layer, word],
    ) => [layer, word]),
  );
  assert.equal(words.get("no-dump"), "undumpable");
  assert.deepEqual(
    [...new Set(tried.map(([, layer]) => words.get(layer) ?? layer))].sort(),
    [...SANDBOX_LAYERS].sort(),
  );
});

Deno.test("renderMetrics() says whether the configuration could be read, if there is a file", () => {
  const name = "mirage_dhcp_config_last_load_successful";
  const input = exampleInput();
  assert.deepEqual(series(name, input), ["0"]);
  const daemon = new Map(input.daemon);
  daemon.delete("/config/error");
  assert.deepEqual(series(name, { ...input, daemon }), ["1"]);
  daemon.delete("/config/file");
  assert.deepEqual(series(name, { ...input, daemon }), []);
});

testWith(["promtool"], "promtool finds nothing wrong with all metrics", async () => {
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(renderMetrics(exampleInput())));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assert.equal(decoder.decode(stdout) + decoder.decode(stderr), "");
  assert.equal(code, 0);
});
