/**
 * The name by which this program was started: one file is several programs.
 *
 * @module
 */

/** A program that this one can be besides itself. */
export type OtherProgram = "dhcpcd" | "dhcp-client" | "solo5-hvt" | "solo5-spt";

const OTHER_PROGRAMS: readonly OtherProgram[] = ["dhcpcd", "dhcp-client", "solo5-hvt", "solo5-spt"];

/**
 * Which program a name asks for.
 *
 * @param argv0 the name as it was typed, with or without directories
 * @returns null = mirage-dhcp, which has every other name
 */
export function otherProgram(argv0: string): OtherProgram | null {
  const name = argv0.slice(argv0.lastIndexOf("/") + 1);
  return OTHER_PROGRAMS.find((other) => other === name) ?? null;
}
