/**
 * The messages of schema/kv.capnp as priv sees them: requests of an untrusted calf are decoded strictly,
 * responses are encoded. capnp-es does both, but for the changes of encode_changes.ts; guard.ts sees each request
 * before it.
 *
 * @module
 */

import {
  ListElementSize,
  Message,
  type ObjectSize,
  type Pointer,
  PointerType,
  utils,
} from "capnp-es";
import { joinPath, MAX_PART_LENGTH, MAX_PATH_PARTS } from "../../schema/keys.ts";
import { Change, Request, Response } from "../../schema/kv.capnp.ts";
import { MAX_VALUE_LENGTH, type Parsed } from "../../schema/value_type.ts";
import { checkStructure } from "./guard.ts";

/** Most changes in one commit, or in one message to a subscription. */
export const MAX_CHANGES = 128;

/** One change that a calf asks for: a new text, or null to delete the path and all below. */
export interface KvWrite {
  /** `/a/b`, or `/` for the empty path. */
  readonly path: string;
  /** The value's bytes as one character each, unchecked; null deletes. */
  readonly text: string | null;
}

/** What a calf asks for. A single write or delete is a commit of one change. */
export type KvRequest =
  | {
    readonly id: number;
    readonly operation: "read" | "watch" | "subscribe";
    readonly path: string;
  }
  | {
    readonly id: number;
    readonly operation: "write" | "delete" | "commit";
    readonly changes: readonly KvWrite[];
  }
  | { readonly id: number; readonly operation: "unknown"; readonly path: string };

// Scalars and unions are read through the classes of kv.capnp.ts, but not lists: their getters take any pointer
// for what the schema says, allocate behind a null pointer, and copy a whole list of structs that are shorter than
// the schema's (turning their null pointers into others). Here lists are only looked at, with what the getters are
// made of.

/** Length of the stream frame of one segment, bytes. */
const FRAME_LENGTH = 8;
/** What capnp-es may spend on one request, at 8 for each object that it makes on the way. */
const TRAVERSAL_LIMIT = 65536;
// Where kv.capnp has the pointers of Request and Change: `path`, and the one that `write` and `commit` share.
const PATH_POINTER = 0;
const BODY_POINTER = 1;

/** Why a request is malformed, in words of this file or guard.ts. */
class MalformedMessage extends Error {}

/**
 * Length of the list of `size` behind a pointer, 0 for null; refuses a pointer to anything else and more than
 * `max` elements.
 */
function listLength(pointer: Pointer, size: ListElementSize, max: number, what: string): number {
  if (utils.isNull(pointer)) return 0;
  if (
    utils.getTargetPointerType(pointer) !== PointerType.LIST ||
    utils.getTargetListElementSize(pointer) !== size
  ) throw new MalformedMessage(`not ${what}`);
  const length = utils.getTargetListLength(pointer);
  if (length > max) throw new MalformedMessage("list too long");
  return length;
}

/** The list of bytes (Data, Text) behind a pointer, where it lies. */
function readBytes(pointer: Pointer, max: number): Uint8Array {
  const length = listLength(pointer, ListElementSize.BYTE, max, "bytes");
  const { segment, byteOffset } = utils.getContent(pointer);
  return new Uint8Array(segment.buffer, byteOffset, length);
}

/** One part of a path: printable ASCII without `/`, closed by the NUL of every Text. */
function readPart(pointer: Pointer): string {
  const bytes = readBytes(pointer, MAX_PART_LENGTH + 1);
  const length = bytes.length - 1;
  if (length < 1) throw new MalformedMessage("empty part of a path");
  if (bytes[length] !== 0) throw new MalformedMessage("text without its NUL");
  for (let i = 0; i < length; i++) {
    if (bytes[i] <= 0x20 || bytes[i] > 0x7e || bytes[i] === 0x2f) {
      throw new MalformedMessage("a path with other than printable ASCII");
    }
  }
  return String.fromCharCode(...bytes.subarray(0, length));
}

/** The path, part by part as bytes: capnp-es's Text drops some of what is no UTF-8, and any NUL. */
function readPath(struct: Request | Change, size: ObjectSize, maxParts: number): string {
  if (size.pointerLength <= PATH_POINTER) return joinPath([]);
  const pointer = utils.getPointer(PATH_POINTER, struct);
  const length = listLength(
    pointer,
    ListElementSize.POINTER,
    maxParts,
    "a list of pointers",
  );
  const first = utils.getContent(pointer);
  const parts: string[] = [];
  for (let i = 0; i < length; i++) parts.push(readPart(utils.add(8 * i, first)));
  return joinPath(parts);
}

