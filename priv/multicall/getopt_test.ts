import assert from "node:assert/strict";
import { ExitCode, ExitError } from "../exit_code.ts";
import { getopt, type OptionForm } from "./getopt.ts";

const FORMS: readonly OptionForm[] = [
  { long: "oneshot", short: "1", argument: "none" },
  { long: "timeout", short: "t", argument: "required" },
  { long: "time", argument: "none" },
  { long: "hostname", short: "h", argument: "optional", shortArgument: "required" },
  { long: "duid", short: "D", argument: "optional", shortArgument: "none" },
  { long: "fqdn", short: "F", argument: "optional" },
  { long: "nohook", argument: "required" },
  { long: "nogateway", argument: "none" },
];

/** Options as `NAME` or `NAME=VALUE`, then `:` and the words. */
function read(line: string): string {
  const { options, words } = getopt(FORMS, line === "" ? [] : line.split(" "));
  const shown = options.map(({ form, text }) => text === null ? form.long : `${form.long}=${text}`);
  return [...shown, ":", ...words].join(" ");
}

Deno.test("getopt() reads what getopt_long(3) reads", () => {
  const lines: [string, string][] = [
    ["", ":"],
    ["eth0 eth1", ": eth0 eth1"],
    ["-1 eth0", "oneshot : eth0"],
    ["eth0 -1", "oneshot : eth0"],
    ["-11t30", "oneshot oneshot timeout=30 :"],
    ["-t 30 -1", "timeout=30 oneshot :"],
    ["-t -1", "timeout=-1 :"],
    ["-1t eth0", "oneshot timeout=eth0 :"],
    ["--timeout=30", "timeout=30 :"],
    ["--timeout 30", "timeout=30 :"],
    ["--timeout= x", "timeout= : x"],
    ["--timeo 30", "timeout=30 :"],
    ["--time 30", "time : 30"],
    ["--one", "oneshot :"],
    ["--nog", "nogateway :"],
    ["-h box", "hostname=box :"],
    ["--hostname box", "hostname : box"],
    ["--hostname=box", "hostname=box :"],
    ["-D ll", "duid : ll"],
    ["--duid=ll", "duid=ll :"],
    ["-Fboth", "fqdn=both :"],
    ["-F both", "fqdn : both"],
    ["-1 -- -t --x", "oneshot : -t --x"],
    ["- -1", "oneshot : -"],
  ];
  for (const [line, expected] of lines) assert.equal(read(line), expected, line);
});

Deno.test("getopt() says where an option stands, and how it was typed", () => {
  const { options } = getopt(FORMS, ["eth0", "-1t", "5", "--timeo=6"]);
  assert.deepEqual(options.map(({ shown, place }) => [shown, place]), [
    ["-1", 2],
    ["-t", 2],
    ["--timeo", 4],
  ]);
});

for (
  const [line, reason] of [
    ["--bogus", /--bogus: there is no such option/],
    ["-x", /-x: there is no such option/],
    ["-1x", /-x: there is no such option/],
    ["--no", /--no: it may be --nohook, --nogateway \(/],
    ["--=5", /--: there is no such option/],
    ["-t", /-t: it lacks its value/],
    ["--timeout", /--timeout: it lacks its value/],
    ["--oneshot=yes", /--oneshot=yes: --oneshot takes no value/],
  ] as const
) {
  Deno.test(`getopt() refuses ${line}`, () => {
    assert.throws(() => read(line), (error) => {
      assert.ok(error instanceof ExitError);
      assert.equal(error.code, ExitCode.USAGE);
      assert.match(error.message, reason);
      return true;
    });
  });
}
