import assert from "node:assert/strict";
import { judge, LEAST_SAMPLES, MEMORY_SLACK_KIB, MOST_MEMORY_KIB } from "./growth.ts";
import type { Sample } from "./sample.ts";

const PROCESS = { descriptors: 20, threads: 1, rss: 60_000, uss: 20_000, data: 40_000 };

/** A quiet half hour, of which `change` may make something else. */
function halfHour(change: (sample: Sample, minute: number) => Partial<Sample> = () => ({})) {
  return Array.from({ length: 30 }, (_, minutes): Sample => {
    const sample: Sample = {
      minutes,
      processes: [
        { role: "priv", pid: 10, ...PROCESS },
        { role: "calf", pid: 11 + minutes, ...PROCESS, descriptors: 5 },
      ],
      zombies: 0,
      addresses: ["192.0.2.7/24"],
      routes: ["default 192.0.2.1", "192.0.2.0/24 on-link"],
      packetSockets: 1,
      unixSockets: 12,
      runFiles: [":control", "eth0/ip"],
      stateFiles: ["audit.log", "eth0.lease"],
      auditLines: minutes * 30,
      auditProblems: [],
    };
    return { ...sample, ...change(sample, minutes) };
  });
}

/** The same with something else about one process. */
function process(role: string, figure: keyof typeof PROCESS, value: (minute: number) => number) {
  return halfHour(({ processes }, minute) => ({
    processes: processes.map((each) =>
      each.role === role ? { ...each, [figure]: value(minute) } : each
    ),
  }));
}

Deno.test("judge() finds nothing in a quiet half hour, nor in what goes up and down", () => {
  assert.deepEqual(judge(halfHour()), []);
  assert.deepEqual(judge(process("priv", "descriptors", (minute) => 20 + minute % 3)), []);
  assert.deepEqual(judge(process("calf", "uss", (minute) => 20_000 + (minute % 7) * 900)), []);
});

Deno.test("judge() says that too few samples say nothing", () => {
  assert.match(judge(halfHour().slice(0, LEAST_SAMPLES - 1))[0], /nothing is known/);
});

Deno.test("judge() finds one descriptor or thread that is lost now and then", () => {
  for (const role of ["priv", "calf"]) {
    for (const figure of ["descriptors", "threads"] as const) {
      const samples = process(role, figure, (minute) => 5 + Math.floor(minute / 10));
      assert.deepEqual(judge(samples), [`${figure} of ${role}: 5 at first, 7 in the end`]);
    }
  }
});

Deno.test("judge() finds memory that creeps, of each kind, and not before it must", () => {
  for (const [figure, name] of [["rss", "RSS"], ["uss", "USS"], ["data", "data"]] as const) {
    const slow = MEMORY_SLACK_KIB / 30;
    const quick = MEMORY_SLACK_KIB / 18;
    assert.deepEqual(judge(process("priv", figure, (minute) => 20_000 + minute * slow)), []);
    const [problem, ...others] = judge(process("priv", figure, (m) => 20_000 + m * quick));
    assert.match(problem, new RegExp(`^${name} of priv: `));
    assert.deepEqual(others, []);
  }
});

Deno.test("judge() lets V8 take its memory once, but not too much", () => {
  for (const when of [5, 12, 15, 18, 25]) {
    const step = (kib: number) => judge(process("priv", "uss", (m) => m < when ? 20_000 : kib));
    assert.deepEqual(step(36_000), [], `after ${when} minutes`);
    assert.deepEqual(step(MOST_MEMORY_KIB + 1), [`USS of priv: ${MOST_MEMORY_KIB + 1} KiB`]);
  }
});

Deno.test("judge() finds sockets, routes and processes that stay", () => {
  const late = (minute: number): boolean => minute >= 15;
  const leaks: [RegExp, (sample: Sample, minute: number) => Partial<Sample>][] = [
    [/^packet sockets: 1 at first, 2/, (_, m) => ({ packetSockets: late(m) ? 2 : 1 })],
    [/^Unix sockets: 12 at first, 14/, (_, m) => ({ unixSockets: late(m) ? 14 : 12 })],
    [/^routes: 2 at first, 3/, ({ routes }, m) => late(m) ? { routes: [...routes, "x"] } : {}],
    [
      /^processes: 2 at first, 3/,
      ({ processes }, m) => late(m) ? { processes: [...processes, processes[1]] } : {},
    ],
  ];
  for (const [problem, change] of leaks) {
    const found = judge(halfHour(change));
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0], problem);
  }
});

Deno.test("judge() finds a file that has come or is missing, and knows that logs are rotated", () => {
  const from = (minute: number, change: (sample: Sample) => Partial<Sample>) =>
    judge(halfHour((sample, m) => m >= minute ? change(sample) : {}));
  const more = ({ stateFiles }: Sample) => ({ stateFiles: [...stateFiles, "audit.log.1"] });
  assert.deepEqual(from(15, more), []);
  assert.deepEqual(from(29, ({ runFiles }) => ({ runFiles: [...runFiles, "eth0/x.tmp"] })), [
    "files after 29.0 minutes: eth0/x.tmp has come",
  ]);
  assert.deepEqual(from(29, () => ({ stateFiles: ["audit.log"] })), [
    "files after 29.0 minutes: eth0.lease is not there",
  ]);
});

Deno.test("judge() finds a single moment with a zombie, a wrong address or a broken audit log", () => {
  const once = (change: Partial<Sample>) => halfHour((_, m) => m === 12 ? change : {});
  assert.deepEqual(judge(once({ zombies: 2 })), ["2 zombies after 12.0 minutes"]);
  assert.deepEqual(judge(once({ addresses: [] })), ["addresses after 12.0 minutes: none"]);
  assert.deepEqual(judge(once({ addresses: ["192.0.2.7/24", "192.0.2.8/24"] })), [
    "addresses after 12.0 minutes: 192.0.2.7/24 192.0.2.8/24",
  ]);
  assert.deepEqual(judge(once({ auditProblems: ["audit.log:3 was changed"] })), [
    "audit log after 12.0 minutes: audit.log:3 was changed",
  ]);
});
