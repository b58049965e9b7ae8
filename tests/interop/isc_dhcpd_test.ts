/**
 * Interoperability with ISC dhcpd.
 *
 * @module
 */

import { IscDhcpd } from "../support/servers/isc_dhcpd.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "dhcpd",
  needs: ["dhcpd"],
  make: (place) => new IscDhcpd(place),
  naksExtension: false,
  behindRelay: false,
});
