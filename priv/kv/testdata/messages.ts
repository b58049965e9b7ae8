/**
 * Messages for the tests of this folder: the golden ones, requests made with capnp-es, and raw words.
 *
 * @module
 */

import { Message } from "capnp-es";
import { joinPath, splitPath } from "../../../schema/keys.ts";
import { Request, Response } from "../../../schema/kv.capnp.ts";
import type { KvRequest, KvWrite } from "../codec.ts";
import golden from "./golden.json" with { type: "json" };

/** A response: its id, and what its union holds. */
export interface DecodedResponse {
  /** The request's. */
  readonly id: number;
  /** The value. */
  readonly ok?: string;
  /** Why it was refused. */
  readonly error?: string;
  /** What a subscription has to tell. */
  readonly changes?: readonly KvWrite[];
}

/** One golden message: what `capnp encode` makes of `text`, and what it means. */
export interface GoldenMessage {
  /** What it is an example of. */
  readonly name: string;
  /** "kv" for schema/kv.capnp, "roadmap" for roadmap.capnp. */
  readonly schema: string;
  /** "Request" or "Response". */
  readonly type: string;
  /** The message in the text format of the `capnp` tool. */
  readonly text: string;
  /** The bytes, one word a string. */
  readonly hex: readonly string[];
  /** For a request the decoded form, for a response what `decodeResponse()` gives. */
  readonly meaning: DecodedResponse;
}

/** All golden messages. */
export const GOLDEN_MESSAGES: readonly GoldenMessage[] = golden;

/** Bytes of hexadecimal digits. */
export function fromHex(hex: readonly string[]): Uint8Array {
  return Uint8Array.from(hex.join("").match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** A message of one segment with these words, each as its low and high half. */
export function fromWords(words: readonly (readonly [number, number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + words.length * 8));
  view.setUint32(4, words.length, true);
  words.forEach(([low, high], i) => {
    view.setUint32(8 + i * 8, low, true);
    view.setUint32(12 + i * 8, high, true);
  });
  return new Uint8Array(view.buffer);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function fillPath(init: (length: number) => { set(i: number, text: string): void }, path: string) {
  const parts = splitPath(path);
  const list = init(parts.length);
  parts.forEach((part, i) => list.set(i, part));
}

/** Encodes a request with capnp-es, which no code of ours shares. */
export function encodeRequest(request: KvRequest): Uint8Array {
  const message = new Message();
  const root = message.initRoot(Request);
  root.id = request.id;
  if (request.operation === "unknown") throw new TypeError("Cannot encode an unknown request");
  if ("path" in request) {
    fillPath((n) => root._initPath(n), request.path);
    if (request.operation === "read") root.read = true;
    else if (request.operation === "subscribe") root.subscribe = true;
    else root.watch = true;
  } else if (request.operation === "commit") {
    const list = root._initCommit(request.changes.length);
    request.changes.forEach(({ path, text }, i) => {
      const change = list.get(i);
      fillPath((n) => change._initPath(n), path);
      if (text === null) change.delete = true;
      else change._initWrite(text.length).copyBuffer(latin1(text));
    });
  } else {
    const { path, text } = request.changes[0];
    fillPath((n) => root._initPath(n), path);
    if (text === null) root.delete = true;
    else root._initWrite(text.length).copyBuffer(latin1(text));
  }
  return new Uint8Array(message.toArrayBuffer());
}

/** A commit request. */
export function encodeCommit(id: number, changes: readonly KvWrite[]): Uint8Array {
  return encodeRequest({ id, operation: "commit", changes });
}

/** A response as capnp-es reads it. */
export function decodeResponse(message: Uint8Array): DecodedResponse {
  const response = new Message(message, false).getRoot(Response);
  const { id } = response;
  const text = (data: { toUint8Array(): Uint8Array }) =>
    String.fromCharCode(...data.toUint8Array());
  if (response._isChanges) {
    const changes = [...response.changes].map((change) => ({
      path: joinPath([...change.path]),
      text: change._isWrite ? text(change.write) : null,
    }));
    return { id, changes };
  }
  return response._isOk ? { id, ok: text(response.ok) } : { id, error: text(response.error) };
}
