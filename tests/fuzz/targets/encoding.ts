/**
 * The two encoders that we wrote, each read by the other side's decoder: priv's changes (encode_changes.ts) and
 * a calf's requests (calf/sdk/capnp.ts).
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import {
  CHANGE_DELETE,
  CHANGE_WRITE,
  REQUEST_COMMIT,
  RequestEncoder,
} from "../../../calf/sdk/capnp.ts";
import { readAsCalf } from "../../../priv/kv/calf_fixture.ts";
import { decodeRequest, type KvWrite } from "../../../priv/kv/codec.ts";
import { encodeChanges } from "../../../priv/kv/encode_changes.ts";
import { checkStructure } from "../../../priv/kv/guard.ts";
import { decodeResponse, encodeCommit } from "../../../priv/kv/testdata/messages.ts";
import { KEYS } from "../../../schema/keys.ts";
import { bytesOf, magnitude, type Target } from "../target.ts";

const PATHS = [...KEYS.keys()];
const encoder = new RequestEncoder();

/** Changes of an input: of each the key, whether it is deleted, and the length of what it says. */
function changesOf(input: Uint8Array): KvWrite[] {
  const changes: KvWrite[] = [];
  for (let at = 0; at + 4 <= input.length && changes.length < 300; at += 4) {
    const [low, high, kind, length] = input.subarray(at, at + 4);
    const path = PATHS[(low | high << 8) % PATHS.length];
    const text = String.fromCharCode(0x20 + length % 95).repeat((kind >> 1) * 4 % 513);
    changes.push({ path, text: (kind & 1) === 1 ? null : text });
  }
  return changes;
}

/** One commit as a calf makes it; empty when it does not fit. */
function commitOf(id: number, changes: readonly KvWrite[]): Uint8Array {
  encoder.begin(id, REQUEST_COMMIT);
  for (const { path, text } of changes) {
    encoder.addChange(text === null ? CHANGE_DELETE : CHANGE_WRITE, path, "", -1);
    if (text !== null) encoder.changeValue(bytesOf(text), 0, text.length);
  }
  return encoder.bytes.slice(0, encoder.finish());
}

function* run(input: Uint8Array): Generator<string> {
  const changes = changesOf(input);
  const id = input.length * 7919;
  const told = encodeChanges(id, changes);
  for (const message of told) {
    assert.ok(message.length <= 16384 && checkStructure(message) === null);
    assert.deepEqual(readAsCalf(message), decodeResponse(message));
  }
  const all = told.flatMap((message) => readAsCalf(message).changes ?? []);
  assert.deepEqual(all, changes, "what a calf reads is what priv said");
  yield `told ${told.length} ${magnitude(changes.length)}`;

  const asked = commitOf(id, changes);
  yield `asked ${magnitude(asked.length)}`;
  if (asked.length === 0) {
    const reference = encodeCommit(id, changes);
    assert.ok(changes.length > 128 || reference.length > 16384, "refused what fits");
    return;
  }
  assert.ok(asked.length <= 16384);
  assert.deepEqual(decodeRequest(asked), {
    ok: true,
    value: { id, operation: "commit", changes },
  });
}

/** See the module's description. */
export const ENCODING: Target = {
  name: "encoding",
  module: import.meta.url,
  what: "our two encoders against the decoders of the other side",
  weight: 0.5,
  unit: 4,
  maxLength: 1300,
  corpus: [[], [0, 0, 0, 0], [1, 0, 1, 0, 2, 0, 9, 60], new Array(128 * 4).fill(66)].map((bytes) =>
    Uint8Array.from(bytes)
  ),
  dictionary: [],
  prepare: () => run,
};
