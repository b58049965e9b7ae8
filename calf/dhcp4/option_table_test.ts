import assert from "node:assert/strict";
import fc from "fast-check";
import "portable";
import { Dhcp4Message, OptionIterator } from "./message.ts";
import { MAX_MESSAGE_SIZE } from "./options.ts";
import { OptionTable } from "./option_table.ts";
import { buildMessage, type MessageFields, type Option, word } from "./testing/messages.ts";

/** Bytes of the options of fixed length. */
const FIXED = new Map([
  ...[1, 28, 51, 54, 58, 59, 108].map((code) => [code, 4] as const),
  [26, 2],
  [53, 1],
  [116, 1],
  [80, 0],
]);

function readInto(table: OptionTable, fields: MessageFields): OptionTable {
  const bytes = buildMessage(fields);
  const message = new Dhcp4Message();
  assert.equal(message.set(bytes, 0, bytes.length), 0);
  table.read(message, new OptionIterator());
  return table;
}

/** All options that the table has. */
function all(table: OptionTable): Map<number, string> {
  const found = new Map<number, string>();
  for (let code = 0; code < 256; code++) {
    if (!table.has(code)) {
      assert.equal(table.length(code), 0);
      continue;
    }
    const at = table.at(code);
    assert.ok(at >= 0 && at + table.length(code) <= table.bytes.length);
    found.set(code, [...table.bytes.subarray(at, at + table.length(code))].join("."));
  }
  return found;
}

function read(fields: MessageFields): Map<number, string> {
  return all(readInto(new OptionTable(), fields));
}

Deno.test("OptionTable puts the parts of a variable-length option together (RFC 3396 §7)", () => {
  const options: Option[] = [[6, [1, 2]], [3, [9]], [6, []], [6, [3]], [12, []]];
  assert.deepEqual([...read({ options })], [[3, "9"], [6, "1.2.3"], [12, ""]]);
});

Deno.test("OptionTable takes the options field, file and sname in this order (RFC 3396 §5)", () => {
  const fields = { file: [6, 1, 2, 255], sname: [6, 1, 3, 255] };
  const options: Option[] = [[52, [3]], [6, [1]]];
  assert.equal(read({ ...fields, options }).get(6), "1.2.3");
  assert.equal(read({ ...fields, options: options.slice(1) }).get(6), "1");
});

Deno.test("OptionTable takes the first fixed-length option of the right length, and only it", () => {
  for (const [code, length] of FIXED) {
    const data = (value: number, more = 0) => new Array(length + more).fill(value);
    const options: Option[] = [
      [code, data(1, 1)],
      [code, data(2)],
      [code, data(3)],
      [code, length === 0 ? [9] : data(4, -1)],
    ];
    assert.equal(read({ options }).get(code), data(2).join("."), `option ${code}`);
    assert.equal(read({ options: [options[0], options[3]] }).has(code), false, `option ${code}`);
  }
});

Deno.test("OptionTable reads numbers", () => {
  const table = readInto(new OptionTable(), {
    options: [[26, [5, 220]], [53, [5]], [51, word(0xfffffffe)]],
  });
  assert.deepEqual([table.byte(53), table.half(26), table.word(51)], [5, 1500, 0xfffffffe]);
});

Deno.test("OptionTable keeps nothing of the message before", () => {
  const table = new OptionTable();
  const part: Option = [61, new Array(255).fill(1)];
  const messages: Option[][] = [
    [[6, [1, 2]], [80, []]],
    new Array(8).fill(part),
    [part, [125, [2]]],
    [],
  ];
  for (const options of messages) {
    assert.deepEqual(all(readInto(table, { options })), read({ options }));
  }
  table.clear();
  assert.equal(all(table).size, 0);
});

Deno.test("OptionTable.copyFrom() makes a copy that stays", () => {
  const table = readInto(new OptionTable(), { options: [[6, [1, 2]], [80, []], [53, [5]]] });
  const copy = new OptionTable();
  copy.copyFrom(table);
  readInto(table, { options: [[15, [3, 4]]] });
  assert.deepEqual([...all(copy)], [[6, "1.2"], [53, "5"], [80, ""]]);
});

Deno.test("OptionTable leaves out options that are too long for it, and keeps the others", () => {
  const part: Option = [43, new Array(255).fill(1)];
  const options: Option[] = [[6, [1]], ...new Array(6).fill(part), [51, word(100)], [125, [2]]];
  assert.ok(6 * 255 > MAX_MESSAGE_SIZE);
  assert.deepEqual([...read({ options })], [[6, "1"], [51, "0.0.0.100"], [125, "2"]]);
});

Deno.test("OptionTable says what a simple reading of the message says, whatever is in it", () => {
  const code = fc.oneof(
    fc.constantFrom(...FIXED.keys(), 52, 6, 43),
    fc.integer({ min: 1, max: 254 }),
  );
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 5 }),
    fc.uint8Array({ maxLength: 255 }),
    fc.constantFrom(...[0, 1, 2, 3].map((value) => Uint8Array.of(value))),
  );
  const message = fc.record({
    options: fc.array(fc.tuple(code, data), { maxLength: 12 }),
    file: fc.uint8Array({ maxLength: 128 }),
    sname: fc.uint8Array({ maxLength: 64 }),
    tail: fc.uint8Array({ maxLength: 20 }),
  });
  const table = new OptionTable();
  fc.assert(fc.property(message, (fields) => {
    const bytes = buildMessage(fields);
    const view = new Dhcp4Message();
    view.set(bytes, 0, bytes.length);
    const options = new OptionIterator();
    options.begin(view);
    const expected = new Map<number, number[]>();
    while (options.next()) {
      const part = [...bytes.subarray(options.at, options.at + options.length)];
      const fixed = FIXED.get(options.code);
      const before = expected.get(options.code);
      if (fixed === undefined) expected.set(options.code, [...before ?? [], ...part]);
      else if (fixed === part.length && before === undefined) expected.set(options.code, part);
    }
    const total = [...expected.values()].reduce((sum, { length }) => sum + length, 0);
    const found = all(readInto(table, fields));
    for (const [code, text] of found) assert.equal(text, expected.get(code)?.join("."));
    if (total <= MAX_MESSAGE_SIZE) assert.equal(found.size, expected.size);
  }));
});
