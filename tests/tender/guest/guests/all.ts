/**
 * Every guest, by name.
 *
 * @module
 */
import type { Abi } from "../../../../tender/guest/guest.ts";
import type { GuestPlan } from "../guest.ts";
import * as basic from "./basic.ts";
import * as devices from "./devices.ts";
import { FAULT_NAMES, faults } from "./faults.ts";
import { asksBadly, asksInvalidly, BAD_HYPERCALLS, haltsWithFarCookie } from "./hostile_hvt.ts";
import { FORBIDDEN_CALLS, forbids, printsElsewhere, setsFs } from "./hostile_spt.ts";

/** The guests of a kind: what each does, and how it is made. */
export function allGuests(abi: Abi): Map<string, GuestPlan> {
  const guests = new Map<string, GuestPlan>([
    ["says hello", basic.hello(abi)],
    ["ends with 3", basic.exits(abi, 3)],
    ["aborts", basic.aborts(abi)],
    ["echoes its arguments", basic.echoesArguments(abi)],
    ["spins", basic.spins(abi)],
    ["floods", basic.floods(abi, 256)],
    ["examines its memory", basic.examines(abi)],
    ["needs 1 MiB", basic.needsMemory(abi, 2 ** 20)],
    ["waits", basic.waits(abi, 50_000_000)],
    ["echoes frames of a device", devices.echoesFrames(abi, ["service"])],
    ["echoes frames of two devices", devices.echoesFrames(abi, ["service0", "service1"])],
    ["uses blocks", devices.usesBlocks(abi)],
  ]);
  for (const name of devices.wrongAccesses(abi)) {
    for (const action of ["read", "write"] as const) {
      guests.set(`${action}s ${name}`, devices.accessesWrongly(abi, name, action));
    }
  }
  for (const name of FAULT_NAMES) guests.set(name, faults(abi, name));
  if (abi === "spt") {
    for (const name of FORBIDDEN_CALLS) guests.set(`calls ${name}`, forbids(name));
    guests.set("sets FS", setsFs());
    guests.set("prints from elsewhere", printsElsewhere());
  } else {
    for (const name of BAD_HYPERCALLS) guests.set(`asks ${name}`, asksBadly(name));
    guests.set("asks invalidly", asksInvalidly());
    guests.set("halts with a far cookie", haltsWithFarCookie());
  }
  return guests;
}
