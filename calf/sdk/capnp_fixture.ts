/**
 * What the tests of the control path share: Responses as priv would send them, and the
 * capnp tool.
 *
 * @module
 */
import assert from "node:assert/strict";
import * as capnp from "capnp-es";
import { fileURLToPath } from "node:url";
import { Response } from "../../schema/kv.capnp.ts";
import { ascii, hex } from "./sdk_fixture.ts";

/** A Response in stream framing; `kind` 0 is ok, 1 is error. */
export function response(id: number, kind: number, value: Uint8Array): Uint8Array {
  const words = (value.length + 7) >> 3;
  const buf = new Uint8Array(8 + 8 * (3 + words));
  const view = new DataView(buf.buffer);
  view.setUint32(4, 3 + words, true);
  buf.set(hex("00 00 00 00 01 00 01 00"), 8); // struct: 1 data word, 1 pointer
  view.setInt32(16, id, true);
  view.setUint16(20, kind, true);
  view.setUint32(24, 1, true); // list, right after the pointer
  view.setUint32(28, (value.length << 3) | 2, true); // of bytes
  buf.set(value, 32);
  return buf;
}

/** A change as a subscription tells it. */
export interface ChangeSpec {
  /** As in `"/nameserver/001"`. */
  path: string;
  /** The value, or null for a key that is not set any more. */
  value: string | null;
}

/** A Response with changes, as capnp-es writes it. */
export function changesResponse(id: number, changes: readonly ChangeSpec[]): Uint8Array {
  const message = new capnp.Message();
  const root = message.initRoot(Response);
  root.id = id;
  const list = root._initChanges(changes.length);
  changes.forEach(({ path, value }, i) => {
    const change = list.get(i);
    const parts = path.slice(1).split("/");
    const names = change._initPath(parts.length);
    parts.forEach((part, n) => names.set(n, part));
    if (value === null) change.delete = true;
    else change._initWrite(value.length).copyBuffer(ascii(value));
  });
  return new Uint8Array(message.toArrayBuffer());
}

/** What `capnp args[0] schema/kv.capnp args[1..]` makes of its input. */
export function runCapnp(args: string[], input: Uint8Array): Uint8Array {
  const schema = fileURLToPath(new URL("../../schema/kv.capnp", import.meta.url));
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeFileSync(`${folder}/input`, input);
    const { success, stdout, stderr } = new Deno.Command("sh", {
      args: ["-c", 'capnp "$@" < "$0"', `${folder}/input`, args[0], schema, ...args.slice(1)],
    }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
    return stdout;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
