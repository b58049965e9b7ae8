import assert from "node:assert/strict";
import { chainOf, eventOf } from "../testing/audit_chain.ts";
import { auditCommand, parseAuditArguments } from "./command.ts";
import { formatShown, showLine } from "./format.ts";
import { parseLine } from "./line.ts";
import { sha256 } from "./sha256.ts";
import { parseSince } from "./since.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");

/** A state directory with a log of three lines, and what a command says of it. */
class World implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly file = `${this.directory}/audit.log`;
  readonly lines = chainOf([eventOf(0), eventOf(1), eventOf(2)]);
  heads: (string | null)[] = [null];

  constructor() {
    this.write(this.lines);
  }

  write(lines: readonly string[], file: string = this.file): void {
    Deno.writeTextFileSync(file, lines.map((line) => `${line}\n`).join(""));
  }

  /** Exit code, standard output and standard error, with `DIR` for the directory. */
  run(...argv: string[]): [number, string[], string[]] {
    const [out, err]: [string[], string[]] = [[], []];
    const keep = (lines: string[]) => (line: string) =>
      void lines.push(line.replaceAll(this.directory, "DIR"));
    let asked = 0;
    const code = auditCommand({
      argv,
      stateDir: this.directory,
      now: () => NOW,
      headOf: () => this.heads[Math.min(asked++, this.heads.length - 1)],
      print: keep(out),
      complain: keep(err),
    });
    return [code, out, err];
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

Deno.test("auditCommand() shows what happened, in words or as it stands", () => {
  using world = new World();
  const [code, out, err] = world.run();
  assert.deepEqual([code, err], [0, []]);
  assert.deepEqual(out.slice(0, 2), [
    "2023-11-14T22:13:20.001Z calf:dhcp4 eth0 write /ip (none) -> 192.0.2.1/24 ok",
    "2023-11-14T22:13:20.002Z calf:dhcp4 eth0 write /ip 192.0.2.1/24 -> 192.0.2.2/24 ok",
  ]);
  assert.deepEqual(world.run("--json"), [0, world.lines, []]);
});

Deno.test("auditCommand() shows what happened since a moment, in older files too", () => {
  using world = new World();
  const all = chainOf([0, 1, 2, 3, 4].map(eventOf));
  world.write(all.slice(0, 3), `${world.file}.1`);
  world.write(all.slice(3));
  assert.deepEqual(world.run("--json"), [0, all, []]);
  const since = "--since=2023-11-14T22:13:20.003Z";
  assert.deepEqual(world.run(since, "--json"), [0, all.slice(2), []]);
  assert.deepEqual(world.run("--since", "1d"), [0, [], []]);
});

Deno.test("auditCommand() cannot be made to write more than text by what is in a file", () => {
  using world = new World();
  world.write(['\x1b[2J{"seq":', world.lines[0]]);
  const [code, out, err] = world.run();
  assert.deepEqual([code, out.length], [0, 1]);
  assert.deepEqual(err, ['DIR/audit.log: no line of an audit log: \\x1b[2J{"seq":']);
});

Deno.test("auditCommand() --verify says that a log is intact, and whether a daemon vouches for it", () => {
  using world = new World();
  const counted = "DIR/audit.log: 3 lines in 1 file: intact";
  const unsure = `${counted}; no daemon vouches for the last line`;
  assert.deepEqual(world.run("--verify"), [0, [unsure], []]);
  world.heads = [sha256(world.lines[2])];
  assert.deepEqual(world.run("--verify"), [0, [counted], []]);
  assert.deepEqual(world.run("--verify", "--file", world.file), [0, [counted], []]);
});

Deno.test("auditCommand() --verify says what is wrong, and where", () => {
  using world = new World();
  world.write(world.lines.with(1, world.lines[1].replace('"ok"', '"no"')));
  assert.deepEqual(world.run("--verify"), [65, [], [
    "DIR/audit.log:2: was changed, or the hash in DIR/audit.log:3",
    "DIR/audit.log: 3 lines in 1 file: NOT what was written",
  ]]);
  world.heads = [sha256(world.lines[2])];
  assert.equal(world.run("--verify")[2][0], "DIR/audit.log:2: was changed");
});

Deno.test("auditCommand() --verify sees lines that the daemon has not written, unless it goes on meanwhile", () => {
  using world = new World();
  world.heads = [sha256(world.lines[1])];
  assert.deepEqual(world.run("--verify"), [65, [], [
    "DIR/audit.log: ends in lines that the daemon has not written",
    "DIR/audit.log: 3 lines in 1 file: NOT what was written",
  ]]);
  world.heads = [sha256(world.lines[1]), sha256(world.lines[2])];
  assert.equal(world.run("--verify")[0], 0);
});

Deno.test("auditCommand() takes the logs of all daemons of a state directory, each for itself", () => {
  using world = new World();
  world.write(world.lines.slice(0, 2), `${world.directory}/audit.2.log`);
  world.write([world.lines[0], world.lines[2]]);
  const [code, out, err] = world.run("--verify");
  assert.equal(code, 65);
  assert.deepEqual(out, [
    "DIR/audit.2.log: 2 lines in 1 file: intact; no daemon vouches for the last line",
  ]);
  assert.deepEqual(err[0].slice(0, 44), "DIR/audit.log:2: record 2 is missing between");
});

Deno.test("auditCommand() says that there is no log", () => {
  using world = new World();
  Deno.removeSync(world.file);
  assert.deepEqual(world.run(), [66, [], ["There is no DIR/audit.log"]]);
  assert.deepEqual(world.run("--verify", "--state-dir=/nowhere"), [66, [], [
    "There is no /nowhere/audit.log",
  ]]);
});

Deno.test("parseAuditArguments() refuses what it does not know", () => {
  const context = { now: () => NOW, stateDir: "/state" };
  for (
    const argv of [["--all"], ["eth0"], ["--verify=1"], ["--since"], ["--file="], ["--since", "x"]]
  ) {
    assert.throws(() => parseAuditArguments(argv, context), { name: "ExitError", code: 64 });
  }
  assert.deepEqual(parseAuditArguments(["--verify", "--since", "2h", "--file=a"], context), {
    verify: true,
    json: false,
    sinceMs: NOW - 7_200_000,
    file: "a",
    stateDir: "/state",
  });
});

Deno.test("parseSince() reads a time ago or a moment", () => {
  const at = (text: string) => parseSince(text, NOW);
  assert.equal(at("30s"), NOW - 30_000);
  assert.equal(at("10m"), NOW - 600_000);
  assert.equal(at("1d"), NOW - 86_400_000);
  assert.equal(at("2026-01-31"), Date.parse("2026-01-31T00:00:00Z"));
  assert.equal(at("2026-01-31T12:00:00Z"), NOW);
  assert.equal(at("2026-01-31 14:00:00.5+02:00"), NOW + 500);
  for (
    const text of ["", "m", "-1m", "1w", "yesterday", "2026-13-01", "2026-01-31T12:00:00", "1"]
  ) {
    assert.equal(at(text), null, text);
  }
});

Deno.test("formatShown() quotes values with spaces, and shows what there is no more", () => {
  const shown = (event: Parameters<typeof chainOf>[0][number]): string => {
    const line = parseLine(chainOf([event])[0]);
    assert.ok(line !== null);
    return formatShown(showLine(line)).slice("2023-11-14T22:13:20.001Z ".length);
  };
  const path = { actor: "priv", key: "/etc/resolv.conf" } as const;
  assert.equal(
    shown({
      ...path,
      action: "file-restore",
      old: "a b\n",
      new: null,
      result: "failed",
      detail: "no",
    }),
    'priv - file-restore /etc/resolv.conf "a b\\n" -> (none) failed: no',
  );
  assert.equal(
    shown({ ...path, action: "write", old: "\u001b[2J", new: "", result: "ok" }),
    'priv - write /etc/resolv.conf \\x1b[2J -> "" ok',
  );
});
