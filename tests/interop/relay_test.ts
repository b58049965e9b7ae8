/**
 * Interoperability with ISC dhcpd behind ISC dhcrelay.
 *
 * @module
 */

import { IscDhcpd } from "../support/servers/isc_dhcpd.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "dhcpd behind dhcrelay",
  needs: ["dhcpd", "dhcrelay"],
  make: (place) => new IscDhcpd(place),
  naksExtension: true,
  behindRelay: true,
});
