import assert from "node:assert/strict";
import { ExitError } from "../exit_code.ts";
import { helpText } from "../help.ts";
import { OPTION_TABLE } from "../option_table.ts";
import { COMMAND_EXITS, commandHelp, commandList } from "./command_help.ts";
import { parseCommand } from "./command_line.ts";
import { COMMAND_NAMES } from "./command_names.ts";
import type { CommandRow } from "./command_row.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import { helpSections } from "./help_sections.ts";
import { WIDTH } from "./layout.ts";
import { run } from "./testing/command.ts";

function row(name: string): CommandRow {
  return COMMAND_TABLE.find((each) => each.name === name) as CommandRow;
}

Deno.test("COMMAND_NAMES are those of the table", () => {
  assert.deepEqual(COMMAND_NAMES, COMMAND_TABLE.map(({ name }) => name));
});

Deno.test("every example of a command is one", () => {
  for (const { name, examples } of COMMAND_TABLE) {
    for (const { line } of examples) {
      const words = line.split(/ [>|]/)[0].split(" ");
      assert.equal(words[0], name);
      assert.notEqual(parseCommand(row(name), words.slice(1)), null);
    }
  }
});

Deno.test("parseCommand() takes options before and after arguments", () => {
  const line = parseCommand(row("status"), ["eth0", "--json", "--run-dir=/x", "eth1"]);
  assert.deepEqual(line?.arguments, ["eth0", "eth1"]);
  assert.equal(line?.has("json"), true);
  assert.equal(line?.has("help"), false);
  assert.equal(line?.text("run-dir", "/y"), "/x");
  assert.equal(line?.text("json", "a switch has none"), "a switch has none");
  assert.equal(parseCommand(row("status"), ["-h"]), null);
  assert.equal(parseCommand(row("status"), ["--help", "eth0"]), null);
});

Deno.test("parseCommand() leaves all behind --exec to the script", () => {
  const rest = (...argv: string[]) => parseCommand(row("watch"), argv)?.rest;
  assert.deepEqual(rest("--exec", "hook", "--json", "--", "-x"), ["hook", "--json", "--", "-x"]);
  assert.deepEqual(rest("--exec=hook", "a"), ["hook", "a"]);
  assert.deepEqual(rest("eth0", "--exec", "hook"), ["hook"]);
  assert.deepEqual(rest("eth0"), []);
  assert.deepEqual(rest("--", "--exec"), [], "an argument");
  for (const argv of [["--exec"], ["--exec="]]) {
    assert.throws(() => rest(...argv), (error) => error instanceof ExitError && error.code === 64);
  }
});

Deno.test("the help of every command fits the screen and names its options", () => {
  for (const each of COMMAND_TABLE) {
    const help = commandHelp(each);
    for (const line of help.split("\n")) {
      if (!line.startsWith("  mirage-dhcp ")) assert.ok(line.length <= WIDTH, line);
    }
    for (const { name } of each.options) assert.ok(help.includes(`--${name}`), name);
    assert.ok(commandList().includes(each.summary));
  }
  for (const line of commandList().split("\n")) assert.ok(line.length <= WIDTH, line);
});

Deno.test("help and --help of a command say the same", async () => {
  const [first, second, list] = await Promise.all([
    run("help", "watch"),
    run("watch", "--help"),
    run("help"),
  ]);
  assert.equal(first.stdout, commandHelp(row("watch")));
  assert.equal(second.stdout, first.stdout);
  assert.equal(list.stdout, commandList());
  assert.deepEqual([first.code, second.code, list.code], [0, 0, 0]);
});

Deno.test("a command's name is one in the first place only", async () => {
  const { code, stderr } = await run("--no-such-option", "status");
  assert.equal(code, 64);
  assert.match(stderr, /--no-such-option' \(see --help\)/);
});

Deno.test("helpSections() gives every section of --help with all its entries", () => {
  const help = helpText("0.1.0");
  const sections = helpSections(help);
  const items = (title: string) => sections.find((each) => each.title === title)?.items ?? [];
  assert.deepEqual(
    sections.map(({ title }) => title),
    [...help.matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, title]) => title),
  );
  for (const { title, items } of sections) assert.ok(items.length > 0, title);
  assert.equal(items("Options").length, OPTION_TABLE.length);
  assert.deepEqual(
    items("Exit status").map(({ term }) => term),
    [
      ...help.matchAll(/^ {2}(\d+) /gm),
    ].map(([, code]) => code),
  );
  assert.ok(items("Signals").some(({ term, text }) => term.startsWith("SIGTERM") && text !== ""));
  assert.deepEqual(helpSections("no section\n  x  y\n"), []);
});

Deno.test("the exit statuses of the commands are sysexits", () => {
  assert.ok(
    COMMAND_EXITS.every(([code]) => code === "0" || (Number(code) >= 64 && Number(code) < 79)),
  );
});
