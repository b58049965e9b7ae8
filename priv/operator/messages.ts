/**
 * The messages of schema/kv.capnp as an operator's command sees them: requests are encoded, and the daemon's
 * responses decoded. The daemon is trusted, but whoever has taken its socket's place is not.
 *
 * @module
 */

import { ListElementSize, Message, type Pointer, PointerType, utils } from "capnp-es";
import {
  joinPath,
  MAX_OPERATOR_PATH_PARTS,
  MAX_PART_LENGTH,
  splitPath,
} from "../../schema/keys.ts";
import { Change, Request, Response } from "../../schema/kv.capnp.ts";
import { MAX_VALUE_LENGTH, type Parsed } from "../../schema/value_type.ts";
import type { KvWrite } from "../kv/codec.ts";
import { checkStructure } from "../kv/guard.ts";

/** What an operator may ask for. */
export type OperatorRequest =
  | { readonly operation: "read" | "subscribe"; readonly path: string }
  | { readonly operation: "write"; readonly path: string; readonly text: string };

/** What the daemon answers. */
export type OperatorResponse =
  | { readonly id: number; readonly kind: "ok" | "error"; readonly text: string }
  | {
    readonly id: number;
    readonly kind: "changes";
    readonly changes: readonly KvWrite[];
    /** Whether the message is so full that what it tells may go on in the next. */
    readonly mayContinue: boolean;
  };

/** Most changes in one message: a full one may be followed by the rest. */
const MAX_CHANGES = 128;
/** A longer message may have had no room for one more change of the largest size. */
const NEARLY_FULL = 15_000;
const FRAME_LENGTH = 8;
const TRAVERSAL_LIMIT = 262_144;
/** Where Change has its pointers; both of Response's are the first one. */
const PATH_POINTER = 0;
const VALUE_POINTER = 1;
const BODY_POINTER = 0;

const encoder = new TextEncoder();

/** Encodes one request; all text is ASCII. */
export function encodeRequest(id: number, request: OperatorRequest): Uint8Array {
  const message = new Message();
  const root = message.initRoot(Request);
  root.id = id;
  const parts = splitPath(request.path);
  const places = root._initPath(parts.length);
  parts.forEach((part, at) => places.set(at, part));
  switch (request.operation) {
    case "read":
      root.read = true;
      break;
    case "subscribe":
      root.subscribe = true;
      break;
    case "write": {
      const bytes = encoder.encode(request.text);
      root._initWrite(bytes.length).copyBuffer(bytes);
    }
  }
  return new Uint8Array(message.toArrayBuffer());
}

class MalformedMessage extends Error {}

/** Length of the list of `size` behind a pointer, 0 for null; refuses all else. */
function listLength(pointer: Pointer, size: ListElementSize, max: number): number {
  if (utils.isNull(pointer)) return 0;
  if (
    utils.getTargetPointerType(pointer) !== PointerType.LIST ||
    utils.getTargetListElementSize(pointer) !== size
  ) throw new MalformedMessage("a list of another kind");
  const length = utils.getTargetListLength(pointer);
  if (length > max) throw new MalformedMessage("list too long");
  return length;
}

/** Data or Text as one character for each byte. */
function readBytes(pointer: Pointer, max: number): string {
  const length = listLength(pointer, ListElementSize.BYTE, max);
  if (length === 0) return "";
  const { segment, byteOffset } = utils.getContent(pointer);
  return String.fromCharCode(...new Uint8Array(segment.buffer, byteOffset, length));
}

function readPart(pointer: Pointer): string {
  const text = readBytes(pointer, MAX_PART_LENGTH + 1);
  const part = text.slice(0, -1);
  if (!text.endsWith("\0") || !/^[\x21-\x2e\x30-\x7e]+$/.test(part)) {
    throw new MalformedMessage("a bad part of a path");
  }
  return part;
}

function readPath(change: Change): string {
  const pointer = utils.getPointer(PATH_POINTER, change);
  const length = listLength(pointer, ListElementSize.POINTER, MAX_OPERATOR_PATH_PARTS);
  const parts: string[] = [];
  for (let i = 0; i < length; i++) {
    parts.push(readPart(utils.add(8 * i, utils.getContent(pointer))));
  }
  return joinPath(parts);
}

function readChange(change: Change): KvWrite {
  const path = readPath(change);
  switch (change.which()) {
    case Change.WRITE: {
      const text = readBytes(utils.getPointer(VALUE_POINTER, change), MAX_VALUE_LENGTH);
      return { path, text };
    }
    case Change.DELETE:
      return { path, text: null };
    default:
      throw new MalformedMessage("a change of unknown kind");
  }
}

function readChanges(response: Response): KvWrite[] {
  const list = utils.getPointerAs(BODY_POINTER, Response._Changes, response);
  const length = listLength(list, ListElementSize.COMPOSITE, MAX_CHANGES);
  if (length === 0) return [];
  const { dataByteLength, pointerLength } = utils.getTargetCompositeListSize(list);
  // A later schema's may be longer, but no schema's is shorter.
  if (dataByteLength < 8 || pointerLength < 2) throw new MalformedMessage("changes too short");
  const changes: KvWrite[] = [];
  for (let i = 0; i < length; i++) changes.push(readChange(list.get(i)));
  return changes;
}

function readResponse(bytes: Uint8Array): OperatorResponse {
  const message = new Message(bytes.subarray(FRAME_LENGTH), false, true); // copies the segment
  message._capnp.traversalLimit = TRAVERSAL_LIMIT;
  const response = message.getRoot(Response);
  const { id } = response;
  switch (response.which()) {
    case Response.OK:
    case Response.ERROR: {
      const kind = response.which() === Response.OK ? "ok" : "error";
      return {
        id,
        kind,
        text: readBytes(utils.getPointer(BODY_POINTER, response), MAX_VALUE_LENGTH),
      };
    }
    case Response.CHANGES: {
      const changes = readChanges(response);
      const mayContinue = changes.length === MAX_CHANGES || bytes.length > NEARLY_FULL;
      return { id, kind: "changes", changes, mayContinue };
    }
    default:
      throw new MalformedMessage("a response of unknown kind");
  }
}

/**
 * Decodes one response. It must pass `checkStructure()`; paths have at most 6 parts of 1 to 64 printable ASCII
 * characters, values at most 512 bytes, which are given as one character each and may be any.
 *
 * @param message one datagram, which is not kept
 * @returns the response, or why the message is malformed. Never throws.
 */
export function decodeResponse(message: Uint8Array): Parsed<OperatorResponse> {
  const fault = checkStructure(message);
  if (fault !== null) return { ok: false, reason: fault };
  try {
    return { ok: true, value: readResponse(message) };
  } catch (error) {
    const reason = error instanceof MalformedMessage ? error.message : "decoder failed";
    return { ok: false, reason };
  }
}
