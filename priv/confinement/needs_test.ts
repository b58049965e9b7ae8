import assert from "node:assert/strict";
import { Capability } from "../../ffi/capabilities.ts";
import { FileRight } from "../../ffi/landlock.ts";
import { joinOptions, type PrivOptions, readCommandLine } from "../options.ts";
import { fileRules, neededCapabilities } from "./needs.ts";
import { privSeccompRules, type SeccompNeeds } from "./seccomp_list.ts";

function options(...args: string[]): PrivOptions {
  return joinOptions(readCommandLine([...args, "eth0"]), null);
}

/** Paths below which something can be written. */
function writable(given: PrivOptions): string[] {
  const writing = ~(FileRight.READ_FILE | FileRight.READ_DIR);
  return fileRules(given).filter(({ rights }) => (rights & writing) !== 0).map(({ path }) => path);
}

Deno.test("priv may write to its directories, to resolv.conf, and where it was told to log", () => {
  assert.deepEqual(writable(options("--run-dir=/r", "--state-dir=/s", "--resolv-conf=/c/resolv")), [
    ...["/r", "/s", "/c/resolv"],
    "/s", // the audit log
  ]);
  assert.deepEqual(writable(options("--run-dir=/r", "--state-dir=/s", "--resolv-conf=none")), [
    ...["/r", "/s", "/s"],
  ]);
  const logs = ["--audit-log=/a/x", "--log-file=/l/x", "--metrics-textfile=/m/x"];
  assert.deepEqual(
    writable(options("--run-dir=/r", "--state-dir=/s", "--resolv-conf=none", ...logs)),
    ["/r", "/s", "/l", "/a", "/m"],
  );
});

Deno.test("neither resolv.conf nor anything beside it can be made, moved or removed", () => {
  const rule = fileRules(options("--resolv-conf=/c/resolv")).find(({ path }) =>
    path === "/c/resolv"
  );
  assert.equal(
    rule?.rights,
    FileRight.READ_FILE | FileRight.WRITE_FILE | FileRight.TRUNCATE,
  );
});

Deno.test("CAP_SYS_ADMIN is for the host's name", () => {
  const admin = 1n << BigInt(Capability.SYS_ADMIN);
  assert.equal(neededCapabilities(true) & admin, admin);
  assert.equal(neededCapabilities(false) & admin, 0n);
  assert.equal(neededCapabilities(true) & ~neededCapabilities(false), admin);
});

Deno.test("system calls that only some configurations need are for these", () => {
  const none: SeccompNeeds = { hostName: false, group: null };
  const names = (needs: SeccompNeeds) => privSeccompRules(needs).map(({ syscall }) => syscall);
  const more = (needs: Partial<SeccompNeeds>) =>
    names({ ...none, ...needs }).slice(names(none).length);
  assert.deepEqual(more({ hostName: true }), ["sethostname"]);
  assert.deepEqual(more({ group: 4711 }), ["fchown"]);
});

Deno.test("every entry of the list has a reason", () => {
  for (const { syscall, reason } of privSeccompRules({ hostName: true, group: 4711 })) {
    assert.ok(reason.length > 0, syscall);
  }
});
