import assert from "node:assert/strict";
import "portable";
import { existsSync } from "node:fs";
import { Dhcp4Reply } from "./decode.ts";
import { DHCP_TAKEN, dhcpDropName } from "./drops.ts";

/** Malformed packets that have broken others; not part of the repository. */
const CORPORA = new URL("../../../shared/corpora/", import.meta.url);

function* filesBelow(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    const url = new URL(entry.name + (entry.isDirectory ? "/" : ""), folder);
    if (entry.isDirectory) yield* filesBelow(url);
    else if (entry.isFile) yield url;
  }
}

/** Where a DHCP message may begin: at the front, or 236 bytes before each magic cookie. */
function candidates(bytes: Uint8Array): number[] {
  const found = [0];
  for (let at = 0; at + 240 <= bytes.length; at++) {
    const cookie = new DataView(bytes.buffer, at + 236, 4).getUint32(0);
    if (at > 0 && cookie === 0x63825363) found.push(at);
  }
  return found;
}

const isThere = existsSync(CORPORA);

Deno.test({
  name: "Dhcp4Reply.decode() gives a value or a reason for every malformed packet of others" +
    (isThere ? "" : " [skip: no collection of such packets beside the repository]"),
  ignore: !isThere,
  fn() {
    const reply = new Dhcp4Reply();
    let files = 0;
    let taken = 0;
    for (const file of filesBelow(CORPORA)) {
      const bytes = Deno.readFileSync(file);
      files += 1;
      for (const at of candidates(bytes)) {
        // As a reply, and as it is; a request becomes a reply by one byte.
        for (const op of [bytes[at] ?? 0, 2]) {
          const message = bytes.slice(at);
          if (message.length > 0) message[0] = op;
          const reason = reply.decode(message, 0, message.length);
          assert.notEqual(dhcpDropName(reason), "DHCP: other", file.pathname);
          if (reason === DHCP_TAKEN) taken += 1;
        }
      }
    }
    assert.ok(files > 10 && taken > 0, `${files} files, ${taken} messages taken`);
  },
});
