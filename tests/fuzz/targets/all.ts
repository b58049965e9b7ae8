/**
 * Every target in TypeScript.
 *
 * @module
 */
import type { Target } from "../target.ts";
import { AUDIT } from "./audit.ts";
import { BPF_PROGRAMS } from "./bpf.ts";
import { CONFIG } from "./config.ts";
import { CONTROL } from "./control.ts";
import { ENCODING } from "./encoding.ts";
import { JOURNAL, LEASE } from "./files.ts";
import { GUEST } from "./guest.ts";
import { RESPONSE } from "./response.ts";
import { SERVICE } from "./service.ts";
import { HTTP, LOG, VALUES } from "./text.ts";

/** In the order in which they run. */
export const TARGETS: readonly Target[] = [
  ...[SERVICE, CONTROL, RESPONSE, ENCODING, BPF_PROGRAMS, CONFIG],
  ...[LEASE, JOURNAL, AUDIT, VALUES, LOG, HTTP, GUEST],
];

/** The target of a name. @throws Error when there is none */
export function targetByName(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`Cannot fuzz ${name}: there is no such target`);
  return target;
}
