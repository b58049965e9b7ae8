/**
 * CVEs of values that became shell commands, lines of files or words of configuration: every text
 * that a server may send, with everything in it that some program takes for syntax.
 *
 * @module
 */

import assert from "node:assert/strict";
import { listFiles } from "../../support/daemon.ts";
import {
  type DhcpMessage,
  type DhcpOption,
  type Layout,
  withMore,
} from "../../support/dhcp_message.ts";
import { changed, envelop, usualPolicy } from "../../support/dhcp_server.ts";
import { concat, utf8 } from "../../support/frame.ts";
import { testWith } from "../../support/requirements.ts";
import { atSite, inParallel, renewLease, resolvConfLines, type Site } from "./site.ts";

/** An address that would be a name server's, if a text could add a line. */
const EVIL_ADDRESS = "203.0.113.66";

/** What a text may hold that a shell or a file's reader would act on; it makes a file `mark`. */
function payloads(mark: string): Readonly<Record<string, Uint8Array>> {
  return {
    "double quotes": utf8(`x"; touch ${mark}; "`),
    "single quotes": utf8(`x'; touch ${mark}; '`),
    "command substitution": utf8(`$(touch ${mark})`),
    "parameter expansion": utf8("${IFS}$PATH"),
    "backquotes": utf8(`\`touch ${mark}\``),
    "semicolon": utf8(`x;touch ${mark}`),
    "pipe and ampersand": utf8(`x|touch ${mark} & `),
    "newline": utf8(`x\nnameserver ${EVIL_ADDRESS}\nsearch evil.test\n`),
    "carriage return": utf8(`x\r\nnameserver ${EVIL_ADDRESS}\r\n`),
    "NUL": utf8(`x\0; touch ${mark}\0y`),
    "bytes that are no UTF-8": Uint8Array.of(0x78, 0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80),
    "letters beyond ASCII": utf8("ex\u00e4mple\u2028nameserver\u202e"),
    "a terminal's control sequence": utf8("\x1b]0;evil\x07\x1b[2J"),
    "a lease file's syntax": utf8(`x"; option domain-name "evil.test"; } lease { "`),
    "backslashes": utf8(`x\\n\\"; touch ${mark}\\`),
    "a comment": utf8(`x # y`),
  };
}

/** A message with a text in some of its places. */
type Poison = (answer: DhcpMessage, text: Uint8Array) => readonly [DhcpMessage, Layout?];

function inOptions(...codes: number[]): Poison {
  return (answer, text) => [withMore(answer, ...codes.map((code): DhcpOption => [code, text]))];
}

/** Registers the test of a CVE: each payload in these places, at acquisition and at renewal. */
function injected(name: string, poison: Poison): void {
  testWith(["netns", "executable"], `misbehaving server: ${name}`, async () => {
    const hostname = Deno.hostname();
    await inParallel(Object.keys(payloads("")), (what) =>
      atSite({}, async (site) => {
        const { network, server, daemon } = site;
        const mark = `${network.directory}/mark`;
        server.policy = changed((answer, _request, offer) => {
          const [message, layout] = poison(answer, payloads(mark)[what]);
          return envelop(message, offer.server, layout === undefined ? {} : { layout });
        });
        await daemon.waitForLease();
        await assertClean(site, mark, what);
      }));
    assert.equal(Deno.hostname(), hostname);
  });
}

