/**
 * The core as a WebAssembly module behind the interface that the plain TypeScript has.
 *
 * @module
 */
import "portable";
import { type Host, Service } from "../../calf/sdk/host.ts";

/** The exports of `calf/host/guest/exports.ts`. */
interface CoreExports {
  memory: WebAssembly.Memory;
  receiveBuffer(): number;
  start(): void;
  onFrame(len: number): void;
  onCtl(len: number): void;
  onTimer(): void;
  nextDeadlineMs(): number;
}

/**
 * One instance of the core. A frame or message is copied to the start of the instance's receive
 * buffer, where what an earlier one left behind follows it, as in a calf.
 */
export class WasmService extends Service {
  readonly #core: CoreExports;

  /**
   * Instantiates `module`, which makes the service in it.
   *
   * @param module what asc made of `calf/host/guest/exports.ts`
   * @param host what the service may call; the buffers that it gets lie in the instance's memory
   */
  constructor(module: WebAssembly.Module, host: Host) {
    super();
    // An address is an i32 to WebAssembly, and unsigned.
    const at = (address: number, len: number) =>
      new Uint8Array(this.#core.memory.buffer, address >>> 0, len);
    const exports = {
      netWrite: (address: number, len: number) => host.netWrite(at(address, len), len),
      ctlWrite: (address: number, len: number) => host.ctlWrite(at(address, len), len),
      nowMs: () => host.nowMs(),
      log: (severity: number, address: number, len: number) =>
        host.log(severity, at(address, len), len),
    };
    const instance = new WebAssembly.Instance(module, { exports });
    this.#core = instance.exports as unknown as CoreExports;
  }

  /** Bytes of the instance's memory. */
  get memoryBytes(): number {
    return this.#core.memory.buffer.byteLength;
  }

  /**
   * Bytes of memory up to the last one that is not zero. Each allocation makes it more: the stub
   * runtime of asc takes new memory from the end, and begins it with a length.
   */
  get usedBytes(): number {
    const memory = new Uint8Array(this.#core.memory.buffer);
    return memory.findLastIndex((byte) => byte !== 0) + 1;
  }

  /** See `Service.start()`. */
  override start(): void {
    this.#core.start();
  }

  /** See `Service.onFrame()`; at most 9216 bytes, as the receive buffer has. */
  override onFrame(buf: Uint8Array, len: i32): void {
    this.#put(buf, len);
    this.#core.onFrame(len);
  }

  /** See `Service.onCtl()`; at most 8192 bytes. */
  override onCtl(buf: Uint8Array, len: i32): void {
    this.#put(buf, len);
    this.#core.onCtl(len);
  }

  /** See `Service.onTimer()`. */
  override onTimer(): void {
    this.#core.onTimer();
  }

  /** See `Service.nextDeadlineMs()`. */
  override nextDeadlineMs(): i32 {
    return this.#core.nextDeadlineMs();
  }

  #put(buf: Uint8Array, len: number): void {
    new Uint8Array(this.#core.memory.buffer).set(buf.subarray(0, len), this.#core.receiveBuffer());
  }
}
