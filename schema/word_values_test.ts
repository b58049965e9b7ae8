import assert from "node:assert/strict";
import type { ValueType } from "./value_type.ts";
import { testValueType } from "./values_fixture.ts";
import {
  AcdMode,
  ClientRequest,
  ClientState,
  DaemonRequest,
  FallbackMode,
  FqdnMode,
  Health,
  LinkStatus,
  Origin,
  SandboxKind,
  Switch,
} from "./word_values.ts";

/** Each type with its words, all of them. */
const WORDS: [ValueType<string>, string][] = [
  [LinkStatus, "up down"],
  [
    ClientState,
    "INIT SELECTING REQUESTING BOUND RENEWING REBINDING INIT-REBOOT REBOOTING " +
    "PROBING INFORMING V6ONLY RELEASED",
  ],
  [Switch, "on off"],
  [Origin, "dhcp ipv4ll static inform"],
  [AcdMode, "after before off"],
  [FallbackMode, "none ipv4ll static"],
  [FqdnMode, "none ptr both"],
  [ClientRequest, "renew rebind release"],
  [SandboxKind, "v8 spt hvt"],
  [DaemonRequest, "reload"],
  [Health, "ok failing"],
];

/** What is no word of any type. */
const NOT_WORDS = ["true", "1", "0", "yes", "length", "__proto__", "constructor", "find"];

for (const [type, text] of WORDS) {
  const words = text.split(" ");
  const others = words.flatMap((word) => [
    word + word,
    word.slice(1),
    word.slice(0, -1),
    word === word.toLowerCase() ? word.toUpperCase() : word.toLowerCase(),
    word.replace("-", "_") + " ",
  ]).filter((other) => !words.includes(other));
  const foreign = WORDS.flatMap(([, text]) => text.split(" ")).filter((w) => !words.includes(w));
  testValueType({
    type,
    good: words.map((word) => [word]),
    bad: [...NOT_WORDS, ...others, ...foreign, `${words.join(", ")},`],
  });

  Deno.test(`${type.name} has these words and no others`, () => {
    assert.equal(type.accepts, `one of ${words.join(", ")}`);
  });
}
