/**
 * A test build: all of mirage-dhcp, but for a calf that changes sides when it is told to.
 *
 * @module
 */

if (Deno.args.includes("--mode=calf")) {
  const { runCalf } = await import("../../calf/host/main.ts");
  const { TurncoatService } = await import("./turncoat_service.ts");
  runCalf((host) => new TurncoatService(host));
} else {
  const { CalfSource } = await import("../../priv/calf_source.ts");
  const { runPriv } = await import("../../priv/main.ts");
  Deno.exit(await runPriv(Deno.args, "priv", new CalfSource([])));
}
