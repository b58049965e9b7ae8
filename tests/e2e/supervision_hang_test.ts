/**
 * A calf that hangs, in whatever way, is noticed within a minute, killed and replaced; one that is only
 * slow, or as frozen as priv itself, is not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { assertEvents, auditFile, auditLines } from "../support/audit.ts";
import { calvesOf, signalProcess } from "../support/process.ts";
import { testWith } from "../support/requirements.ts";
import { assertSurvives, type Supervised, supervised } from "../support/turncoat.ts";
import { delay, waitUntil } from "../support/wait.ts";

/** `priv/calf_watchdog.ts` says 50 s at most; the rest is this machine's. */
const NOTICED_MS = 75_000;

const DEAF = "it hangs: it does not read what it is sent";
const MUTE = "it hangs: it has not asked for anything since its start";

/** priv has said, and written down, why it killed a calf; and that calf is dead. */
function assertKilled({ network, daemon }: Supervised, reason: string): void {
  const line = daemon.process.stderr.find((line) => line.includes("calf killed: "));
  assert.ok(line?.includes(`ERROR priv eth0: calf killed: ${reason}`), line);
  assertEvents(
    auditLines(auditFile(network)),
    { actor: "priv", interface: "eth0", action: "process-kill", result: "ok", detail: reason },
    { actor: "priv", interface: "eth0", action: "process-end", detail: /SIGKILL/ },
    { actor: "priv", interface: "eth0", action: "process-start", result: "ok" },
  );
}

async function hangs(site: Supervised, hang: () => void | Promise<void>): Promise<void> {
  await assertSurvives(site, hang, /calf killed by SIGKILL: next start in 250 ms/, NOTICED_MS);
  assertKilled(site, DEAF);
}

/** Stops the first calf before it has asked for anything, if that is possible, and gives its pid. */
async function stopAtBirth({ daemon }: Supervised): Promise<number> {
  const calf = await waitUntil(
    "the first calf",
    () => calvesOf(daemon.process.pid).at(0),
    {
      intervalMs: 1,
      explain: () => daemon.process.log,
    },
  );
  signalProcess(calf, "SIGSTOP");
  return calf;
}

/** Many times longer than a calf needs for anything, and shorter than it may take. */
const SLOW_MS = 12_000;
/** Longer than a hang may last. */
const FROZEN_MS = 55_000;

/** What happens, and whether it is the real calf to which it does. */
const CASES: Readonly<
  Record<string, readonly [body: (site: Supervised) => Promise<void>, real?: true]>
> = {
  "a calf that spins": [(site) => hangs(site, () => site.command("spin"))],
  "a calf that sleeps": [(site) => hangs(site, () => site.command("sleep"))],
  "a calf that does not read what priv says": [
    (site) => hangs(site, () => site.command("ignore-priv")),
  ],
  "a calf that is stopped": [
    (site) => hangs(site, async () => signalProcess(await site.daemon.calf(), "SIGSTOP")),
    true,
  ],
  "a calf that does not come up": [async (site) => {
    const calf = await stopAtBirth(site);
    await site.daemon.process.waitForLine(/calf killed by SIGKILL/, NOTICED_MS);
    await site.leased();
    assertKilled(site, MUTE);
    assert.notEqual(await site.daemon.calf(), calf);
  }, true],
  "but not one that is slow": [async (site) => {
    const { daemon } = site;
    await site.leased();
    const calf = await daemon.calf();
    for (let n = 0; n < 5; n++) {
      signalProcess(calf, "SIGSTOP");
      await delay(SLOW_MS - 2_000);
      signalProcess(calf, "SIGCONT");
      await delay(2_000);
    }
    assert.equal(site.calves.length, 1, daemon.process.log);
  }, true],
  "nor one that was frozen together with priv": [async (site) => {
    const { daemon } = site;
    await site.leased();
    const both = [daemon.process.pid, await daemon.calf()];
    for (const pid of both) signalProcess(pid, "SIGSTOP");
    await delay(FROZEN_MS);
    // priv looks first, and the calf has had no time.
    signalProcess(both[0], "SIGCONT");
    await delay(1_000);
    signalProcess(both[1], "SIGCONT");
    await delay(15_000);
    assert.equal(site.calves.length, 1, daemon.process.log);
  }, true],
};

testWith(["netns", "executable"], "a hang is noticed", async (t) => {
  // Deno runs steps side by side only when it need not tell their resources apart.
  const together = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
  await Promise.all(
    Object.entries(CASES).map(([name, [body, real]]) =>
      t.step({ name, fn: () => supervised(body, { real }), ...together })
    ),
  );
});
