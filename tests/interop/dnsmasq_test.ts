/**
 * Interoperability with dnsmasq.
 *
 * @module
 */

import { Dnsmasq } from "../support/servers/dnsmasq.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "dnsmasq",
  needs: ["dnsmasq"],
  make: (place) => new Dnsmasq(place),
  naksExtension: true,
  behindRelay: false,
});
