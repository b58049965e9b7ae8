import assert from "node:assert/strict";
import fc from "fast-check";
import { exposition, type Family, type Sample } from "./exposition.ts";

Deno.test("exposition() writes help, type and each series", () => {
  const families: Family[] = [
    {
      name: "frames_total",
      type: "counter",
      help: "Frames.",
      samples: [
        { labels: { interface: "eth0", reason: "vlan" }, value: 3 },
        { labels: {}, value: 9007199254740991 },
      ],
    },
    { name: "left_seconds", type: "gauge", help: "Left.", samples: [{ labels: {}, value: 0.5 }] },
    { name: "absent", type: "gauge", help: "Without series.", samples: [] },
  ];
  assert.equal(
    exposition(families),
    `# HELP frames_total Frames.
# TYPE frames_total counter
frames_total{interface="eth0",reason="vlan"} 3
frames_total 9007199254740991
# HELP left_seconds Left.
# TYPE left_seconds gauge
left_seconds 0.5
`,
  );
});

Deno.test("exposition() adds the buckets of a histogram up", () => {
  const value = { bounds: [0.1, 1], counts: [2, 0, 3], sum: 12.25 };
  const samples = [{ labels: { handler: "mtu" }, value }];
  assert.equal(
    exposition([{ name: "x_seconds", type: "histogram", help: "X.", samples }]),
    `# HELP x_seconds X.
# TYPE x_seconds histogram
x_seconds_bucket{handler="mtu",le="0.1"} 2
x_seconds_bucket{handler="mtu",le="1"} 2
x_seconds_bucket{handler="mtu",le="+Inf"} 5
x_seconds_sum{handler="mtu"} 12.25
x_seconds_count{handler="mtu"} 5
`,
  );
});

Deno.test("exposition() writes numbers as Go reads them", () => {
  const samples = [Infinity, -Infinity, NaN, 1e21, 1e-7].map((value) => ({ labels: {}, value }));
  const lines = exposition([{ name: "x", type: "gauge", help: "X.", samples }]).split("\n");
  assert.deepEqual(lines.slice(2, -1), ["x +Inf", "x -Inf", "x NaN", "x 1e+21", "x 1e-7"]);
});

/** A reader of the format that shares nothing with the writer. */
function readBack(text: string): { help: string; samples: Sample[] } {
  const unescape = (escaped: string) =>
    escaped.replace(/\\(.)/g, (_, letter) => letter === "n" ? "\n" : letter);
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "the last line ends too");
  const help = /^# HELP x (.*)$/s.exec(lines[0]);
  assert.equal(lines[1], "# TYPE x gauge");
  const samples = lines.slice(2).map((line) => {
    const parts = /^x(?:\{(.*)\})? (\S+)$/s.exec(line);
    assert.ok(parts !== null, JSON.stringify(line));
    const labels = [...(parts[1] ?? "").matchAll(/([a-z]+)="((?:[^"\\]|\\.)*)"(?:,|$)/gs)]
      .map(([, name, value]) => [name, unescape(value)]);
    return { labels: Object.fromEntries(labels), value: Number(parts[2]) };
  });
  return { help: unescape(help?.[1] ?? ""), samples };
}

Deno.test("exposition() keeps any text in labels and help apart from the format", () => {
  const hostile = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\\", '"', "\n", "\\n", "} 1\n", "\r")),
    { maxLength: 6 },
  ).map((parts) => parts.join(""));
  const sample = fc.record({
    labels: fc.dictionary(fc.constantFrom("a", "b", "le"), hostile, { noNullPrototype: true }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  fc.assert(
    fc.property(hostile, fc.array(sample, { minLength: 1, maxLength: 4 }), (help, samples) => {
      const text = exposition([{ name: "x", type: "gauge", help, samples }]);
      const back = readBack(text);
      assert.equal(back.help, help);
      // "-0" is read as such by Go too, but is no other number.
      assert.deepEqual(
        back.samples.map(({ labels, value }) => ({ labels, value: Number(value) + 0 })),
        samples.map(({ labels, value }) => ({ labels, value: value + 0 })),
      );
    }),
  );
});
