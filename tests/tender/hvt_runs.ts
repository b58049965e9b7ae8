/**
 * Runs guests by the tender for hvt: by the executable where there is KVM, and everywhere by a build of
 * it that has an interpreted processor.
 *
 * @module
 */

import { buildExecutable } from "../../linuxkit/build/executable.ts";
import { executablePath, type RequirementName, testWith } from "../support/requirements.ts";
import { GuestFiles } from "./spt_runs.ts";

/** One of both. */
export interface HvtTender {
  /** What runs the guests. */
  readonly processor: "KVM" | "an interpreted processor";
  /** Words of the command line before the options. */
  readonly command: readonly string[];
}

let built: Promise<{ path: string }> | null = null;

function interpretedBuild(): Promise<{ path: string }> {
  built ??= buildExecutable({
    entry: "tests/tender/interpreted/main.ts",
    output: "dist/test/mirage-dhcp-interpreted",
  });
  return built;
}

/**
 * Registers a test of both tenders.
 *
 * @param needs what it needs, KVM aside
 * @param name such as `an hvt guest prints`
 * @param body the test
 */
export function testHvt(
  needs: readonly RequirementName[],
  name: string,
  body: (tender: HvtTender, files: GuestFiles) => Promise<void>,
): void {
  testWith(["executable", ...needs], `${name} (interpreted processor)`, async () => {
    const { path } = await interpretedBuild();
    const command = [path, "--mode=tender"];
    await GuestFiles.with((files) =>
      body({ processor: "an interpreted processor", command }, files)
    );
  });
  testWith(["kvm", "executable", ...needs], `${name} (KVM)`, async () => {
    const command = [executablePath(), "--mode=tender"];
    await GuestFiles.with((files) => body({ processor: "KVM", command }, files));
  });
}
