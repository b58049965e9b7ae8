/**
 * Plays what the harness told of a scenario (`--trace`) with the TypeScript form of the core, which must do
 * the same at every call.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Dhcp4Service } from "../../../calf/dhcp4/service.ts";
import { Host } from "../../../calf/sdk/host.ts";
import { fromAscii } from "../../../calf/sdk/sdk_fixture.ts";
import { PrivEyes } from "../priv_eyes.ts";

const NOTHING = new Uint8Array(0);

function toHex(buf: Uint8Array, len: number): string {
  return Buffer.from(buf.buffer, buf.byteOffset, len).toString("hex");
}

/** A buffer that ends with the frame or message, so that a read beyond it shows as a difference. */
function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

/** Writes down what the service does, as the harness does. */
class TracingHost extends Host {
  readonly lines: string[] = [];
  readonly #eyes = new PrivEyes();
  now = 0;

  override netWrite(buf: Uint8Array, len: number): void {
    this.lines.push(`> frame ${toHex(buf, len)}`);
    this.#eyes.seeFrame(buf.slice(0, len));
  }

  override ctlWrite(buf: Uint8Array, len: number): void {
    this.lines.push(`> ctl ${toHex(buf, len)}`);
    this.#eyes.seeRequest(buf.slice(0, len));
  }

  override nowMs(): number {
    return this.now;
  }

  override log(severity: number, text: Uint8Array, len: number): void {
    this.lines.push(`> log <${severity}>${fromAscii(text.subarray(0, len))}`);
  }
}

/**
 * Compares the two forms.
 *
 * @param trace lines of one scenario
 * @returns how many calls there were
 * @throws AssertionError at the first difference, and whatever the TypeScript throws
 */
export function playTrace(trace: readonly string[]): number {
  const host = new TracingHost();
  const service = new Dhcp4Service(host);
  let calls = 0;
  let last = "";
  for (const [i, line] of trace.entries()) {
    const [word, rest = ""] = line.split(/ (.*)/s);
    if (word === ">") {
      assert.equal(host.lines.shift(), line, `${last}: the Wasm form says something else`);
      continue;
    }
    if (word !== "now" && word !== "deadline") last = line;
    // What follows a call is what it said.
    if (word !== "now") assert.deepEqual(host.lines, [], `${last}: the TypeScript says more`);
    const bytes = word === "frame" || word === "ctl" ? fromHex(rest) : NOTHING;
    if (word === "now") host.now = Number(rest);
    else if (word === "deadline") assert.equal(service.nextDeadlineMs(), Number(rest), last);
    else if (word === "start") service.start();
    else if (word === "frame") service.onFrame(bytes, bytes.length);
    else if (word === "ctl") service.onCtl(bytes, bytes.length);
    else if (word === "timer") service.onTimer();
    else throw new Error(`Cannot read line ${i} of the trace: ${line}`);
    calls += 1;
  }
  assert.deepEqual(host.lines, [], `${last}: the TypeScript says more`);
  return calls;
}
