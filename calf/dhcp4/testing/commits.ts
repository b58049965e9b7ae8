/**
 * What the calf sends to priv's store, for tests.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { decodeRequest, type KvWrite } from "../../../priv/kv/codec.ts";
import { KvClient } from "../../sdk/kv.ts";
import { RecordingHost } from "../../sdk/sdk_fixture.ts";
import { Text } from "../../sdk/text.ts";
import { SCRATCH_LENGTH } from "../kv_lease.ts";

/** The changes of the one commit that `send` sends, as priv decodes them. */
export function changesOf(send: (kv: KvClient, scratch: Text) => number): readonly KvWrite[] {
  const host = new RecordingHost();
  assert.ok(send(new KvClient(host), new Text(SCRATCH_LENGTH)) > 0, "it fits");
  assert.equal(host.messages.length, 1, "one message");
  const request = decodeRequest(host.messages[0]);
  assert.ok(request.ok && request.value.operation === "commit");
  return request.value.changes;
}

/** The same, each as `key=value` or `-key`. */
export function committed(send: (kv: KvClient, scratch: Text) => number): string[] {
  return changesOf(send).map(({ path, text }) => text === null ? `-${path}` : `${path}=${text}`);
}
