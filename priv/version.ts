/**
 * The version, put in place by the build from deno.json.
 *
 * @module
 */

declare const MIRAGE_DHCP_VERSION: string;

/** Semantic version such as `0.1.0`; `unbuilt` when the sources run without a build. */
export const VERSION: string = typeof MIRAGE_DHCP_VERSION === "string"
  ? MIRAGE_DHCP_VERSION
  : "unbuilt";
