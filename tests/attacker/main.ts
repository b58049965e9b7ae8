/**
 * A test build: the real priv and the real confinement around a calf that is under an attacker's
 * control from the start. It differs from `main.ts` in the service that the calf runs, but for that of eth1.
 *
 * @module
 */

/** The interface whose calf does what it should; all others are the attacker's. */
const HONEST = "eth1";

if (Deno.args.includes("--mode=calf")) {
  const { runCalf } = await import("../../calf/host/main.ts");
  if (Deno.args.includes(HONEST)) {
    const { Dhcp4Service } = await import("../../calf/dhcp4/service.ts");
    runCalf((host) => new Dhcp4Service(host));
  }
  const { AttackService } = await import("./attack_service.ts");
  runCalf((host) => new AttackService(host));
} else {
  const { CalfSource } = await import("../../priv/calf_source.ts");
  const { runPriv } = await import("../../priv/main.ts");
  Deno.exit(await runPriv(Deno.args, "priv", new CalfSource([])));
}
