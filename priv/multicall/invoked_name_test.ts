import assert from "node:assert/strict";
import { otherProgram } from "./invoked_name.ts";

Deno.test("otherProgram() looks at the last part of the name only", () => {
  const names: [string, ReturnType<typeof otherProgram>][] = [
    ["dhcpcd", "dhcpcd"],
    ["/sbin/dhcpcd", "dhcpcd"],
    ["./dhcpcd", "dhcpcd"],
    ["/dhcp-client", "dhcp-client"],
    ["solo5-spt", "solo5-spt"],
    ["/usr/bin/solo5-hvt", "solo5-hvt"],
    ["solo5-virtio", null],
    ["/dhcpcd/mirage-dhcp", null],
    ["mirage-dhcp", null],
    ["dhcpcd5", null],
    ["dhcpcd/", null],
    ["", null],
  ];
  for (const [argv0, expected] of names) assert.equal(otherProgram(argv0), expected, argv0);
});
