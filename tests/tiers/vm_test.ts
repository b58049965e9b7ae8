/**
 * A machine that boots, gets its lease by the image as an `onboot` container, and runs two services: one that sees
 * what has been configured, and the image again, which goes on from there until the machine is shut down.
 *
 * @module
 */
import assert from "node:assert/strict";
import { busyboxImage, makeInitrd } from "../support/initrd.ts";
import { readEntry } from "../support/linuxkit.ts";
import { withImage } from "../support/oci_image.ts";
import { testWith } from "../support/requirements.ts";
import { type Boot, boot } from "../support/vm.ts";

/** Half a minute on an idle machine. */
const LIMIT_MS = 240_000;

const EXAMPLES = new URL("../../linuxkit/examples/", import.meta.url);
const ONBOOT = readEntry(new URL("onboot.yml", EXAMPLES), "onboot", "dhcpcd");
const SERVICE = readEntry(new URL("services.yml", EXAMPLES), "services", "dhcpcd");

/** As services of public YAML files are: the resolver configuration is bound before anybody writes to it. */
const READER = {
  name: "reader",
  image: "busybox",
  readonly: true,
  binds: ["/etc/resolv.conf:/etc/resolv.conf"],
  command: ["/bin/sh", "-c", "cat /etc/resolv.conf; ip -4 address show eth0; ip route show"],
};

const INSPECT = `
until_there "default via" /run/log.reader
until_there "configured 10" /run/log.dhcpcd
say "again $(grep -o 'configured .*' /run/log.dhcpcd)"
until_there 10.0.2.15 /run/dhcp-client/eth0/ip
say "resolv.conf $(stat -c '%i %a' /run/resolvconf/resolv.conf)"
say "result $(cat /run/dhcp-client/eth0/ip)"
say "audited $(grep -c . /var/lib/dhcp-client/audit.log)"
`;

/** The texts of the lines of one speaker. */
function said(lines: readonly string[], who: string): string {
  return lines.filter((line) => line.startsWith(`${who} `) || line.startsWith(`${who}: `))
    .map((line) => line.slice(who.length).replace(/^:? /, "")).join("\n");
}

function check({ lines }: Boot): void {
  const booted = /resolv\.conf (\d+) 600/.exec(said(lines, "booted"));
  assert.ok(booted, "it booted, with an empty resolv.conf");
  assert.match(said(lines, "onboot"), /^dhcpcd ended: 0$/m);
  const log = said(lines, "log");
  assert.match(log, /confined: .*capabilities=net_admin\+net_raw no-landlock .*seccomp/);
  assert.match(log, /configured 10\.0\.2\.15\/24 from 10\.0\.2\.2/);
  const reader = said(lines, "reader");
  assert.match(reader, /^nameserver 10\.0\.2\.3$/m);
  assert.match(reader, /inet 10\.0\.2\.15\/24 /);
  assert.match(reader, /^default via 10\.0\.2\.2 dev eth0/m);
  assert.equal(said(lines, "resolv.conf"), `${booted[1]} 644`, "the same file, readable");
  assert.equal(said(lines, "result"), "10.0.2.15/24");
  assert.match(said(lines, "audited"), /^[1-9]/);
  assert.match(said(lines, "again"), /^configured 10\.0\.2\.15\/24 /);
  assert.equal(said(lines, "left"), "0", "SIGTERM ends the service");
  assert.equal(lines.at(-1), "done");
}

testWith(
  ["executable", "runc", "qemu", "vmkernel"],
  "a machine boots with the image as onboot container, and its services have the network",
  () =>
    withImage(async (image, _archive, folder) => {
      for (const name of ["busybox", "initrd"]) await Deno.mkdir(`${folder}/${name}`);
      const initrd = await makeInitrd(`${folder}/initrd`, {
        onboot: [{ entry: ONBOOT, image }],
        services: [
          { entry: READER, image: await busyboxImage(`${folder}/busybox`) },
          { entry: SERVICE, image },
        ],
        inspect: INSPECT,
      });
      const booted = await boot(initrd, LIMIT_MS);
      try {
        check(booted);
      } catch (error) {
        console.error(`--- the machine's serial line\n${booted.log}\n---`);
        throw error;
      }
    }),
);
