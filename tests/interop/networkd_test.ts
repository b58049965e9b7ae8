/**
 * Interoperability with the server of systemd-networkd.
 *
 * @module
 */

import { Networkd } from "../support/servers/networkd.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "networkd",
  needs: ["root", "networkd"], // it changes its user
  make: (place) => new Networkd(place),
  naksExtension: false,
  behindRelay: false,
});
