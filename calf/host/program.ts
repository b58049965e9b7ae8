/**
 * The DHCPv4 client as the program of a calf.
 *
 * @module
 */

import { runCalf } from "./main.ts"; // first: see there
import { Dhcp4Service } from "../dhcp4/service.ts";

/** Runs the client for ever; see {@link runCalf} for how it ends. */
export function runDhcp4Calf(): never {
  runCalf((host) => new Dhcp4Service(host));
}
