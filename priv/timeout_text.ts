/**
 * What `--oneshot` says when its time is over.
 *
 * @module
 */

/**
 * The text for the log.
 *
 * @param unsettled names and patterns that have no address; at least one
 * @param missing those for which there is no interface
 */
export function timeoutText(unsettled: readonly string[], missing: readonly string[]): string {
  const absent = unsettled.filter((name) => missing.includes(name));
  const present = unsettled.filter((name) => !missing.includes(name));
  const texts: string[] = [];
  if (present.length > 0) texts.push(`no lease in time for ${present.join(", ")}`);
  if (absent.length > 0) texts.push(`${absent.join(", ")} did not appear`);
  return texts.join("; ");
}
