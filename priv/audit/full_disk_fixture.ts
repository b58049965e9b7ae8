/**
 * Runs on a small file system of its own: fills it, goes on, makes room again. Prints as JSON what the
 * audit log said of itself, and what is wrong with it.
 *
 * @module
 */

import { eventOf } from "../testing/audit_chain.ts";
import { FakeLoop } from "../testing/fake_loop.ts";
import { AuditLog, type AuditStatus, MAX_QUEUE } from "./audit_log.ts";
import type { AuditEvent } from "./event.ts";
import { filesOf, fileSource } from "./log_source.ts";
import { verifyAudit } from "./verify.ts";

/** What is printed. */
export interface FullDiskReport {
  /** While there was room, when there was none any more, and when there was again. */
  readonly statuses: readonly AuditStatus[];
  /** What the log ended with on the full disk: whether that was a newline. */
  readonly endedLine: boolean;
  /** What is wrong with it at the end. */
  readonly problems: readonly string[];
  /** Events that were recorded. */
  readonly recorded: number;
}

/** Takes all the room that there is. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  try {
    for (;;) file.writeSync(new Uint8Array(512));
  } catch {
    // Full.
  }
}

function run(directory: string): FullDiskReport {
  const loop = new FakeLoop();
  const file = `${directory}/audit.log`;
  const log = AuditLog.open({
    file,
    maxBytes: 1_000_000,
    keep: 2,
    loop,
    now: Date.now,
    warn: () => {},
  });
  let recorded = 0;
  const turn = (): void => {
    const event: AuditEvent = { ...eventOf(recorded++), actor: "priv" };
    log.record(event);
    log.flush();
  };
  const statuses: AuditStatus[] = [];
  turn();
  statuses.push(log.status);
  fill(`${directory}/filler`);
  for (let i = 0; i < MAX_QUEUE + 100; i++) turn();
  statuses.push(log.status);
  const endedLine = Deno.readTextFileSync(file).endsWith("\n");
  Deno.removeSync(`${directory}/filler`);
  loop.advance(60_000);
  turn();
  statuses.push(log.status);
  log.close();
  const { problems } = verifyAudit(filesOf(file).map(fileSource), log.status.head);
  return { statuses, endedLine, problems: problems.map(({ what }) => what), recorded };
}

if (import.meta.main) console.log(JSON.stringify(run(Deno.args[0])));
