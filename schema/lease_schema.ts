/**
 * Renders the schema of lease.json (JSON Schema 2020-12) from the table of keys.
 *
 * @module
 */

import { jsonForm } from "./json_form.ts";
import type { KeyRow } from "./key_row.ts";
import { KEY_TABLE, splitPath } from "./keys.ts";
import { MAX_VALUE_LENGTH } from "./value_type.ts";
import { INFINITE_SECONDS } from "./values.ts";

/** A schema of one value. */
type Schema = { [keyword: string]: unknown };

interface Node {
  readonly members: Map<string, Node>;
  schema: Schema | null;
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  Seconds: [1, INFINITE_SECONDS],
  Count: [0, Number.MAX_SAFE_INTEGER],
  Mtu: [576, 65_535],
};

/** A value's form, without what it means. */
function valueSchema({ type }: KeyRow): Schema {
  const text: Schema = { type: "string", minLength: 1, maxLength: MAX_VALUE_LENGTH };
  switch (jsonForm(type)) {
    case "integer": {
      const [minimum, maximum] = RANGES[type.name];
      return { type: "integer", minimum, maximum };
    }
    case "list":
      return { type: "array", items: text, minItems: 1 };
    case "string":
      return text;
  }
}

function describe(row: KeyRow): string {
  const unit = row.unit === "" ? "" : `, in ${row.unit}`;
  return `${row.meaning}${unit} (${row.type.name}: ${row.type.accepts})`;
}

/** A row whose last part is a range is an array. */
function rowSchema(row: KeyRow): { readonly parts: readonly string[]; readonly schema: Schema } {
  const parts = splitPath(row.pattern);
  const range = /^\{0*1\.\.([0-9]+)\}$/.exec(parts.at(-1) ?? "");
  const description = describe(row);
  if (range === null) return { parts, schema: { description, ...valueSchema(row) } };
  return {
    parts: parts.slice(0, -1),
    schema: {
      description,
      type: "array",
      items: valueSchema(row),
      minItems: 1,
      maxItems: Number(range[1]),
    },
  };
}

function toSchema({ members, schema }: Node): Schema {
  if (schema !== null) return schema;
  const properties = [...members].map(([name, node]) => [name, toSchema(node)]);
  return { type: "object", properties: Object.fromEntries(properties) };
}

/** The whole of lease.schema.json, ending with a line end. */
export function renderLeaseSchema(): string {
  const root: Node = { members: new Map(), schema: null };
  for (const row of KEY_TABLE.filter(({ file }) => file === true)) {
    const { parts, schema } = rowSchema(row);
    let node = root;
    for (const part of parts) {
      const next: Node = node.members.get(part) ?? { members: new Map(), schema: null };
      node.members.set(part, next);
      node = next;
    }
    node.schema = schema;
  }
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "lease.json of mirage-dhcp",
    description:
      "What one interface has, as files show it below the run directory: the parts of a key's path are " +
      "members, numbered keys are an array in their order, a key that is not set is absent. Times that " +
      `never end are ${INFINITE_SECONDS}. Later versions may add members. Generated from keys.ts by generate.ts.`,
    ...toSchema(root),
  };
  return JSON.stringify(document, null, 2) + "\n";
}
