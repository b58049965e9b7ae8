/**
 * Groups by name, as /etc/group has them (group(5)).
 *
 * @module
 */

const GROUP_FILE = "/etc/group";
/** The largest id; the one after it means "none" to chown(2). */
const MAX_GID = 0xfffffffe;

/**
 * The id of a group.
 *
 * @param name its name, or its number in decimal digits
 * @param text what /etc/group holds; read when not given
 * @throws {Error} when there is no such group. Groups that only a directory service knows are not found:
 * name these by number.
 */
export function groupId(name: string, text?: string): number {
  if (/^[0-9]{1,10}$/.test(name)) {
    const id = Number(name);
    if (id <= MAX_GID) return id;
  }
  const line = (text ?? Deno.readTextFileSync(GROUP_FILE)).split("\n")
    .map((each) => each.split(":"))
    .find(([group, , gid]) => group === name && /^[0-9]+$/.test(gid ?? ""));
  if (line === undefined) throw new Error(`Cannot find the group ${JSON.stringify(name)}`);
  return Number(line[2]);
}
