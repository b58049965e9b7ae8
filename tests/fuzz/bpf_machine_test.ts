import assert from "node:assert/strict";
import { program } from "../../ffi/filter_fixture.ts";
import { calfFilter, receiveFilter } from "../../priv/bpf/programs.ts";
import {
  ARP_IN,
  ARP_OUT,
  attached,
  DHCP_DISCOVER,
  DHCP_OFFER,
  patch,
} from "../../priv/bpf/testing/kernel_filter.ts";
import { runBpf } from "./bpf_machine.ts";

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

Deno.test("runBpf() does with golden frames, and each byte of them changed, as the kernel does", () => {
  for (const filter of [receiveFilter(MAC, 1514), calfFilter(MAC, 1514, null)]) {
    attached(filter, (kernel) => {
      let passed = 0;
      for (const frame of [DHCP_OFFER, DHCP_DISCOVER, ARP_IN, ARP_OUT]) {
        for (let at = 0; at < Math.min(frame.length, 60); at++) {
          const changed = patch(frame, at, frame[at] === 0xff ? "00" : "ff");
          for (const each of [frame, changed, frame.slice(0, at + 1)]) {
            const kept = runBpf(filter, each);
            assert.equal(kept, kernel.run(each)?.length ?? 0, `byte ${at}`);
            passed += kept > 0 ? 1 : 0;
          }
        }
      }
      assert.ok(passed > 50, `${passed} passed`);
    });
  }
});

Deno.test("runBpf() computes as the kernel does at the limits of 32 bits", () => {
  const packet = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x45, 0, 0, 7);
  for (
    const [code, k] of [
      [0x04, 1],
      [0x14, 0xffffffff],
      [0x24, 0x10001],
      [0x34, 7],
      [0x44, 0],
      [0x54, 0x80000005],
      [0x64, 31],
      [0x74, 31],
      [0x84, 0],
      [0x94, 10],
      [0xa4, 0xfffffff0],
      [0x3c, 0], // by X, which is 0
    ]
  ) {
    const bytes = program([0x20, 0, 0, 0], [code, 0, 0, k], [0x54, 0, 0, 7], [0x16, 0, 0, 0]);
    attached(bytes, (kernel) => {
      assert.equal(runBpf(bytes, packet), kernel.run(packet)?.length ?? 0, `code ${code}`);
    });
  }
});
