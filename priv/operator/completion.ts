/**
 * `mirage-dhcp completion`.
 *
 * @module
 */

import { commandError } from "./command_line.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { type Shell, SHELLS } from "./completion/words.ts";
import { zshCompletion } from "./completion/zsh.ts";

const SCRIPTS: Readonly<Record<Shell, () => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** The script for a shell. @throws {ExitError} USAGE for another shell */
export function completionScript(name: string): string {
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined) {
    const text = `Cannot complete for ${JSON.stringify(name)}: not one of ${SHELLS.join(", ")}`;
    throw commandError("completion", text);
  }
  return SCRIPTS[shell]();
}
