/**
 * The figures of a soak as text.
 *
 * @module
 */

import { formatTable } from "../bench/table.ts";
import { DhcpType } from "../support/dhcp_message.ts";
import type { ProcessSample, Sample } from "./sample.ts";

/** The columns of a process. */
const FIGURES: readonly [title: string, figure: (one: ProcessSample) => number][] = [
  ["fds", ({ descriptors }) => descriptors],
  ["threads", ({ threads }) => threads],
  ["RSS KiB", ({ rss }) => rss],
  ["USS KiB", ({ uss }) => uss],
  ["data KiB", ({ data }) => data],
];

/** One sample in a line, for who watches. */
export function formatSample(sample: Sample): string {
  const processes = sample.processes.map((process) =>
    `${process.role} ${FIGURES.map(([, figure]) => figure(process)).join("/")}`
  );
  return [
    `${sample.minutes.toFixed(1).padStart(5)} min`,
    ...processes,
    `${sample.addresses.join(" ")}, ${sample.routes.length} routes`,
    `${sample.packetSockets}+${sample.unixSockets} sockets`,
    `${sample.runFiles.length}+${sample.stateFiles.length} files`,
    `${sample.auditLines} audit lines`,
  ].join("; ");
}

/** The first and the last sample, a line for each process. */
export function formatGrowth(samples: readonly Sample[]): string {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  const rows = [["start", first] as const, ["end", last] as const].flatMap(([when, sample]) =>
    sample.processes.map((process) => [
      `${process.role}, ${when}`,
      ...FIGURES.map(([, figure]) => String(figure(process))),
    ])
  );
  const counts = (sample: Sample): string =>
    `${sample.addresses.length} address, ${sample.routes.length} routes, ` +
    `${sample.packetSockets} packet and ${sample.unixSockets} Unix sockets, ` +
    `${sample.runFiles.length} files in the run and ${sample.stateFiles.length} in the state ` +
    `directory, ${sample.zombies} zombies, ${sample.auditLines} audit lines`;
  return [
    formatTable(["", ...FIGURES.map(([title]) => title)], rows),
    `start: ${counts(first)}`,
    `end:   ${counts(last)}`,
  ].join("\n");
}

/** What has come to the server: "DISCOVER 12, REQUEST 99". */
export function formatTraffic(received: ReadonlyMap<number, number>): string {
  return Object.entries(DhcpType)
    .filter(([, type]) => received.has(type))
    .map(([name, type]) => `${name} ${received.get(type)}`).join(", ");
}
