/** For configure_test.ts: says things, and prints of which problems it was told. $1: the log file. */

import { calfLogger, configureLog, privLogger } from "../log.ts";

const [file] = Deno.args;
const problems: unknown[] = [];
const say = () => {
  privLogger().warning("{text}", { text: "warning" });
  privLogger("eth0").error("Cannot {what}", { what: "do it" });
  calfLogger("eth0").info("{text}", { text: "info" });
};
configureLog({ level: "error", format: "text", file, syslog: null }, {
  onProblem: (...problem) => problems.push(problem),
});
say();
configureLog({ level: "info", format: "kv", file: null, syslog: null });
say();
const open = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
  try {
    return Deno.readLinkSync(`/proc/self/fd/${name}`);
  } catch {
    return ""; // that of the directory itself
  }
});
console.log(JSON.stringify({ problems, isFileOpen: open.includes(file) }));
configureLog({ level: "info", format: "kv", file: `${file}/nowhere`, syslog: null });
say();
