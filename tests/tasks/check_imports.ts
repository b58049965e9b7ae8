/**
 * The import table: which folder may import what, and what the portable core must not touch.
 *
 * @module
 */
import ts from "typescript";
import { posix } from "node:path";
import { isTestFile, type SourceFile } from "./source_files.ts";

/** What the files of a folder may import, besides each other. */
interface FolderRule {
  /** Path prefix of the files the rule is for. */
  files: string;
  /** Path prefixes they may import. */
  local: string[];
  /** Packages they may import: a name, or a prefix that ends with a colon. */
  packages: string[];
  /** Set for code that has no clock, no random numbers and no system of its own. */
  portable?: true;
}

/** The first rule whose `files` fits counts. What no rule names (tests, tools) may import all. */
const RULES: FolderRule[] = [
  { files: "schema/", local: ["schema/"], packages: ["capnp-es", "node:"] },
  { files: "ffi/", local: ["ffi/"], packages: ["node:"] },
  {
    files: "calf/host/",
    local: ["calf/", "ffi/", "schema/"],
    packages: ["capnp-es", "node:", "portable"],
  },
  { files: "calf/sdk/", local: ["calf/sdk/", "schema/"], packages: [], portable: true },
  {
    files: "calf/",
    local: ["calf/sdk/", "calf/dhcp4/", "schema/"],
    packages: [],
    portable: true,
  },
  {
    files: "priv/",
    local: ["priv/", "ffi/", "schema/"],
    packages: ["@logtape/logtape", "capnp-es", "node:"],
  },
  { files: "tender/", local: ["tender/", "ffi/", "schema/"], packages: ["node:"] },
  {
    files: "main.ts",
    local: ["calf/", "ffi/", "priv/", "schema/", "tender/"],
    packages: ["node:"],
  },
];

const AMBIENT = new Set(["Date", "Deno", "performance", "setInterval", "setTimeout"]);

/**
 * Checks files against the table.
 *
 * @param files the files; tests may import anything and are passed over
 * @returns one line per violation, `path:line: what`
 */
export function checkImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const rule = RULES.find(({ files }) => file.path.startsWith(files));
    return rule === undefined || isTestFile(file.path) ? [] : checkFile(file, rule);
  });
}

function checkFile(file: SourceFile, rule: FolderRule): string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
  const found: string[] = [];
  const report = (node: ts.Node, what: string) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push(`${file.path}:${line}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    const specifier = importedSpecifier(node);
    if (specifier !== null && !isAllowed(file.path, specifier, rule)) {
      report(node, `${rule.files} may not import ${specifier}`);
    }
    const name = ambientName(node);
    if (rule.portable && (AMBIENT.has(name) || name === "Math.random")) {
      report(node, `portable code may not use ${name}`);
    }
    if (rule.files !== "ffi/" && name === "Deno.dlopen") {
      report(node, "only ffi/ may open a library");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The specifier of an import, re-export, dynamic import or import type. */
function importedSpecifier(node: ts.Node): string | null {
  let literal: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    literal = node.moduleSpecifier;
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    literal = node.argument.literal;
  } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    literal = node.arguments[0];
    if (!ts.isStringLiteralLike(literal)) return "what is known only at run time";
  }
  return literal !== undefined && ts.isStringLiteralLike(literal) ? literal.text : null;
}

function isAllowed(path: string, specifier: string, rule: FolderRule): boolean {
  if (/^\.\.?\//.test(specifier)) {
    const target = posix.join(posix.dirname(path), specifier);
    return !isTestFile(target) && rule.local.some((prefix) => target.startsWith(prefix));
  }
  return rule.packages.some((name) =>
    name.endsWith(":")
      ? specifier.startsWith(name)
      : specifier === name || specifier.startsWith(`${name}/`)
  );
}

/** `Deno`, `Math.random` …: the name of what a node refers to, or nothing. */
function ambientName(node: ts.Node): string {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return `${node.expression.text}.${node.name.text}`;
  }
  if (!ts.isIdentifier(node)) return "";
  const { parent } = node;
  const isMember = (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isTypeElement(parent)) &&
      parent.name === node);
  return isMember ? "" : node.text;
}
