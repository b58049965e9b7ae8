/**
 * An operator's messages for tests: made by hand, read in words.
 *
 * @module
 */

import { Message } from "capnp-es";
import assert from "node:assert/strict";
import { Errno } from "../../ffi/errno.ts";
import { receive, send } from "../../ffi/socket.ts";
import { splitPath } from "../../schema/keys.ts";
import { Change, Request, Response } from "../../schema/kv.capnp.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Any request; `fill` says of which kind. */
export function requestOf(id: number, path: string, fill: (request: Request) => void): Uint8Array {
  const message = new Message();
  const request = message.initRoot(Request);
  request.id = id;
  const parts = splitPath(path);
  const places = request._initPath(parts.length);
  parts.forEach((part, i) => places.set(i, part));
  fill(request);
  return new Uint8Array(message.toArrayBuffer());
}

/** Sends a message, which must fit. */
export function say(fd: number, message: Uint8Array): void {
  assert.equal(send(fd, message, message.length), message.length);
}

/** Asks for a key. */
export const read = (id: number, path: string): Uint8Array =>
  requestOf(id, path, (request) => request.read = true);
/** Asks for a path and its changes. */
export const subscribe = (id: number, path: string): Uint8Array =>
  requestOf(id, path, (request) => request.subscribe = true);
/** Sets a key. */
export const write = (id: number, path: string, text: string): Uint8Array =>
  requestOf(
    id,
    path,
    (request) => request._initWrite(text.length).copyBuffer(encoder.encode(text)),
  );

/** The answers that wait, in words: `1 ok TEXT`, `1 error TEXT`, `1 /PATH TEXT`, and `end`. */
export function answers(fd: number): string[] {
  const found: string[] = [];
  const buffer = new Uint8Array(16385);
  for (;;) {
    const length = receive(fd, buffer);
    if (length === -Errno.EAGAIN) return found;
    if (length <= 0) return [...found, "end"];
    const response = new Message(buffer.slice(0, length), false).getRoot(Response);
    const { id } = response;
    if (response.which() === Response.OK) {
      found.push(`${id} ok ${decoder.decode(response.ok.toUint8Array())}`);
    } else if (response.which() === Response.ERROR) {
      found.push(`${id} error ${decoder.decode(response.error.toUint8Array())}`);
    } else {
      for (const change of response.changes) {
        const path = "/" + [...change.path].join("/");
        found.push(
          `${id} ${path} ${
            change.which() === Change.WRITE
              ? decoder.decode(change.write.toUint8Array())
              : "deleted"
          }`,
        );
      }
    }
  }
}
