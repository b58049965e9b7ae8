/**
 * Exit codes of a daemon that cannot start, each explained in one line.
 *
 * @module
 */

import assert from "node:assert/strict";
import { daemonCommand } from "../support/daemon.ts";
import { withNetwork } from "../support/network.ts";
import { type Output, output } from "../support/process.ts";
import { executablePath, testWith } from "../support/requirements.ts";

function assertRefused({ code, stdout, stderr }: Output, expected: number, reason: RegExp): void {
  assert.equal(code, expected, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^[^\n]+\n$/, "exactly one line");
  assert.match(stderr, reason);
}

testWith(["executable"], "a wrong command line exits with 64", async () => {
  const wrong: [string[], RegExp][] = [
    [["--no-such-flag", "eth0"], /--no-such-flag/],
    [[], /interface/],
    [["--mode=other", "eth0"], /other/],
    [["--timeout=soon", "-1", "eth0"], /soon/],
    [["--log-level=loud", "eth0"], /loud/],
    [["--run-dir=relative", "eth0"], /relative/],
    [["../eth0"], /eth0/],
    [["--metric=-1", "eth0"], /metric/],
    [["--static=192.0.2.9/24", "eth0"], /--static without --fallback=static/],
    [["--inform=192.0.2.9/24", "eth0", "eth1"], /several interfaces/],
    [["--anonymity", "--hostname=box", "eth0"], /--anonymity with --hostname/],
  ];
  for (const [args, reason] of wrong) {
    assertRefused(await output([executablePath(), ...args]), 64, reason);
  }
});

testWith(["netns", "executable"], "an interface without Ethernet exits with 66", async () => {
  await withNetwork(async (network) => {
    const argv = daemonCommand(network).with(-1, "lo");
    assertRefused(await network.client.output(argv), 66, /lo/);
  });
});

testWith(["root", "netns", "executable"], "an ordinary user is told of it with 77", async () => {
  await withNetwork(async (network) => {
    // The executable may lie where that user cannot go.
    await Deno.chmod(network.directory, 0o755);
    const copy = `${network.directory}/mirage-dhcp`;
    await Deno.copyFile(executablePath(), copy);
    await Deno.chmod(copy, 0o755);
    const [, ...args] = daemonCommand(network);
    const result = await network.client.output([
      ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, ...args],
    ]);
    assertRefused(result, 77, /CAP_NET_ADMIN/);
  });
});

testWith(["netns", "executable"], "a second daemon on an interface is refused", async () => {
  await withNetwork(async (network) => {
    const first = network.client.start(daemonCommand(network));
    await first.waitForLine(/calf started/);
    const result = await network.client.output(daemonCommand(network));
    assertRefused(result, 73, /another instance/);
    assert.equal(await first.stop(), 0);
  });
});

testWith(["netns", "executable"], "so it is with other directories", async () => {
  await withNetwork(async (network) => {
    const first = network.client.start(daemonCommand(network));
    await first.waitForLine(/calf started/);
    const others = [
      `--run-dir=${network.directory}/run2`,
      `--state-dir=${network.directory}/state2`,
    ];
    const result = await network.client.output(daemonCommand(network, ...others));
    assertRefused(result, 73, /another instance/);
    assert.equal(await first.stop(), 0);
  });
});

testWith(["netns", "executable"], "a file in the place of the results exits with 73", async () => {
  await withNetwork(async (network) => {
    await Deno.mkdir(`${network.directory}/run`);
    await Deno.writeTextFile(`${network.directory}/run/eth0`, "");
    const result = await network.client.output(daemonCommand(network));
    assertRefused(result, 73, /run\/eth0: File exists/);
  });
});

testWith(["netns", "executable"], "too few descriptors exit with 71", async () => {
  await withNetwork(async (network) => {
    const limited = (limit: string) =>
      network.client.output(
        ["prlimit", `--nofile=${limit}`, ...daemonCommand(network, "-1", "--timeout=1")],
      );
    assertRefused(await limited("70:70"), 71, /with 70 descriptors .*: 92 are needed/);
    const raised = await limited("70:92");
    assert.equal(raised.code, 75, raised.stderr);
  });
});

testWith(["executable"], "--help and --version answer on standard output", async () => {
  for (const flag of ["--help", "--version", "-h", "-V"]) {
    const { code, stdout, stderr } = await output([executablePath(), flag]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^mirage-dhcp \d+\.\d+\.\d+/);
  }
});
