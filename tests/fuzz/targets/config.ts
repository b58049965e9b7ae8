/**
 * Configuration files in dhcpcd.conf(5) syntax: any text gives settings and problems, and what counts
 * of a file is a file again that means the same.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DIRECTIVES } from "../../../priv/config/directives.ts";
import { effectiveConfig } from "../../../priv/config/effective.ts";
import { MAX_PROBLEMS } from "../../../priv/config/parse.ts";
import { configJson, configText } from "../../../priv/config/print.ts";
import { LINUXKIT_CONF } from "../../../priv/config/testing/config_text.ts";
import { translate } from "../../../priv/config/translate.ts";
import { ExitError } from "../../../priv/exit_code.ts";
import { type ConfigFile, joinOptions, readCommandLine } from "../../../priv/options.ts";
import { magnitude, type Target } from "../target.ts";

const PRINTABLE = /^[\x20-\x7e]*$/;
const encoder = new TextEncoder();

/** What a daemon would be told, as JSON without line numbers; null when the file contradicts itself. */
function meaning(file: ConfigFile): { json: string; text: string } | null {
  try {
    const config = effectiveConfig(joinOptions(readCommandLine(["eth0"]), file));
    const json = JSON.parse(configJson(config), (name, value) => name === "origin" ? 0 : value);
    return { json: JSON.stringify(json), text: configText(config) };
  } catch (error) {
    if (error instanceof ExitError) return null;
    throw error;
  }
}

function* run(input: Uint8Array): Generator<string> {
  const text = new TextDecoder().decode(input);
  const { file, problems } = translate("/c", text);
  assert.ok(problems.length <= MAX_PROBLEMS + 1, "too many problems");
  for (const { message, severity, line } of problems) {
    assert.match(message, PRINTABLE);
    assert.ok(line >= 0 && line <= text.split("\n").length, "a line that is not there");
    // What stands in the file may stand in a message as well, as it is or escaped.
    const words = message.split(" ")
      .filter((word) => /^[a-zA-Z]+[:,.;]?$/.test(word) && !text.includes(word));
    yield `${severity} ${words.join(" ").slice(0, 60)}`;
  }
  for (const warning of file.warnings) assert.match(warning, PRINTABLE);
  for (const [name, { value }] of file.settings) yield `${name} ${magnitude(`${value}`.length)}`;
  yield `blocks ${magnitude(file.blocks.length)}`;
  if (problems.some(({ severity }) => severity === "error")) return;
  const meant = meaning(file);
  yield meant === null ? "contradicts itself" : "counts";
  if (meant === null) return;
  const again = translate("/c", meant.text);
  const errors = again.problems.filter(({ severity }) => severity === "error");
  assert.deepEqual(errors, [], `errors in what was printed:\n${meant.text}`);
  assert.equal(meaning(again.file)?.json, meant.json, "what was printed means the same");
}

const SAMPLES = [
  LINUXKIT_CONF,
  'hostname "a\\x41b"\nclientid ff:00\nfqdn both\nmetric 5\nleasetime 60\n',
  "interface eth0 eth1\n  nogateway\n  noarp\ninterface wl*\n  metric 9\n",
  "static ip_address=192.0.2.5/24\nstatic routers=192.0.2.1\nstatic domain_name_servers=192.0.2.53\n",
  "interface eth0\nprofile p\nstatic ip_address=192.0.2.5/24\nfallback p\n",
  "interface eth0\nfallback p\nprofile p\nstatic ip_address=192.0.2.5/24\n",
  'option ntp_servers\nnooption 6\nrequire 1\nvendorclassid "x y" # z\nuserclass a\n',
  "ssid x\nblacklist 1\nenv a=b\nscript /x\nnohook resolv.conf\ninform 192.0.2.9/24\n",
];

/** See the module's description. */
export const CONFIG: Target = {
  name: "config",
  module: import.meta.url,
  what: "dhcpcd.conf: parser, translation, and what is printed read again",
  weight: 1,
  maxLength: 2048,
  corpus: SAMPLES.map((text) => encoder.encode(text)),
  dictionary: [
    ...[...DIRECTIVES.keys()].map((name) => `${name} `),
    ...'\n|\r\n|\\|"|#|;|\\x|\\0|=|,|:|interface |profile |ssid |*|?|[a-|\t|on|off|192.0.2.1'.split(
      "|",
    ),
    ...["static ip_address=", "static routers=", "4294967295", "-1", "\u00e9", "eth0"],
  ].map((text) => encoder.encode(text)),
  prepare: () => run,
};
