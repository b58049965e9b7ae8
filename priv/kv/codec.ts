/**
 * The messages of schema/kv.capnp as priv sees them: requests of an untrusted calf are decoded strictly,
 * responses are encoded.
 *
 * @module
 */

import { joinPath, MAX_PART_LENGTH, MAX_PATH_PARTS } from "../../schema/keys.ts";
import { MAX_VALUE_LENGTH, type Parsed } from "../../schema/value_type.ts";
import { MalformedMessage, Segment, type StructView } from "./segment.ts";

/** Most changes in one commit. */
export const MAX_CHANGES = 64;

/** One change that a calf asks for: a new text, or null to delete the path and all below. */
export interface KvWrite {
  /** `/a/b`, or `/` for the empty path. */
  readonly path: string;
  /** The value's bytes as one character each, unchecked; null deletes. */
  readonly text: string | null;
}

/** What a calf asks for. A single write or delete is a commit of one change. */
export type KvRequest =
  | { readonly id: number; readonly operation: "read" | "watch"; readonly path: string }
  | {
    readonly id: number;
    readonly operation: "write" | "delete" | "commit";
    readonly changes: readonly KvWrite[];
  }
  | { readonly id: number; readonly operation: "unknown"; readonly path: string };

// Request, Change and Response as kv.capnp lays them out; codec_test.ts compares them with capnp's own idea.
const ID_OFFSET = 0;
const REQUEST_TAG_OFFSET = 4;
const CHANGE_TAG_OFFSET = 0;
const PATH_POINTER = 0;
const BODY_POINTER = 1;
const REQUEST_TAGS = ["write", "read", "delete", "watch", "commit"] as const;
const CHANGE_WRITE = 0;
const CHANGE_DELETE = 1;
const RESPONSE_OK = 0;
const RESPONSE_ERROR = 1;

/** A list of bytes as one character per byte. */
function readBytes(segment: Segment, at: number, max: number): string {
  const list = segment.bytes(at, max);
  let text = "";
  for (let i = 0; i < list.count; i++) text += String.fromCharCode(segment.byte(list, i));
  return text;
}

/** One part of a path: printable ASCII without `/`, closed by the NUL of every Text. */
function readPart(segment: Segment, at: number): string {
  const list = segment.bytes(at, MAX_PART_LENGTH + 1);
  const length = list.count - 1;
  if (length < 1) throw new MalformedMessage("empty part of a path");
  if (segment.byte(list, length) !== 0) throw new MalformedMessage("text without its NUL");
  let text = "";
  for (let i = 0; i < length; i++) {
    const code = segment.byte(list, i);
    if (code <= 0x20 || code > 0x7e || code === 0x2f) {
      throw new MalformedMessage("a path with other than printable ASCII");
    }
    text += String.fromCharCode(code);
  }
  return text;
}

function readPath(segment: Segment, struct: StructView): string {
  const list = segment.pointerList(segment.pointer(struct, PATH_POINTER), MAX_PATH_PARTS);
  const parts: string[] = [];
  for (let i = 0; i < list.count; i++) parts.push(readPart(segment, list.start + 8 * i));
  return joinPath(parts);
}

function readValue(segment: Segment, struct: StructView): string {
  return readBytes(segment, segment.pointer(struct, BODY_POINTER), MAX_VALUE_LENGTH);
}

function readChange(segment: Segment, struct: StructView): KvWrite {
  const path = readPath(segment, struct);
  switch (segment.uint16(struct, CHANGE_TAG_OFFSET)) {
    case CHANGE_WRITE:
      return { path, text: readValue(segment, struct) };
    case CHANGE_DELETE:
      return { path, text: null };
    default:
      throw new MalformedMessage("a change of unknown kind");
  }
}

function readRequest(message: Uint8Array): KvRequest {
  const segment = new Segment(message);
  const root = segment.root();
  const id = segment.int32(root, ID_OFFSET);
  const path = readPath(segment, root);
  const tag = segment.uint16(root, REQUEST_TAG_OFFSET);
  const operation = tag < REQUEST_TAGS.length ? REQUEST_TAGS[tag] : "unknown";
  switch (operation) {
    case "write":
      return { id, operation, changes: [{ path, text: readValue(segment, root) }] };
    case "delete":
      return { id, operation, changes: [{ path, text: null }] };
    case "commit": {
      if (path !== "/") throw new MalformedMessage("a commit with a path");
      const changes: KvWrite[] = [];
      const structs = segment.structList(segment.pointer(root, BODY_POINTER), MAX_CHANGES);
      for (const struct of structs) changes.push(readChange(segment, struct));
      return { id, operation, changes };
    }
    default:
      return { id, operation, path };
  }
}

/**
 * Decodes one message of a calf. It must be one datagram of at most 8192 bytes with one segment that fills it;
 * at most 4 parts of a path with 1 to 64 printable ASCII bytes each, 512 bytes of value, 64 changes; no far or
 * capability pointers where something is read. A request of a kind that a later schema added is not malformed
 * but `unknown`.
 *
 * @returns the request, or why the message is malformed. Never throws.
 */
export function decodeRequest(message: Uint8Array): Parsed<KvRequest> {
  try {
    return { ok: true, value: readRequest(message) };
  } catch (error) {
    // Whatever else might be thrown is as much the message's doing: the calf goes, priv stays.
    const reason = error instanceof MalformedMessage ? error.message : "decoder failed";
    return { ok: false, reason };
  }
}

/** A Response struct with one pointer to `text`, in the order in which `capnp encode` lays it out. */
function encodeResponse(id: number, tag: number, text: string): Uint8Array {
  const length = Math.min(text.length, MAX_VALUE_LENGTH);
  const words = 3 + Math.ceil(length / 8);
  const message = new Uint8Array(8 + words * 8);
  const view = new DataView(message.buffer);
  view.setUint32(4, words, true);
  view.setUint16(12, 1, true); // root: struct at the next word, one word of data,
  view.setUint16(14, 1, true); // one pointer
  view.setInt32(16 + ID_OFFSET, id, true);
  view.setUint16(16 + REQUEST_TAG_OFFSET, tag, true);
  view.setUint32(24, 1, true); // list at the next word
  view.setUint32(28, (length << 3) | 2, true); // of bytes
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    message[32 + i] = code < 0x20 || code > 0x7e ? 0x3f : code;
  }
  return message;
}

/** Encodes `Response.ok` with the value, or "" where there is none. Anything but printable ASCII becomes `?`. */
export function encodeOk(id: number, text: string): Uint8Array {
  return encodeResponse(id, RESPONSE_OK, text);
}

/** Encodes `Response.error` with a reason of at most 512 characters. */
export function encodeError(id: number, reason: string): Uint8Array {
  return encodeResponse(id, RESPONSE_ERROR, reason);
}
