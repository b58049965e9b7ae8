/**
 * Setting the log up.
 *
 * @module
 */

import { configureSync, withFilter } from "@logtape/logtape";
import type { LogOptions } from "../service_options.ts";
import { privLogger } from "./loggers.ts";
import { openOutputs, type Outputs, surroundings } from "./outputs.ts";
import { type ProblemListener, problemSink } from "./problems.ts";
import type { RecordSink } from "./sink.ts";

/** What else is to happen with records. */
export interface LogHooks {
  /** Told of each warning and error. */
  readonly onProblem?: ProblemListener;
}

/** The log, once it is set up. */
export interface Log {
  /** Opens the log file anew, if there is one: on SIGHUP, after a rotation. */
  reopen(): void;
}

let outputs: Outputs | null = null;

/**
 * Sends every record of the level and above to where the operator wants it. The daemon's work does
 * not depend on a place that cannot be written to. What an earlier call has opened is closed.
 */
export function configureLog(options: LogOptions, hooks: LogHooks = {}): Log {
  outputs?.close();
  const opened = outputs = openOutputs(
    options,
    surroundings(),
    (text) => privLogger().warning("{text}", { text }),
  );
  const sinks: Record<string, RecordSink> = { ...opened.sinks };
  let { level } = options;
  if (hooks.onProblem !== undefined) {
    // Warnings are told of whether they are logged or not.
    if (level === "error") {
      for (const name of Object.keys(sinks)) sinks[name] = withFilter(sinks[name], level);
      level = "warning";
    }
    sinks.problems = problemSink(hooks.onProblem);
  }
  const names = Object.keys(sinks);
  configureSync({
    reset: true,
    sinks,
    loggers: [
      { category: ["logtape"], sinks: ["stderr"], lowestLevel: "error" },
      { category: ["priv"], sinks: names, lowestLevel: level },
      { category: ["calf"], sinks: names, lowestLevel: level },
    ],
  });
  return { reopen: () => opened.reopen() };
}
