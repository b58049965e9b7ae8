/**
 * The control path as a calf reads it: calf/sdk/capnp_response.ts. It reads nothing outside the message, and
 * reads the same as capnp-es.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { changesResponse, response } from "../../../calf/sdk/capnp_fixture.ts";
import { RESPONSE_CHANGES } from "../../../calf/sdk/capnp.ts";
import { ResponseDecoder } from "../../../calf/sdk/capnp_response.ts";
import { checkStructure } from "../../../priv/kv/guard.ts";
import { decodeResponse } from "../../../priv/kv/testdata/messages.ts";
import { KEYS } from "../../../schema/keys.ts";
import { framed, shapeOf } from "../framed.ts";
import { bytesOf, magnitude, type Target } from "../target.ts";

/** All that a decoder says of a message, or null when it refuses it. */
interface Reading {
  id: number;
  kind: number;
  value: string;
  changes: { path: string; text: string | null }[];
}

const decoder = new ResponseDecoder();

function textAt(buffer: Uint8Array, length: number): string {
  const { valueAt, valueLength } = decoder;
  assert.ok(valueAt >= 0 && valueLength >= 0 && valueAt + valueLength <= length, "outside");
  return String.fromCharCode(...buffer.subarray(valueAt, valueAt + valueLength));
}

/** Reads the first `length` bytes. */
function read(buffer: Uint8Array, length: number): Reading | null {
  if (!decoder.decode(buffer, length)) return null;
  const { id, kind } = decoder;
  const value = kind === RESPONSE_CHANGES ? "" : textAt(buffer, length);
  const changes: Reading["changes"] = [];
  while (decoder.nextChange(buffer)) {
    const { bytes, length: end } = decoder.changePath;
    const path = String.fromCharCode(...bytes.subarray(0, end));
    changes.push({ path, text: decoder.changeDeleted ? null : textAt(buffer, length) });
    assert.ok(changes.length <= 128, "too many changes");
    assert.match(path, /^(\/[\x21-\x2e\x30-\x7e]{1,64}){1,4}$/);
  }
  return { id, kind, value, changes };
}

function* run(input: Uint8Array): Generator<string> {
  const message = framed(input);
  const reading = read(message, message.length);
  const larger = new Uint8Array(message.length + 64).fill(0xa5);
  larger.set(message);
  assert.deepEqual(read(larger, message.length), reading, "what follows a message matters");
  if (reading === null) {
    yield `refused ${magnitude(message.length)}`;
    yield* shapeOf(message, "refused");
    return;
  }
  const { kind, id, value, changes } = reading;
  yield `kind ${kind} ${magnitude(value.length)} ${magnitude(changes.length)}`;
  yield `id ${magnitude(Math.abs(id))}`;
  yield* shapeOf(message, "read");
  for (const { path, text } of changes) yield `${path} ${text === null}`;
  if (checkStructure(message) !== null) return;
  yield "sound";
  const other = decodeResponse(message);
  assert.equal(id, other.id);
  if (other.changes !== undefined) assert.deepEqual(changes, other.changes);
  else assert.equal(value, other.ok ?? other.error);
}

/** See the module's description. */
export const RESPONSE: Target = {
  name: "response",
  module: import.meta.url,
  what: "priv's answers as a calf reads them, against capnp-es",
  weight: 1,
  maxLength: 2048,
  corpus: [
    response(1, 0, bytesOf("192.0.2.7/24")),
    response(2, 1, bytesOf("not set: /request")),
    response(-1, 0, new Uint8Array(0)),
    changesResponse(3, []),
    changesResponse(4, [{ path: "/link", value: "up" }, { path: "/request", value: null }]),
    changesResponse(5, [...KEYS.keys()].slice(0, 20).map((path) => ({ path, value: "x" }))),
  ].map((message) => Uint8Array.of(1, ...message)),
  dictionary: [
    bytesOf("link\0"),
    bytesOf("up"),
    Uint8Array.of(1, 0, 0, 0, 0x17, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 0, 1, 0, 1, 0),
    Uint8Array.of(4, 0, 0, 0, 1, 0, 2, 0),
    Uint8Array.of(0xfd, 255, 255, 255, 2, 0, 0, 0),
  ],
  prepare: () => run,
};
