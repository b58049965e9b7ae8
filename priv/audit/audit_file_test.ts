import assert from "node:assert/strict";
import { testWith } from "../../tests/support/requirements.ts";
import { eventOf } from "../testing/audit_chain.ts";
import { FakeLoop } from "../testing/fake_loop.ts";
import { AuditFile, nthLog } from "./audit_file.ts";
import { AuditLog } from "./audit_log.ts";
import { filesOf, fileSource, logsOf } from "./log_source.ts";
import { verifyAudit } from "./verify.ts";

/** A state directory. */
class World implements Disposable {
  readonly directory = Deno.makeTempDirSync();
  readonly file = `${this.directory}/audit.log`;
  readonly warnings: string[] = [];
  readonly loop = new FakeLoop();

  open(maxBytes = 1_000_000, keep = 2, group: number | null = null): AuditLog {
    const { file, loop } = this;
    const warn = (text: string) => void this.warnings.push(text);
    return AuditLog.open({ file, maxBytes, keep, group, loop, now: () => 0, warn });
  }

  /** Opens the log, records so many events, and closes it again. */
  session(events: number, maxBytes?: number): void {
    const log = this.open(maxBytes);
    for (let n = 0; n < events; n++) log.record(eventOf(n));
    log.close();
  }

  /** What is wrong, what is worth knowing, and how many lines there are. */
  verify(): [string[], string[], number] {
    const { problems, notes, lines } = verifyAudit(filesOf(this.file).map(fileSource));
    return [problems.map(({ what }) => what), notes.map(({ what }) => what.slice(0, 11)), lines];
  }

