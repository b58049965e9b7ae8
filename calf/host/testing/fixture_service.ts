/**
 * The service of the calf in `calf_fixture.ts`.
 *
 * @module
 */
import { errno, ErrnoError, errnoName, LIBC, openLibrary } from "../../../ffi/errno.ts";
import { addressOf, cString, fixedMemory } from "../../../ffi/memory.ts";
import { getParentPid, killProcess } from "../../../ffi/process.ts";
import { type Host, LOG_INFO, Service } from "../../sdk/host.ts";

const libc = openLibrary(LIBC, {
  syscall: {
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"],
    result: "i64",
  },
});

/** What the parent tells the calf to do, as JSON in one ctl message. */
export type Order =
  /** The number and the arguments; text stands for a pointer to it, and so do bytes. */
  | { do: "syscall"; call: (number | string | number[])[] }
  | { do: "churn"; rounds: number }
  | { do: "javascript"; what: string }
  | { do: "throw" }
  /** Answers, and never looks at a channel again. */
  | { do: "spin" };

// Made before the process gives up the permission to ask for addresses.
const scratch = fixedMemory(4096);
const scratchAddress = addressOf(scratch);

const ALL = ["run", "read", "write", "net", "env", "sys", "import", "ffi"] as const;

const ATTEMPTS: Record<string, () => unknown> = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/mirage-calf-fixture", ""),
  net: () => Deno.listen({ port: 0 }).addr,
  sys: () => Deno.hostname(),
  granted: () => ALL.filter((name) => Deno.permissions.querySync({ name }).state === "granted"),
  "signal priv": () => killProcess(getParentPid(), 0),
  dlopen: () => Deno.dlopen(LIBC, {}),
  pointer: () => Deno.UnsafePointer.create(4096n),
  env: () => Deno.env.toObject(),
  run: () => new Deno.Command("/bin/true").outputSync(),
  memory: () => Array.from({ length: 64 }, () => new Uint8Array(8 << 20).fill(1)).length,
  WebAssembly: () => typeof WebAssembly,
};

/** The name of a system call's error, or of another exception. */
export function codeOf(error: unknown): string {
  return error instanceof ErrnoError ? errnoName(error.code) : (error as Error).name;
}

/** Calls; gives the result or the name of the error. */
function call(words: (number | string | number[])[]): number | string {
  let used = 0;
  const numbers = words.map((word) => {
    if (typeof word === "number") return BigInt(word);
    const bytes = typeof word === "string" ? cString(word, "argument") : Uint8Array.from(word);
    scratch.set(bytes, used);
    used += bytes.length;
    return scratchAddress + BigInt(used - bytes.length);
  });
  const [n, a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = numbers;
  const result = Number(libc.syscall(n, a, b, c, d, e, f));
  return result === -1 ? errnoName(errno()) : result;
}

/** Sends every frame back, and obeys orders. */
export class FixtureService extends Service {
  #deadline = 0;
  #timers = 0;
  #kept: unknown[] = [];
  readonly #host: Host;

  constructor(host: Host) {
    super();
    this.#host = host;
  }

  override start(): void {
    this.#deadline = this.#host.nowMs() + 10;
    const text = new TextEncoder().encode("started\n<0>caf\u00e9");
    this.#host.log(LOG_INFO, text, text.length);
  }

  override onFrame(buf: Uint8Array, len: i32): void {
    this.#host.netWrite(buf, len);
  }

  override onCtl(buf: Uint8Array, len: i32): void {
    const order = JSON.parse(new TextDecoder().decode(buf.subarray(0, len))) as Order;
    let reply: unknown;
    try {
      reply = this.#obey(order);
    } catch (error) {
      if (order.do === "throw") throw error;
      reply = codeOf(error);
    }
    const bytes = new TextEncoder().encode(JSON.stringify({ reply, timers: this.#timers }));
    this.#host.ctlWrite(bytes, bytes.length);
    while (order.do === "spin");
  }

  #obey(order: Order): unknown {
    switch (order.do) {
      case "syscall":
        return call(order.call);
      case "churn":
        return this.#churn(order.rounds);
      case "javascript":
        return ATTEMPTS[order.what]();
      case "throw":
        throw new TypeError("told to\nthrow");
      case "spin":
        return "spinning";
    }
  }

  /** Garbage of every kind: short-lived, long-lived, large, outside the heap, deep. */
  #churn(rounds: number): number {
    for (let round = 0; round < rounds; round++) {
      const objects: unknown[] = [];
      for (let i = 0; i < 20_000; i++) objects.push({ i, text: `object ${i} ${round}`, map: [i] });
      this.#kept.push(objects.slice(0, 500), new Uint8Array(100_000 + round));
      if (this.#kept.length > 100) this.#kept.splice(0, 90);
      const map = new Map(objects.map((object, i) => [String(i * Math.PI), object]));
      const text = JSON.stringify([...map.keys()]);
      const sorted = (JSON.parse(text) as string[]).sort();
      if (!/^(?:\["[^"]+",?)/.test(text) || sorted.length !== 20_000) return -1;
    }
    return rounds;
  }

  override onTimer(): void {
    if (this.nextDeadlineMs() > 0) return;
    this.#timers++;
    this.#deadline += 10;
  }

  override nextDeadlineMs(): i32 {
    return Math.max(0, this.#deadline - this.#host.nowMs());
  }
}