/** The value as one character per byte. */
function readValue(struct: Request | Change, size: ObjectSize): string {
  if (size.pointerLength <= BODY_POINTER) return "";
  return String.fromCharCode(
    ...readBytes(utils.getPointer(BODY_POINTER, struct), MAX_VALUE_LENGTH),
  );
}

function readChange(change: Change, size: ObjectSize, maxParts: number): KvWrite {
  const path = readPath(change, size, maxParts);
  switch (size.dataByteLength > 0 ? change.which() : Change.WRITE) {
    case Change.WRITE:
      return { path, text: readValue(change, size) };
    case Change.DELETE:
      return { path, text: null };
    default:
      throw new MalformedMessage("a change of unknown kind");
  }
}

function readChanges(request: Request, maxParts: number): KvWrite[] {
  const list = utils.getPointerAs(BODY_POINTER, Request._Commit, request);
  const length = listLength(list, ListElementSize.COMPOSITE, MAX_CHANGES, "a list of structs");
  if (length === 0) return [];
  const size = utils.getTargetCompositeListSize(list);
  const changes: KvWrite[] = [];
  for (let i = 0; i < length; i++) changes.push(readChange(list.get(i), size, maxParts));
  return changes;
}

/** Reads a message that `checkStructure()` has passed. */
function readRequest(bytes: Uint8Array, maxParts: number): KvRequest {
  const message = new Message(bytes.subarray(FRAME_LENGTH), false, true); // copies the segment
  message._capnp.traversalLimit = TRAVERSAL_LIMIT;
  const request = message.getRoot(Request); // of the schema's size: a shorter one is filled up
  const { id } = request;
  const size = Request._capnp.size;
  const path = readPath(request, size, maxParts);
  switch (request.which()) {
    case Request.WRITE:
      return { id, operation: "write", changes: [{ path, text: readValue(request, size) }] };
    case Request.READ:
      return { id, operation: "read", path };
    case Request.DELETE:
      return { id, operation: "delete", changes: [{ path, text: null }] };
    case Request.WATCH:
      return { id, operation: "watch", path };
    case Request.SUBSCRIBE:
      return { id, operation: "subscribe", path };
    case Request.COMMIT:
      if (path !== "/") throw new MalformedMessage("a commit with a path");
      return { id, operation: "commit", changes: readChanges(request, maxParts) };
    default:
      return { id, operation: "unknown", path };
  }
}

/**
 * Decodes one message of a calf. It must pass `checkStructure()` and have at most `maxParts` parts of a path with 1 to 64
 * printable ASCII bytes each, 512 bytes of value, and 128 changes. A request of a kind that a later schema added
 * is not malformed but `unknown`.
 *
 * @param message one datagram, which is not kept
 * @param maxParts most parts of a path; what a calf may use unless told otherwise
 * @returns the request, or why the message is malformed. Never throws.
 */
export function decodeRequest(
  message: Uint8Array,
  maxParts: number = MAX_PATH_PARTS,
): Parsed<KvRequest> {
  const fault = checkStructure(message);
  if (fault !== null) return { ok: false, reason: fault };
  try {
    return { ok: true, value: readRequest(message, maxParts) };
  } catch (error) {
    // Whatever else might be thrown is as much the message's doing: the calf goes, priv stays.
    const reason = error instanceof MalformedMessage ? error.message : "decoder failed";
    return { ok: false, reason };
  }
}

/** The bytes of a text, cut and with `?` for what is not printable ASCII. */
function toPrintable(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.min(text.length, MAX_VALUE_LENGTH));
  for (let i = 0; i < bytes.length; i++) {
    const code = text.charCodeAt(i);
    bytes[i] = code < 0x20 || code > 0x7e ? 0x3f : code;
  }
  return bytes;
}

/** Encodes `Response.ok` with the value, or "" where there is none. Anything but printable ASCII becomes `?`. */
export function encodeOk(id: number, text: string): Uint8Array {
  const message = new Message();
  const response = message.initRoot(Response);
  const bytes = toPrintable(text);
  response.id = id;
  response._initOk(bytes.length).copyBuffer(bytes);
  return new Uint8Array(message.toArrayBuffer());
}

/** Encodes `Response.error` with a reason of at most 512 characters. */
export function encodeError(id: number, reason: string): Uint8Array {
  const message = new Message();
  const response = message.initRoot(Response);
  const bytes = toPrintable(reason);
  response.id = id;
  response._initError(bytes.length).copyBuffer(bytes);
  return new Uint8Array(message.toArrayBuffer());
}
