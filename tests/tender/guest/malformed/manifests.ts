/**
 * Guests whose manifest is missing or wrong.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import {
  abiNote,
  manifestContents,
  manifestNote,
  MFT1,
  note,
  rawEntries,
  type RawEntry,
  RESERVED,
} from "../notes.ts";
import { asMalformed, type Malformed, type Row, withNotes } from "./change.ts";

/** Guests whose manifest is missing or wrong. */
export function malformedManifests(abi: Abi): Malformed[] {
  const raw = (contents: Uint8Array, size?: number) =>
    withNotes(abi, abiNote(abi), note({ type: MFT1, contents, size }));
  const entries = (...list: RawEntry[]) => raw(manifestContents([{ type: RESERVED }, ...list]));
  const many = (count: number) =>
    raw(manifestContents(rawEntries(
      Array.from({ length: count }, (_, i) => ({ name: `device${i}`, type: "net" as const })),
    )));
  const notReserved = "the first entry of its manifest is not the reserved one";
  const wrongSize = "its manifest has not the size that its entries need";
  const letters = "entry 1 of its manifest has a name that is not of letters and digits";
  const net = { name: "net0", type: 2 };
  const rows: Row[] = [
    ["no manifest", withNotes(abi, abiNote(abi)), "it has no manifest of Solo5"],
    [
      "two manifests",
      withNotes(abi, abiNote(abi), manifestNote([]), manifestNote([])),
      "it has more than one manifest",
    ],
    [
      "a manifest's version",
      raw(manifestContents([{ type: RESERVED }], 2)),
      "the version of its manifest is unknown",
    ],
    ["no entries", raw(manifestContents([])), "its manifest has no entries"],
    ["64 devices", many(64), "its manifest is too large"],
    [
      "65 entries, it says",
      raw(manifestContents([{ type: RESERVED }], 1, 65)),
      "its manifest has more than 64 entries",
    ],
    [
      "2^32 - 1 entries, it says",
      raw(manifestContents([{ type: RESERVED }], 1, 2 ** 32 - 1)),
      "its manifest has more than 64 entries",
    ],
    ["one entry more, it says", raw(manifestContents([{ type: RESERVED }], 1, 2)), wrongSize],
    ["one entry less, it says", raw(manifestContents([{ type: RESERVED }, net], 1, 1)), wrongSize],
    ["a manifest of nothing", raw(new Uint8Array(0)), "its manifest is too small"],
    ["a manifest of padding", raw(new Uint8Array(4)), "its manifest is too small"],
    ["a manifest of half a header", raw(new Uint8Array(8)), "its manifest is too small"],
    [
      "a manifest cut off",
      raw(manifestContents([{ type: RESERVED }]), 220),
      "its manifest is cut off",
    ],
    ["a first device", raw(manifestContents([net])), notReserved],
    [
      "a first entry with a name",
      raw(manifestContents([{ name: "a", type: RESERVED }])),
      notReserved,
    ],
    [
      "a second reserved entry",
      entries({ name: "a", type: RESERVED }),
      "entry 1 of its manifest is of an unknown type",
    ],
    [
      "a PCI device",
      entries({ name: "a", type: 3 }),
      "entry 1 of its manifest is of an unknown type",
    ],
    [
      "a device without type",
      entries({ name: "a" }),
      "entry 1 of its manifest is of an unknown type",
    ],
    ["a device without name", entries({ type: 2 }), "entry 1 of its manifest has no name"],
    [
      "a name without end",
      entries({ name: "a".repeat(68), type: 1 }),
      "the name of entry 1 of its manifest has no end",
    ],
    ["a name with a control character", entries({ name: "a\x1b[31m", type: 1 }), letters],
    ["a name with a line feed", entries({ name: "net0\n", type: 1 }), letters],
    ["a name with a space", entries({ name: "a b", type: 1 }), letters],
    ["a name with =", entries({ name: "a=b", type: 1 }), letters],
    ["a name with a slash", entries({ name: "../a", type: 1 }), letters],
    ["a name of other letters", entries({ name: "ü", type: 1 }), letters],
    [
      "two devices of a name",
      entries(net, net),
      "entry 2 of its manifest has the name net0 of another one",
    ],
    [
      "an attached device",
      entries({ ...net, attached: 1 }),
      "entry 1 of its manifest says that it is attached",
    ],
    [
      "an attached reserved entry",
      raw(manifestContents([{ type: RESERVED, attached: 2 }])),
      "entry 0 of its manifest says that it is attached",
    ],
  ];
  return asMalformed(rows);
}
