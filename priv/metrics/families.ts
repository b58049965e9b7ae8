/**
 * All metrics in one table, from which the exposition and the list for people (linuxkit/monitoring/METRICS.md)
 * derive. Nearly all values come from the keys that operators see.
 *
 * @module
 */

import { DAEMON_ROWS } from "./daemon_rows.ts";
import { exposition } from "./exposition.ts";
import { INTERFACE_ROWS } from "./interface_rows.ts";
import type { MetricRow, MetricsInput } from "./metric_row.ts";

export type { InterfaceInput, MetricRow, MetricsInput } from "./metric_row.ts";

/** The table. */
export const METRICS: readonly MetricRow[] = [...INTERFACE_ROWS, ...DAEMON_ROWS];

/** All metrics as of now, in Prometheus's text format. */
export function renderMetrics(input: MetricsInput): string {
  return exposition(METRICS.map(({ name, type, help, samples }) => ({
    name,
    type,
    help,
    samples: samples(input),
  })));
}

/** The names of the series of a metric: a histogram has three. */
export function seriesNames({ name, type }: MetricRow): string[] {
  return type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name];
}

/** The table as Markdown. */
export function metricsMarkdown(): string {
  const rows = METRICS.map(({ name, type, labels, source, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${names} | ${source} | ${help} |`;
  });
  return ["| metric | type | labels | from | meaning |", "| --- | --- | --- | --- | --- |", ...rows]
    .map((line) => line + "\n").join("");
}
