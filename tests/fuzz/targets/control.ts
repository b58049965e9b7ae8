/**
 * The control path as priv reads it: a calf's bytes through guard.ts, codec.ts, a session and a store.
 * Whatever they are, what comes of them is bounded by their own length.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeRequest, type KvRequest, MAX_CHANGES } from "../../../priv/kv/codec.ts";
import { checkStructure } from "../../../priv/kv/guard.ts";
import { KvSession } from "../../../priv/kv/server.ts";
import { KvStore } from "../../../priv/kv/store.ts";
import { readAsCalf } from "../../../priv/kv/calf_fixture.ts";
import {
  decodeResponse,
  encodeCommit,
  encodeRequest,
  fromHex,
  GOLDEN_MESSAGES,
} from "../../../priv/kv/testdata/messages.ts";
import { KEYS } from "../../../schema/keys.ts";
import { bytesOf, magnitude, type Target } from "../target.ts";
import { framed, shapeOf } from "../framed.ts";

/** Bytes that priv may send at one request of a calf: what it may read, in messages of 16 KiB. */
const MAX_ANSWERED = 4 * 16384;

const MANY = Array.from({ length: 128 }, (_, i) => ({
  path: `/nameserver/${String(i + 1).padStart(3, "0")}`,
  text: "192.0.2.53",
}));

/** Messages in the form of an input: a byte that says whether the frame is to be repaired. */
const CORPUS = [
  ...GOLDEN_MESSAGES.map(({ hex }) => fromHex(hex)),
  encodeRequest({ id: 1, operation: "subscribe", path: "/" }),
  encodeRequest({ id: -1, operation: "watch", path: "/request" }),
  encodeCommit(2, [
    { path: "/", text: null },
    { path: "/ip", text: "192.0.2.7/24" },
    { path: "/state", text: "BOUND" },
  ]),
  encodeCommit(3, MANY),
].map((message) => Uint8Array.of(1, ...message));

/** What a request holds, in characters. */
function lengthOf(request: KvRequest): number {
  if (!("changes" in request)) return request.path.length;
  return request.changes.reduce(
    (sum, { path, text }) => sum + path.length + (text ?? "").length,
    0,
  );
}

function checkDecoded(message: Uint8Array, request: KvRequest): void {
  assert.equal(checkStructure(message), null, "decoded what the guard refuses");
  // A change takes no room when its struct is empty; it is one character, the path "/".
  assert.ok(lengthOf(request) <= message.length + MAX_CHANGES, "more than was sent");
  if ("changes" in request) assert.ok(request.changes.length <= MAX_CHANGES, "too many changes");
  if (request.operation === "unknown") return;
  const again = decodeRequest(encodeRequest(request));
  assert.deepEqual(again, { ok: true, value: request }, "another request when encoded anew");
}

function* run(input: Uint8Array): Generator<string> {
  const message = framed(input);
  const decoded = decodeRequest(message);
  if (decoded.ok) {
    const { value } = decoded;
    checkDecoded(message, value);
    yield `decoded ${value.operation} ${magnitude(lengthOf(value))}`;
    if ("changes" in value) yield `changes ${magnitude(value.changes.length)}`;
    yield* shapeOf(message, value.operation);
  } else {
    assert.notEqual(decoded.reason, "decoder failed");
    yield `refused ${decoded.reason}`;
    yield* shapeOf(message, decoded.reason);
  }
  const store = new KvStore();
  store.set("/mac", "02:00:00:00:00:01");
  store.set("/link", "up");
  let answered = 0;
  const seen: string[] = [];
  const session = new KvSession(store, {
    role: "calf:dhcp4",
    send: (answer) => {
      answered += answer.length;
      assert.ok(answer.length <= 16384, "an answer too long");
      assert.deepEqual(readAsCalf(answer), decodeResponse(answer), "two readings of one answer");
      return true;
    },
    audit: ({ code, reason }) => {
      assert.match(reason, /^[\x20-\x7e]{1,512}$/);
      seen.push(`audit ${code}`);
    },
    onMalformed: () => seen.push("given up"),
    nowMs: () => 0,
  });
  session.handle(message);
  yield* seen;
  yield `answered ${magnitude(answered)}`;
  assert.ok(answered <= MAX_ANSWERED, "answers out of all proportion");
  assert.equal(session.open, decoded.ok, "a session ends at malformed requests, and only there");
  for (const [path, text] of store.snapshot()) {
    const parsed = KEYS.get(path)?.type.parse(text);
    assert.ok(parsed?.ok === true && KEYS.get(path)?.type.format(parsed.value) === text, path);
    yield `set ${path.replace(/[0-9]+$/, "")}`;
  }
}

/** See the module's description. */
export const CONTROL: Target = {
  name: "control",
  module: import.meta.url,
  what: "requests of a hostile calf: guard, decoder, session, store",
  weight: 2,
  maxLength: 4096,
  corpus: CORPUS,
  dictionary: [
    ...["ip", "state", "nameserver", "001", "lease", "time", "mac", "link", "config", "\0"].map(
      bytesOf,
    ),
    ...["192.0.2.7/24", "BOUND", "3600"].map(bytesOf),
    Uint8Array.of(1, 0, 0, 0, 0x17, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 0, 1, 0, 2, 0),
    Uint8Array.of(0xfe, 255, 255, 255, 0, 0, 0, 0),
    Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0),
  ],
  prepare: () => run,
};
