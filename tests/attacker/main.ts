/**
 * A test build: the real priv and the real confinement around a calf that is under an attacker's
 * control from the start. It differs from `main.ts` in the service that the calf runs.
 *
 * @module
 */

if (Deno.args.includes("--mode=calf")) {
  const { runCalf } = await import("../../calf/host/main.ts");
  const { AttackService } = await import("./attack_service.ts");
  runCalf((host) => new AttackService(host));
} else {
  const { CalfSource } = await import("../../priv/calf_source.ts");
  const { runPriv } = await import("../../priv/main.ts");
  Deno.exit(await runPriv(Deno.args, "priv", new CalfSource([])));
}
