/**
 * Options in a table, and texts, for tests.
 *
 * @module
 */
import "portable";
import { fromAscii } from "../../sdk/sdk_fixture.ts";
import { Text } from "../../sdk/text.ts";
import { Dhcp4Message, OptionIterator } from "../message.ts";
import { OptionTable } from "../option_table.ts";
import { buildMessage, type Option } from "./messages.ts";

/** A table of these options. */
export function tableOf(options: Option[]): OptionTable {
  const bytes = buildMessage({ options });
  const message = new Dhcp4Message();
  message.set(bytes, 0, bytes.length);
  const table = new OptionTable();
  table.read(message, new OptionIterator());
  return table;
}

/** A text as a string; throws when something did not fit. */
export function stringOf(text: Text): string {
  if (text.truncated) throw new Error("Cannot read a text that is cut off");
  return fromAscii(text.bytes.subarray(0, text.length));
}

/** What a reader writes; null when it says that there is nothing. */
export function textFrom(read: (out: Text) => boolean): string | null {
  const out = new Text(512).ascii("left over");
  return read(out) ? stringOf(out) : null;
}
