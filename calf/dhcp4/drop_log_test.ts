import assert from "node:assert/strict";
import "portable";
import { Clock } from "../sdk/clock.ts";
import { DROP_VLAN } from "../sdk/drop.ts";
import { RecordingHost } from "../sdk/sdk_fixture.ts";
import { DropLog, MAX_DROP_LINES } from "./drop_log.ts";
import { DROP_DHCP_XID } from "./drops.ts";

Deno.test("DropLog.note() names the reason at debug", () => {
  const host = new RecordingHost();
  new DropLog(host, new Clock()).note(DROP_DHCP_XID);
  assert.deepEqual(host.lines, ["<7>dropped frame: dhcp-xid"]);
});

Deno.test("DropLog.note() writes few lines in a second, and says how many it left out", () => {
  const host = new RecordingHost();
  const clock = new Clock();
  clock.advance(0);
  const log = new DropLog(host, clock);
  for (let i = 0; i < 1000; i++) log.note(DROP_VLAN);
  assert.equal(host.lines.length, MAX_DROP_LINES);
  clock.advance(1000);
  for (let i = 0; i < 2; i++) log.note(DROP_VLAN);
  assert.deepEqual(host.lines.slice(MAX_DROP_LINES), [
    "<7>dropped frame: ethernet-vlan (and 995 not logged)",
    "<7>dropped frame: ethernet-vlan",
  ]);
});
