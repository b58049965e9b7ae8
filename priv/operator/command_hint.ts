/**
 * What somebody may have meant who names an interface that is not there.
 *
 * @module
 */

import { suggest } from "../config/suggest.ts";
import { COMMAND_NAMES } from "./command_names.ts";

/** ` (did you mean the command status?)` for `staus`, and nothing for what looks like no command. */
export function commandHint(interfaceName: string): string {
  const meant = suggest(interfaceName, COMMAND_NAMES);
  return meant === null ? "" : ` (did you mean the command ${meant}?)`;
}
