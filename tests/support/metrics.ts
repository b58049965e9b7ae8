/**
 * Reading the metrics of a daemon under test.
 *
 * @module
 */

import assert from "node:assert/strict";

/** What came back. */
export interface HttpAnswer {
  /** The first line. */
  readonly status: string;
  /** The other lines of the head. */
  readonly head: readonly string[];
  /** What follows. */
  readonly body: string;
}

/** Sends text to a Unix socket and reads until the other side ends. */
export async function askHttp(path: string, request: string): Promise<HttpAnswer> {
  using connection = await Deno.connect({ transport: "unix", path });
  await connection.write(new TextEncoder().encode(request));
  const text = await new Response(connection.readable).text();
  const end = text.indexOf("\r\n\r\n");
  assert.ok(end > 0, text);
  const [status, ...head] = text.slice(0, end).split("\r\n");
  return { status, head, body: text.slice(end + 4) };
}

/** The metrics at a Unix socket. */
export async function readMetrics(path: string): Promise<string> {
  const { status, body } = await askHttp(path, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.equal(status, "HTTP/1.1 200 OK");
  return body;
}

/** The value of a series, such as `mirage_dhcp_link_up{interface="eth0"}`; it must be there, once. */
export function sample(metrics: string, series: string): number {
  const lines = metrics.split("\n").filter((line) => line.startsWith(`${series} `));
  assert.equal(lines.length, 1, `${series} in\n${metrics}`);
  return Number(lines[0].slice(series.length + 1));
}
