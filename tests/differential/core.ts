/**
 * The core as WebAssembly, and a server that gives it everything to read.
 *
 * @module
 */
import "portable";
import assert from "node:assert/strict";
import { type Option, word } from "../../calf/dhcp4/testing/messages.ts";
import { ascii } from "../../calf/sdk/sdk_fixture.ts";
import { compileCore, CORE_ENTRY } from "../tasks/compile_core.ts";

let compiled: Promise<WebAssembly.Module> | null = null;

/** The core, compiled once for all tests. */
export function core(): Promise<WebAssembly.Module> {
  return compiled ??= compile();
}

async function compile(): Promise<WebAssembly.Module> {
  const folder = await Deno.makeTempDir();
  try {
    assert.deepEqual(await compileCore(CORE_ENTRY, `${folder}/core.wasm`), []);
    return await WebAssembly.compile(await Deno.readFile(`${folder}/core.wasm`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every option that the client reads besides those that the server always gives. */
export const EXTRA: Option[] = [
  [15, ascii("example.org")],
  [26, [5, 220]],
  [28, word("192.0.2.255")],
  [6, Array.from({ length: 20 }, (_, i) => word(`192.0.2.${i + 50}`)).flat()],
  [58, word(100)],
  [59, word(200)],
  [119, [7, ...ascii("example"), 3, ...ascii("org"), 0, 1, 97, 0xc0, 0]],
  [12, ascii("host\0")],
  [81, [4, 255, 255, 4, ...ascii("host"), 3, ...ascii("lan"), 0]],
  [121, [0, ...word("192.0.2.2"), 20, 172, 16, 255, ...word("192.0.2.3"), 8, 10, 0, 0, 0, 0]],
  [42, [...word("192.0.2.123"), ...word("224.0.1.1"), ...word("192.0.2.124")]],
  [120, [0, 3, ...ascii("sip"), 0, 1, 98, 0xc0, 0]],
  [150, word("192.0.2.69")],
  [108, word(0)],
  [116, [0]],
  [43, [0, 255, 10]],
  [125, [0, 0, 1, 2]],
  [114, ascii("https://portal.example/api")],
  [252, ascii("http://wpad/wpad.dat\0")],
  ...[56, 60, 66, 67, 100, 101, 160].map((code): Option => [code, ascii(`option ${code}`)]),
];
