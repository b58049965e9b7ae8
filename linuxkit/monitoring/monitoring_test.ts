/**
 * Tests of the dashboard, the alert rules and the list of metrics.
 *
 * @module
 */
import assert from "node:assert/strict";
import { METRICS, seriesNames } from "../../priv/metrics/families.ts";
import { SANDBOX_LAYERS } from "../../priv/metrics/interface_rows.ts";
import { CLIENT_STATES } from "../../schema/word_values.ts";
import { HANDLER_NAMES } from "../../priv/metrics/statistics.ts";
import { DROP_REASONS } from "../../schema/drop_reasons.ts";
import { REQUEST_RESULTS } from "../../schema/status_keys.ts";
import { testWith } from "../../tests/support/requirements.ts";
import { fromFileUrl } from "../build/paths.ts";
import { METRICS_MD, metricsDocument } from "./generate.ts";

const FOLDER = fromFileUrl(new URL(".", import.meta.url));
/** What a range in a dashboard is, when Grafana has not said. */
const RATE_INTERVAL = "5m";

interface Target {
  readonly refId: string;
  readonly expr: string;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; h: number };
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly type: string; readonly uid: string };
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; definition?: string }[] };
}

const DASHBOARD: Dashboard = JSON.parse(Deno.readTextFileSync(`${FOLDER}/grafana_dashboard.json`));
const ALERTS = Deno.readTextFileSync(`${FOLDER}/alerts.yml`);
const EXPRESSIONS = DASHBOARD.panels.flatMap(({ targets }) => targets ?? [])
  .map(({ expr }) => expr.replaceAll("$__rate_interval", RATE_INTERVAL));

const KNOWN = new Set(METRICS.flatMap(seriesNames));

function names(text: string): string[] {
  return [...text.matchAll(/mirage_dhcp_[a-z0-9_]+/g)].map(([name]) => name);
}

/** Runs promtool. @returns its exit code and all it said */
function promtool(...args: string[]): { code: number; text: string } {
  const { code, stdout, stderr } = new Deno.Command("promtool", { args, stdin: "null" })
    .outputSync();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

function overlap({ gridPos: a }: Panel, { gridPos: b }: Panel): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

Deno.test("METRICS.md is what the table of metrics says", async () => {
  assert.equal(Deno.readTextFileSync(METRICS_MD), await metricsDocument());
});

Deno.test("the dashboard asks for metrics that there are, and shows all of them", () => {
  const used = names(EXPRESSIONS.join("\n"));
  assert.deepEqual(used.filter((name) => !KNOWN.has(name)), []);
  const unused = METRICS.filter((row) => !seriesNames(row).some((name) => used.includes(name)));
  assert.deepEqual(unused.map(({ name }) => name), []);
  const { list } = DASHBOARD.templating;
  const variables = list.flatMap(({ definition }) => names(definition ?? ""));
  assert.ok(variables.length > 0);
  assert.deepEqual(variables.filter((name) => !KNOWN.has(name)), []);
});

Deno.test("the dashboard's panels have a title, a meaning and a place of their own", () => {
  const { panels, schemaVersion } = DASHBOARD;
  assert.ok(schemaVersion >= 39);
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const [index, panel] of panels.entries()) {
    const { type, title, gridPos, targets = [], description } = panel;
    assert.notEqual(title, "");
    assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24 && gridPos.h > 0, title);
    for (const other of panels.slice(index + 1)) {
      assert.ok(!overlap(panel, other), `${title} lies on ${other.title}`);
    }
    if (type === "row") continue;
    assert.ok(description, title);
    assert.deepEqual(panel.datasource, { type: "prometheus", uid: "${datasource}" });
    assert.ok(targets.length > 0, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
});

Deno.test("the dashboard's expressions use the variables that it has", () => {
  const variables = DASHBOARD.templating.list.map(({ name }) => name);
  const used = EXPRESSIONS.flatMap((expr) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, it]) => it));
  assert.ok(used.length > 0);
  assert.deepEqual(used.filter((name) => !variables.includes(name)), []);
  for (const expr of EXPRESSIONS) {
    for (const name of names(expr)) {
      const metric = METRICS.find((row) => seriesNames(row).includes(name));
      const byInterface = metric?.labels.includes("interface") === true;
      assert.equal(expr.includes("$interface"), byInterface, expr);
    }
  }
});

Deno.test("the alert rules ask for metrics, words and labels that there are", () => {
  const used = names(ALERTS);
  assert.ok(used.length > 0);
  assert.deepEqual(used.filter((name) => !KNOWN.has(name)), []);
  const words: Record<string, readonly string[]> = {
    state: CLIENT_STATES,
    layer: SANDBOX_LAYERS,
    handler: HANDLER_NAMES,
    reason: DROP_REASONS.map(({ slug }) => slug),
    result: REQUEST_RESULTS,
  };
  const matchers = [...ALERTS.matchAll(/[{,] ?([a-z]+)(?:=|!=|=~|!~)"([^"]*)"/g)];
  assert.ok(matchers.length > 0);
  for (const [, label, pattern] of matchers) {
    for (const word of pattern.split("|")) assert.ok(words[label]?.includes(word), word);
  }
});

testWith(["promtool"], "promtool finds nothing wrong with the alert rules", () => {
  const { code, text } = promtool("check", "rules", `${FOLDER}/alerts.yml`);
  assert.equal(code, 0, text);
  const rules = ALERTS.match(/- alert: /g)?.length;
  assert.match(text, new RegExp(`SUCCESS: ${rules} rules found`));
});

testWith(["promtool"], "the alert rules pass their unit tests, and each has one", () => {
  const { code, text } = promtool("test", "rules", `${FOLDER}/alerts_test.yml`);
  assert.equal(code, 0, text);
  const tests = Deno.readTextFileSync(`${FOLDER}/alerts_test.yml`);
  for (const [, alert] of ALERTS.matchAll(/- alert: (\w+)/g)) {
    assert.match(tests, new RegExp(`alertname: ${alert}\\n +exp_alerts:\\n`), alert);
  }
});

testWith(["promtool"], "promtool can read each expression of the dashboard", () => {
  assert.ok(EXPRESSIONS.length > 0);
  const rules = EXPRESSIONS.map((expr, index) => ({ record: `panel:expression:${index}`, expr }));
  const file = Deno.makeTempFileSync({ suffix: ".yml" });
  try {
    // JSON is YAML.
    Deno.writeTextFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { code, text } = promtool("check", "rules", file);
    assert.equal(code, 0, text);
    assert.match(text, new RegExp(`SUCCESS: ${rules.length} rules found`));
  } finally {
    Deno.removeSync(file);
  }
});
