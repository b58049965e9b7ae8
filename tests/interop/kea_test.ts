/**
 * Interoperability with Kea.
 *
 * @module
 */

import { Kea } from "../support/servers/kea.ts";
import { interopSuite } from "./suite.ts";

interopSuite({
  name: "kea",
  needs: ["kea"],
  make: (place) => new Kea(place),
  naksExtension: false,
  behindRelay: false,
});
