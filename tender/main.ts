/**
 * `--mode=tender`: will run Solo5 guests under KVM (hvt) or seccomp (spt).
 *
 * @module
 */

/** EX_UNAVAILABLE of sysexits.h. */
const UNAVAILABLE = 69;

/** Says that there is no tender yet. @returns the exit code */
export function runTender(): number {
  console.error("mirage-dhcp: Cannot run a guest: the tender is not built yet");
  return UNAVAILABLE;
}
