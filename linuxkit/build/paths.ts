/**
 * The few path functions the tasks use, under one roof.
 *
 * @module
 */
export { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
export { fileURLToPath as fromFileUrl } from "node:url";
