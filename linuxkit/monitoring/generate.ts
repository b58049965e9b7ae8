/**
 * Writes METRICS.md from the table of metrics: `deno run -A linuxkit/monitoring/generate.ts`.
 *
 * @module
 */

import { METRICS, metricsMarkdown } from "../../priv/metrics/families.ts";
import { fromFileUrl } from "../build/paths.ts";

/** Where the list is. */
export const METRICS_MD: string = fromFileUrl(new URL("METRICS.md", import.meta.url));

const HEAD = `# Metrics

<!-- Written by linuxkit/monitoring/generate.ts from priv/metrics/families.ts. -->

In Prometheus's text format 0.0.4, at a Unix socket in the run directory, which root and the group of
the operator's socket may read:

    curl --unix-socket /var/run/dhcp-client/:metrics http://localhost/metrics

Prometheus itself reads no Unix sockets: \`--metrics 127.0.0.1:9967\` serves them at a TCP address too,
without any authentication, and \`--metrics-textfile FILE\` writes them every 15 s to a file of
node_exporter's textfile collector, which then must be the only daemon's in that directory.
[alerts.yml](alerts.yml) are alert rules,
[grafana_dashboard.json](grafana_dashboard.json) is a dashboard for Grafana.

Keys without \`/daemon\` are those below \`/interface/IFACE\`. What is not known has no series. Of the
${METRICS.length} metrics those with the label \`interface\` have a series for each interface.

`;

/** The text of METRICS.md, as `deno fmt` has it. */
export async function metricsDocument(): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--line-width=100", "--ext=md", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(HEAD + metricsMarkdown()));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot format METRICS.md");
  return new TextDecoder().decode(stdout).trimEnd() + "\n";
}

if (import.meta.main) await Deno.writeTextFile(METRICS_MD, await metricsDocument());
