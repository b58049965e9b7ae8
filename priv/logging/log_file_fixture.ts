/**
 * For log_file_test.ts: writes to a disk that is full until $1/filler goes. Prints how many lines fit,
 * what was said, and, by `wc`, what is in the file.
 */

import { LogFile } from "./log_file.ts";

const [directory] = Deno.args;
const troubles: string[] = [];
const file = new LogFile(`${directory}/log`, {
  now: () => 0,
  onTrouble: (text) => troubles.push(text),
});
Deno.writeFileSync(`${directory}/filler`, new Uint8Array(4096));
let written = 0;
while (file.write(`${"x".repeat(1000)} ${written}`)) written++;
for (let i = 0; i < 3; i++) if (file.write("lost")) throw new Error("there is no room");
Deno.removeSync(`${directory}/filler`);
if (!file.write("after")) throw new Error("there is room");
const lines = Deno.readTextFileSync(`${directory}/log`).split("\n");
console.log(JSON.stringify({ written, troubles, lines, reason: file.reason }));