  append(text: string): void {
    Deno.writeTextFileSync(this.file, text, { append: true });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

Deno.test("AuditLog goes on with a predecessor's chain, in a file that others may not read", () => {
  using world = new World();
  world.session(3);
  world.session(2);
  assert.deepEqual(world.verify(), [[], [], 5]);
  assert.equal((Deno.statSync(world.file).mode ?? 0) & 0o7777, 0o640);
  assert.deepEqual(world.warnings, []);
});

Deno.test("AuditLog keeps as many rotated files as it is told, and one chain in all", () => {
  using world = new World();
  world.session(40, 2_000);
  const names = [...Deno.readDirSync(world.directory)].map(({ name }) => name).sort();
  assert.deepEqual(names, ["audit.log", "audit.log.1", "audit.log.2", "audit.log.lock"]);
  const [problems, notes, lines] = world.verify();
  assert.deepEqual([problems, notes], [[], []]);
  assert.ok(lines < 40);
});

Deno.test("AuditLog begins a new file when it is to keep none of the former ones", () => {
  using world = new World();
  const log = world.open(2_000, 0);
  for (let n = 0; n < 40; n++) {
    log.record(eventOf(n));
    log.flush();
  }
  assert.deepEqual([log.status.error, log.status.lost], [null, 0]);
  log.close();
  assert.deepEqual(filesOf(world.file), [world.file]);
  assert.deepEqual(world.verify().slice(0, 2), [[], []]);
  assert.match(Deno.readTextFileSync(world.file), /^[^\n]*"action":"rotated"/);
  assert.ok(Deno.statSync(world.file).size < 4_000);
});

Deno.test("AuditLog keeps one chain when it is to keep fewer files than before", () => {
  using world = new World();
  for (const [keep, files] of [[4, 5], [1, 2], [0, 1]]) {
    const log = world.open(1_000, keep);
    for (let n = 0; n < 40; n++) {
      log.record(eventOf(n));
      log.flush();
    }
    log.close();
    assert.equal(filesOf(world.file).length, files);
    assert.deepEqual(world.verify().slice(0, 2), [[], []]);
  }
});

Deno.test("AuditLog goes on where a rotation was cut short", () => {
  using world = new World();
  world.session(3);
  Deno.renameSync(world.file, `${world.file}.1`);
  world.session(2);
  assert.deepEqual(world.verify(), [[], [], 6]);
  assert.match(Deno.readTextFileSync(world.file), /^[^\n]*"seq":4,[^\n]*"action":"rotated"/);
});

Deno.test("AuditLog goes on after a line that a crash has cut off, and leaves it there", () => {
  using world = new World();
  world.session(3);
  world.append('{"seq":4,"time":"2023-');
  world.session(2);
  assert.deepEqual(world.verify(), [[], ["was cut off"], 7]);
  assert.match(Deno.readTextFileSync(world.file), /\n\{"seq":4,"time":"2023-\n\{"seq":4,.*"torn"/);
});

Deno.test("AuditLog goes on after zeros and after lines of another kind", () => {
  for (const end of ["\0".repeat(70_000), "hello\n", "hello\nyou\n"]) {
    using world = new World();
    world.session(3);
    world.append(end);
    world.session(1);
    const [problems, notes] = world.verify();
    assert.deepEqual(notes, ["was cut off"]);
    assert.equal(problems.length, end.split("\n").length > 2 ? 1 : 0);
  }
});

Deno.test("AuditLog goes on after a file that begins with an empty line and has no line of ours", () => {
  // As the fuzzer found them: the daemon looked for a line of ours for ever.
  for (const text of ["\n", "\n\n\n", "\n rr\n rraa", "\ng\xe1\x7f", `\n${"x".repeat(70_000)}\n`]) {
    using world = new World();
    Deno.writeFileSync(world.file, Uint8Array.from(text, (character) => character.charCodeAt(0)));
    world.session(2);
    const written = Deno.readTextFileSync(world.file).trimEnd().split("\n");
    const actions = written.slice(-3).map((line) => JSON.parse(line).action);
    assert.deepEqual(actions, ["torn", "write", "write"]);
    assert.deepEqual(world.warnings, []);
  }
});

Deno.test("AuditLog completes a last line that lacks nothing but its newline", () => {
  using world = new World();
  world.session(3);
  Deno.truncateSync(world.file, Deno.statSync(world.file).size - 1);
  world.session(1);
  assert.deepEqual(world.verify(), [[], [], 4]);
});

Deno.test("AuditLog takes the next file while another daemon has the first", () => {
  using world = new World();
  const first = world.open();
  const second = world.open();
  assert.equal(first.status.file, world.file);
  assert.equal(second.status.file, `${world.directory}/audit.2.log`);
  for (const log of [first, second]) {
    log.record(eventOf(0));
    log.close();
  }
  assert.deepEqual(logsOf(world.file), [world.file, `${world.directory}/audit.2.log`]);
  const third = world.open();
  assert.equal(third.status.file, world.file);
  assert.equal(third.status.lines, 1);
  third.close();
});

Deno.test("AuditLog does not follow a symbolic link, nor wait for a pipe", () => {
  using world = new World();
  const other = `${world.directory}/other`;
  Deno.writeTextFileSync(other, "");
  Deno.symlinkSync(other, world.file);
  const linked = world.open();
  assert.match(linked.status.error ?? "", /ELOOP/);
  linked.record(eventOf(0));
  linked.close();
  assert.equal(Deno.readTextFileSync(other), "");
  Deno.removeSync(world.file);
  new Deno.Command("mkfifo", { args: [world.file] }).outputSync();
  const piped = world.open();
  assert.match(piped.status.error ?? "", /no regular file/);
  piped.close();
});

Deno.test("AuditLog finds the file that was made possible meanwhile", () => {
  using world = new World();
  Deno.mkdirSync(world.file);
  const log = world.open();
  log.record(eventOf(0));
  assert.equal(log.status.health, "failing");
  Deno.removeSync(world.file);
  world.loop.advance(1_000);
  assert.equal(log.status.health, "ok");
  log.close();
  assert.deepEqual(world.verify(), [[], [], 2]);
});

testWith(["root"], "AuditLog gives its files to a group", () => {
  using world = new World();
  const log = world.open(1_000, 2, 12_345);
  for (let n = 0; n < 10; n++) log.record(eventOf(n));
  log.close();
  for (const file of filesOf(world.file)) assert.equal(Deno.statSync(file).gid, 12_345);
});

Deno.test("AuditFile holds nothing when it cannot be opened", () => {
  using world = new World();
  Deno.mkdirSync(world.file);
  const options = { file: world.file, keep: 1, group: null, warn: () => {} };
  const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = open();
  for (let i = 0; i < 5; i++) assert.throws(() => new AuditFile(options), /Cannot open/);
  assert.ok(open() <= before + 1);
});

Deno.test("nthLog() puts the number before the extension", () => {
  assert.equal(nthLog("/var/lib/x.d/audit.log", 1), "/var/lib/x.d/audit.log");
  assert.equal(nthLog("/var/lib/x.d/audit.log", 2), "/var/lib/x.d/audit.2.log");
  assert.equal(nthLog("/var/lib/x.d/audit", 3), "/var/lib/x.d/audit.3");
  assert.equal(nthLog("/var/lib/.audit", 3), "/var/lib/.audit.3");
});
