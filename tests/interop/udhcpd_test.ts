/**
 * Interoperability with BusyBox's udhcpd.
 *
 * @module
 */

import { Udhcpd } from "../support/servers/udhcpd.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "udhcpd",
  needs: ["udhcpd"],
  make: (place) => new Udhcpd(place),
  naksExtension: false,
  behindRelay: false,
});
