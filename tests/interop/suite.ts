/**
 * The cases of the table "server × case". Each cell is a test `interop: SERVER: CASE`.
 *
 * @module
 */

import { testWith } from "../support/requirements.ts";
import { testLease, testRebind, testRenew, testTwoClients } from "./lease_cases.ts";
import { testNak, testNakOfExtension, testReboot, testRelease } from "./memory_cases.ts";
import type { Row } from "./stage.ts";

/** Registers the tests of a row. */
export function interopSuite(row: Row): void {
  const cell = (name: string, fn: (row: Row) => Promise<void>) =>
    testWith(["netns", "executable", ...row.needs], `interop: ${row.name}: ${name}`, () => fn(row));
  cell("lease", testLease);
  cell("renew", testRenew);
  cell("rebind", testRebind);
  if (row.naksExtension) cell("nak of an extension", testNakOfExtension);
  cell("nak", testNak);
  cell("release", testRelease);
  cell("reboot", testReboot);
  cell("two clients", testTwoClients);
}
