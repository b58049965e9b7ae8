/**
 * Checks on the text of files: their length, that they name nothing of one machine, and that the tests which
 * documents name are there.
 *
 * @module
 */
import { GENERATED, type SourceFile } from "./source_files.ts";

/** No TypeScript file is longer, in lines. */
export const LINE_LIMIT = 400;

const FORBIDDEN: [RegExp, string][] = [
  // Which registry or mirror is used is the user's setting.
  [
    /\b(?:registry|npm|pypi|deb|ftp|archive|security|mirrors?)\.[a-z0-9-]+\.(?:org|com|net|io)\b/i,
    "names a package registry",
  ],
  [/(?:^|[\s"'`(=:])\/(?:work|root|home|Users)\/[\w.-]/m, "names a path of one machine"],
];

/**
 * Finds files above {@linkcode LINE_LIMIT}.
 *
 * @param files the files; only TypeScript that no program has written counts
 * @returns one line per file that is too long
 */
export function checkLength(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => path.endsWith(".ts") && !GENERATED.includes(path))
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > LINE_LIMIT)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${LINE_LIMIT} are allowed`);
}

/**
 * Finds package registries and absolute paths of a person's machine.
 *
 * @param files the files
 * @returns one line per occurrence, `path:line: what`
 */
export function checkNames(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      FORBIDDEN.filter(([pattern]) => pattern.test(line))
        .map(([, what]) => `${path}:${index + 1}: ${what}`)
    )
  );
}

/** A test file in backquotes, of which `*` may stand for a part of the name. */
const NAMED_TEST = /`([a-z0-9_/*]+_test\.ts)`/g;

/**
 * Finds tests that a document names and nobody has.
 *
 * @param files all files; the Markdown among them counts
 * @returns one line per occurrence, `path:line: what`
 */
export function checkNamedTests(files: readonly SourceFile[]): string[] {
  const paths = files.map(({ path }) => path);
  const exists = (name: string): boolean => {
    const pattern = new RegExp(`^${name.replaceAll(".", "\\.").replaceAll("*", "[a-z0-9_]*")}$`);
    return paths.some((path) => pattern.test(path));
  };
  return files.filter(({ path }) => path.endsWith(".md")).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      [...line.matchAll(NAMED_TEST)].filter(([, name]) => !exists(name))
        .map(([, name]) => `${path}:${index + 1}: there is no ${name}`)
    )
  );
}

/** A row of a table with CVEs in a cell, and what is tested, in quotation marks, in the next one. */
const CVE_ROW = /^\|.*\| *(CVE-\d{4}-\d+(?:, CVE-\d{4}-\d+)*) *\|([^|]*)\|$/;

/**
 * Finds tests of CVEs that a table names and no test file has. A name that ends with … is the beginning of
 * several.
 *
 * @param files all files; the Markdown among them counts
 * @returns one line per name, `path:line: what`
 */
export function checkNamedCves(files: readonly SourceFile[]): string[] {
  const tests = files.filter(({ path }) => path.endsWith("_test.ts")).map(({ text }) => text);
  return files.filter(({ path }) => path.endsWith(".md")).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const [, cve, titles] = CVE_ROW.exec(line) ?? ["", "", ""];
      return [...titles.matchAll(/"([^"]+)"/g)]
        .map(([, title]) => `${cve}: ${title.replace(/…$/, "")}`)
        .filter((name) => !tests.some((each) => each.includes(name)))
        .map((name) => `${path}:${index + 1}: there is no test "${name}"`);
    })
  );
}
