/**
 * Tells priv which layers of its sandbox hold, as the key /sandbox/layers: one request of the host's
 * own beside those of its service, which takes the answer for nothing that concerns it. Whatever runs
 * the service can send it: a tender says of a guest what the guest itself cannot see.
 *
 * @module
 */
import { REQUEST_WRITE, RequestEncoder } from "../sdk/capnp.ts";
import type { Host } from "../sdk/host.ts";
import { KV_HOST_ID } from "../sdk/kv.ts";

/**
 * Sends the request.
 *
 * @param host sends it by `ctlWrite()`
 * @param layers words separated by one space, a `PlainText` of schema/text_values.ts; a layer that is
 *   missing has `no-` in front
 */
export function tellLayers(host: Host, layers: string): void {
  const value = new TextEncoder().encode(layers);
  const request = new RequestEncoder();
  request.begin(KV_HOST_ID, REQUEST_WRITE);
  request.path("/sandbox/layers", -1);
  request.value(value, 0, value.length);
  host.ctlWrite(request.bytes, request.finish());
}
