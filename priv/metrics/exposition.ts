/**
 * Prometheus's text format 0.0.4, as scrapers and node_exporter's textfile collector read it.
 *
 * @module
 */

/** What a family measures: something that only grows, something that goes up and down, a distribution. */
export type MetricType = "counter" | "gauge" | "histogram";

/** Content-Type of the text. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Label names to values. */
export type Labels = Readonly<Record<string, string>>;

/** A distribution in buckets that do not overlap. */
export interface Buckets {
  /** Upper bounds, included, in growing order; above the last one there is one bucket more. */
  readonly bounds: readonly number[];
  /** How many observations fell into each bucket: one more than there are bounds. */
  readonly counts: readonly number[];
  /** Sum of all observations. */
  readonly sum: number;
}

/** One time series, or a histogram's several. */
export interface Sample {
  /** Its labels; not `le` for a histogram. */
  readonly labels: Labels;
  /** The value, in base units: seconds, bytes. */
  readonly value: number | Buckets;
}

/** All series of one name. */
export interface Family {
  /** Must be `[a-zA-Z_:][a-zA-Z0-9_:]*`; that of a counter ends with `_total`. */
  readonly name: string;
  /** What it measures; see {@link MetricType}. */
  readonly type: MetricType;
  /** One sentence. */
  readonly help: string;
  /** The series; Buckets in a histogram and numbers otherwise. Without any, the family is left out. */
  readonly samples: readonly Sample[];
}

function escapeHelp(text: string): string {
  return text.replace(/[\\\n]/g, (character) => character === "\n" ? "\\n" : "\\\\");
}

function escapeLabel(text: string): string {
  return text.replace(/[\\\n"]/g, (character) => character === "\n" ? "\\n" : `\\${character}`);
}

function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function labelText(labels: Labels, more = ""): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  if (more !== "") pairs.push(more);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function histogramLines(name: string, labels: Labels, buckets: Buckets): string[] {
  const lines: string[] = [];
  let below = 0;
  for (const [index, count] of buckets.counts.entries()) {
    below += count;
    const bound = numberText(buckets.bounds[index] ?? Infinity);
    lines.push(`${name}_bucket${labelText(labels, `le="${bound}"`)} ${below}`);
  }
  lines.push(`${name}_sum${labelText(labels)} ${numberText(buckets.sum)}`);
  lines.push(`${name}_count${labelText(labels)} ${below}`);
  return lines;
}

function familyLines({ name, type, help, samples }: Family): string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${name} ${escapeHelp(help)}`,
    `# TYPE ${name} ${type}`,
    ...samples.flatMap(({ labels, value }) =>
      typeof value === "number"
        ? [`${name}${labelText(labels)} ${numberText(value)}`]
        : histogramLines(name, labels, value)
    ),
  ];
}

/** Families as text; each line ends with a newline. Label values and help may be any text. */
export function exposition(families: readonly Family[]): string {
  return families.flatMap(familyLines).map((line) => line + "\n").join("");
}
