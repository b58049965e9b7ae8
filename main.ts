/**
 * mirage-dhcp: turns the command line into a mode, or into an operator's command, unless the name that
 * it was started by is another program's. A mode's code is loaded only when it is asked for, so that a
 * calf starts without carrying priv, and priv without carrying a calf.
 *
 * @module
 */

import process from "node:process";
import { otherProgram } from "./priv/multicall/invoked_name.ts";
import { COMMAND_NAMES } from "./priv/operator/command_names.ts";

/** The mode named by `--mode=M` or `--mode M`, `priv` when there is none. A tender's guest has words of its own. */
function modeOf(argv: readonly string[]): string {
  let mode = "priv";
  for (let i = 0; i < argv.length && argv[i] !== "--" && mode !== "tender"; i++) {
    if (argv[i].startsWith("--mode=")) mode = argv[i].slice("--mode=".length);
    else if (argv[i] === "--mode") mode = argv[i + 1] ?? "";
  }
  return mode;
}

const mode = modeOf(Deno.args);
const other = otherProgram(process.argv0);
if (other === "dhcpcd") {
  const { runDhcpcd } = await import("./priv/multicall/dhcpcd.ts");
  const commands = () => import("./priv/multicall/dhcpcd_commands.ts");
  Deno.exit(await runDhcpcd(Deno.args, commands));
} else if (other === "dhcp-client") {
  const { runDhcpClient } = await import("./priv/multicall/dhcp_client.ts");
  Deno.exit(await runDhcpClient(Deno.args));
} else if (other !== null || mode === "tender") {
  const { runTender } = await import("./tender/main.ts");
  Deno.exit(runTender(Deno.args, other));
} else if (COMMAND_NAMES.includes(Deno.args[0])) {
  const { runOperator } = await import("./priv/operator/main.ts");
  Deno.exit(await runOperator(Deno.args));
} else if (mode === "calf") {
  const { runDhcp4Calf } = await import("./calf/host/program.ts");
  runDhcp4Calf();
} else {
  const { CalfSource } = await import("./priv/calf_source.ts");
  const calves = new CalfSource(mode === "priv" ? Deno.args : []);
  const { runPriv } = await import("./priv/main.ts");
  Deno.exit(await runPriv(Deno.args, mode, calves));
}
