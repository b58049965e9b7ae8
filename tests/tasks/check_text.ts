/**
 * Checks on the text of files: their length, and that they name nothing of one machine.
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