/** Values of keys that hold names: nothing else is in them. */
const NAMES = /^(hostname|fqdn|domain|search|sip\/\d+)$/;
const NAME_VALUE = /^[a-z0-9_][a-z0-9._-]*( [a-z0-9_][a-z0-9._-]*)*$/;
/** Values that are URIs may have more of RFC 3986 §2 in them. */
const URIS = /^(captive-portal|wpad)$/;
const URI_VALUE = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#[\]@!*+,;=%&-]*$/;
const OTHER_VALUE = /^[\x20-\x7e]+$/;
const SYNTAX = /["'`\\$;&|]/;

async function assertClean(site: Site, mark: string, what: string): Promise<void> {
  const { network, daemon } = site;
  for (const key of daemon.keys()) {
    const text = Deno.readTextFileSync(`${network.directory}/run/eth0/${key}`);
    const place = `${what}: ${key} holds ${JSON.stringify(text)}`;
    assert.match(text, /^[^\n]+\n$/, place);
    const value = text.slice(0, -1);
    if (NAMES.test(key)) assert.match(value, NAME_VALUE, place);
    else if (URIS.test(key)) assert.match(value, URI_VALUE, place);
    else {
      assert.match(value, OTHER_VALUE, place);
      assert.doesNotMatch(value, SYNTAX, place);
    }
  }
  const hostname = (await network.client.run("hostname")).trim();
  assert.match(hostname, /^[a-z0-9_][a-z0-9._-]*$/, what);
  for (const line of await resolvConfLines(site)) {
    assert.match(line, /^(domain|search|nameserver) [A-Za-z0-9_. -]+$/, what);
    assert.ok(!line.includes(EVIL_ADDRESS), `${what}: ${line}`);
  }
  assert.ok((await resolvConfLines(site)).includes("nameserver 192.0.2.53"), what);
  for (const file of listFiles(`${network.directory}/state`)) {
    const text = Deno.readTextFileSync(`${network.directory}/state/${file}`);
    assert.match(text, /^[\x20-\x7e\n]*$/, `${what}: ${file}`);
    if (file.endsWith(".lease")) {
      assert.equal(typeof JSON.parse(text), "object", `${what}: ${text}`);
    }
    assert.ok(!text.includes(mark) && !text.includes("evil"), `${what}: ${text}`);
  }
  for (const line of daemon.process.stderr) assert.doesNotMatch(line, /\p{Cc}/u, what);
  assert.throws(() => Deno.statSync(mark), Deno.errors.NotFound, what);
}

injected(
  "CVE-2011-0997, CVE-2011-2716: commands in names of host and domain (12, 15, 81)",
  (answer, text) => [withMore(answer, [12, text], [15, text], [81, concat([0, 255, 255], text)])],
);

injected(
  "commands in names below another name (12, 15, 81)",
  (answer, text) => {
    const name = concat(text, utf8(".example.test"));
    return [withMore(answer, [12, name], [15, name], [81, concat([0, 255, 255], name)])];
  },
);

injected(
  "CVE-2018-1111: commands in the proxy's and the portal's address (252, 114)",
  (answer, text) => {
    const uri = concat(utf8("http://192.0.2.1/"), text);
    return [withMore(answer, [114, uri], [252, uri])];
  },
);

injected(
  "commands in place of the proxy's and the portal's address (252, 114)",
  inOptions(114, 252),
);

injected(
  "CVE-2026-42511: `file` and `sname`, which end up in a lease file",
  (answer, text) => [answer, { file: text, sname: text.subarray(0, 64) }],
);

injected(
  "CVE-2026-42511: options 66 and 67, which end up in a lease file",
  inOptions(66, 67),
);

injected(
  "CVE-2026-42511: options within `file` and `sname`",
  (answer, text) => {
    const field = concat([67, Math.min(text.length, 60)], text.subarray(0, 60), [255]);
    return [withMore(answer, [52, Uint8Array.of(3)]), { file: field, sname: field }];
  },
);

injected(
  "CVE-2026-44932: quotes in every text that could go to a shell's file",
  inOptions(14, 17, 18, 40, 47, 56, 60, 64, 86, 87, 100, 101, 148, 160, 209, 210),
);

injected(
  "bytes of any kind in what is not text (43, 77, 124, 125, 120)",
  (answer, text) => {
    const identifying = concat([0, 0, 0, 9, text.length], text);
    return [withMore(
      answer,
      ...[[43, text], [77, text], [124, identifying], [125, identifying]] as DhcpOption[],
      [120, concat([0, Math.min(63, text.length)], text.subarray(0, 63), [0])],
    )];
  },
);

injected("labels of the search list (119)", (answer, text) => {
  const label = text.subarray(0, 63);
  return [withMore(answer, [119, concat([4], utf8("good"), [0], [label.length], label, [0])])];
});

testWith(
  ["netns", "executable"],
  "misbehaving server: commands and lines in every text at once, at renewal",
  () =>
    atSite({}, async (site) => {
      const { network, server, daemon } = site;
      const mark = `${network.directory}/mark`;
      await daemon.waitForLease();
      const text = utf8(`x"'\`$(touch ${mark})\nnameserver ${EVIL_ADDRESS}\n`);
      const codes = [12, 15, 43, 56, 60, 66, 67, 100, 101, 114, 119, 160, 252];
      server.policy = changed((answer, _request, offer) =>
        envelop(inOptions(...codes)(answer, text)[0], offer.server, {
          layout: { file: text, sname: text.subarray(0, 64) },
        })
      );
      await renewLease(site);
      await assertClean(site, mark, "at renewal");
      server.policy = usualPolicy;
      await renewLease(site);
    }),
);

testWith(
  ["netns", "executable"],
  "misbehaving server: texts without any syntax come through, so that the rest says something",
  () =>
    atSite({}, async (site) => {
      const { network, server, daemon } = site;
      const name = utf8("host7.example.test");
      const uri = utf8("http://192.0.2.1/a?b=c");
      const text = utf8("plain.text/1");
      const options: DhcpOption[] = [
        ...[12, 15].map((code): DhcpOption => [code, name]),
        ...[114, 252].map((code): DhcpOption => [code, uri]),
        ...[43, 56, 60, 66, 67, 100, 101, 160].map((code): DhcpOption => [code, text]),
        [81, concat([0, 255, 255], name)],
        [119, concat([4], utf8("good"), [4], utf8("test"), [0])],
        [120, concat([0, 3], utf8("sip"), [4], utf8("test"), [0])],
        [125, concat([0, 0, 0, 9, text.length], text)],
      ];
      server.policy = changed((answer) => withMore(answer, ...options));
      await daemon.waitForLease();
      await assertClean(site, `${network.directory}/mark`, "no syntax");
      const shown = daemon.keys();
      for (
        const key of [
          ...["hostname", "fqdn", "domain", "search", "captive-portal", "wpad", "message"],
          ...["vendor/specific", "vendor/class", "vendor/identifying", "boot/server-name"],
          ...["boot/file", "timezone/posix", "timezone/name", "provisioning", "sip/001"],
        ]
      ) {
        assert.ok(shown.includes(key), `${key} in ${shown.join(" ")}`);
      }
      assert.equal((await network.client.run("hostname")).trim(), "host7.example.test");

      server.policy = changed((answer, _request, offer) =>
        envelop(answer, offer.server, { layout: { file: text, sname: name } })
      );
      await renewLease(site);
      assert.equal(daemon.file("boot/file"), "plain.text/1");
      assert.equal(daemon.file("boot/server-name"), "host7.example.test");
    }),
);
