import assert from "node:assert/strict";
import { READY_LINE, ReadyMarker } from "./ready_marker.ts";

Deno.test("ReadyMarker writes its line once, and later when there is no room", () => {
  const lines: string[] = [];
  let hasRoom = false;
  const marker = new ReadyMarker({
    write(line: string): boolean {
      if (hasRoom) lines.push(line);
      return hasRoom;
    },
  });
  marker.start();
  marker.status("eth0: SELECTING");
  marker.ready();
  hasRoom = true;
  assert.deepEqual(lines, []);
  marker.status("eth0: BOUND");
  assert.deepEqual(lines, [READY_LINE]);
  marker.ready();
  marker.status("eth0: RENEWING");
  marker.stopping();
  assert.deepEqual(lines, [READY_LINE]);
});
