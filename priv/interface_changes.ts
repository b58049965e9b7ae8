/**
 * What another configuration changes for interfaces that are managed.
 *
 * @module
 */

import { interfaceOptions } from "./interface_options.ts";
import type { PrivOptions } from "./options.ts";

/** Whether two plain values are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Those of `names` for which something of `InterfaceOptions`, or the common metric, is different now. */
export function changedInterfaces(
  before: PrivOptions,
  after: PrivOptions,
  names: readonly string[],
): string[] {
  // The order of the names counts only where a metric is given (see preference.ts).
  const isOther = before.metric !== after.metric ||
    (after.metric !== null && !isSame(before.interfaces, after.interfaces));
  return names.filter((name) => {
    const [old, now] = [interfaceOptions(before, name), interfaceOptions(after, name)];
    return !isSame(old, now) || (isOther && now.metric === null);
  });
}
