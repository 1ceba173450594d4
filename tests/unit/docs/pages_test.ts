/**
 * The documentation against the code: what is described exists, and what exists
 * is described.
 */

import assert from "node:assert/strict";
import { referencePages } from "../../../scripts/reference_pages.ts";
import { defaultConfig, fileKey, settingEntries } from "../../../src/agent/settings/config.ts";
import { decodeConfig } from "../../../src/agent/settings/config_file.ts";
import { memberEventTypes, parseEventHandlers } from "../../../src/agent/handlers/event_filter.ts";
import { backlogLimit } from "../../../src/agent/handlers/event_handlers.ts";
import { describeInvocation } from "../../../src/agent/handlers/invocation.ts";
import { coalescePeriod, quiescentPeriod } from "../../../src/agent/settings/node_start.ts";
import { farewellTime, killDelay } from "../../../src/agent/handlers/script_limit.ts";
import { outputLimit, slowAfter } from "../../../src/agent/handlers/script_runner.ts";
import { commandTable } from "../../../src/cli/command_table.ts";
import { rpcCommands } from "../../../src/rpc/commands.ts";
import type { SerfEvent } from "../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../support/fake_agent.ts";

const root = new URL("../../..", import.meta.url).pathname;

async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else yield path;
  }
}

async function pagePaths(): Promise<string[]> {
  const paths = ["README.md", "CHANGELOG.md", "SECURITY.md"];
  for (const folder of ["src", "scripts"]) {
    for await (const path of walk(folder)) if (path.endsWith(".md")) paths.push(path);
  }
  return paths;
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(`${root}${path}`);
}

/** What stands in code spans in some column of all tables of a page. */
function tableColumn(page: string, column: number): string[] {
  return page.split("\n").filter((line) => line.startsWith("|")).flatMap((line) => {
    const cell = line.split(/(?<!\\)\|/)[column + 1] ?? "";
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
  });
}

/** The flags of every command, with their dashes. */
async function flagsByCommand(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const all = new Map<string, ReadonlySet<string>>();
  for (const { name, load } of commandTable) {
    const { flags } = await load();
    const names = Object.values(flags).flatMap((flag) => flag.spellings.map(({ name }) => name));
    all.set(name, new Set(names.map((each) => `-${each}`)));
  }
  return all;
}

/** The anchors of a page, as its headings make them. */
function anchors(page: string): Set<string> {
  const prose = page.replace(/^```.*?^```/gms, "");
  return new Set(
    [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

Deno.test("generated pages say what the code says", async () => {
  for (const [path, text] of await referencePages()) {
    assert.equal(await read(path), text, `${path} is out of date: run "deno task docs"`);
  }
});

Deno.test("every configuration key is described, and no other", async () => {
  const described = tableColumn(await read("src/docs/configuration.md"), 0);
  const keys = settingEntries.map(([name]) => fileKey(name));
  assert.deepEqual(described.sort(), keys.sort(), "src/docs/configuration.md");
});

Deno.test("every variable of a handler is described, and no other", async () => {
  const self = makeMember("n1", { tags: { role: "web" } });
  const events: SerfEvent[] = [
    { type: "member-join", members: [] },
    { type: "user", name: "deploy", ltime: 1, payload: undefined, coalesce: false },
    makeQuery("load"),
  ];
  const names = events.flatMap((event) => Object.keys(describeInvocation(event, self).environment));
  const set = new Set(names.map((name) => name.replace(/^SERF_TAG_.*/, "SERF_TAG_*")));
  const described = tableColumn(await read("src/docs/handlers.md"), 0);
  const variables = described.filter((code) => code.startsWith("SERF_"));
  assert.deepEqual(variables.sort(), [...set].sort());

  const filters = described.filter((code) => !code.startsWith("SERF_"));
  for (const filter of filters) parseEventHandlers(`${filter}=x`);
  assert.deepEqual(filters.filter((each) => each.startsWith("member-")), memberEventTypes);
});

Deno.test("the limits of handlers are described as they are", async () => {
  const page = (await read("src/docs/handlers.md")).replace(/\s+/g, " ");
  const sentences = [
    `gathered until none came for ${quiescentPeriod / 1000} s, at most for ${
      coalescePeriod / 1000
    } s`,
    `takes longer than ${slowAfter / 1000} s is reported`,
    `${backlogLimit.toLocaleString("en")} events wait for one handler`,
    `the last ${outputLimit.toLocaleString("en")} bytes`,
    `at most ${defaultConfig.queryResponseSizeLimit.toLocaleString("en")} bytes`,
    `SIGKILL ${killDelay / 1000} s later. The log tells`,
    `have ${farewellTime / 1000} s to come to an end`,
  ];
  for (const sentence of sentences) assert.equal(page.includes(sentence), true, sentence);
});

Deno.test("the example of a configuration is one that an agent takes", async () => {
  const page = await read("src/docs/configuration.md");
  const example = /^```json\n(.*?)^```/ms.exec(page)?.[1] ?? "";
  const layer = decodeConfig(new TextEncoder().encode(example));
  assert.equal(layer.nodeName, "web-1");
});

Deno.test("every flag beside a configuration key exists, and every flag has a key", async () => {
  const page = await read("src/docs/configuration.md");
  const flags = (await flagsByCommand()).get("agent");
  const alone = ["-config-file", "-config-dir", "-validate"];
  const described = tableColumn(page, 3).filter((code) => code.startsWith("-"));
  assert.deepEqual([...described, ...alone].sort(), [...flags ?? []].sort());
});

Deno.test("every metric is described with its kind, and no other", async () => {
  const measured = new Set<string>();
  const kinds: Record<string, string> = { count: "counter", gauge: "gauge", sample: "sample" };
  for await (const path of walk("src")) {
    if (!path.endsWith(".ts")) continue;
    for (
      const [, call = "", name = ""] of (await read(path)).matchAll(
        /\.(count|gauge|sample)\(\s*["`]([^"`]+)["`]/g,
      )
    ) measured.add(`${name.replace(/\$\{[^}]*\}/g, "*")} ${kinds[call]}`);
  }
  const page = await read("src/docs/metrics.md");
  const described = [...page.matchAll(/^\| `([^`]+)` *\| (\w+)/gm)]
    .map(([, name = "", kind]) => `${name.replace(/[A-Z]{2,}/, "*")} ${kind}`);
  assert.deepEqual(described.sort(), [...measured].sort(), "src/docs/metrics.md");
});

Deno.test("every RPC command is described, with fields that exist, and no other", async () => {
  const source = await read("src/rpc/commands.ts");
  const commands = Object.keys(rpcCommands);
  const page = await read("src/docs/rpc.md");
  assert.deepEqual(tableColumn(page, 0).sort(), commands.sort(), "src/docs/rpc.md");
  for (const field of [...tableColumn(page, 1), ...tableColumn(page, 2)]) {
    assert.equal(source.includes(`"${field}"`), true, `src/docs/rpc.md: no field "${field}"`);
  }
  const fields = [...source.matchAll(/\["([A-Z]\w*)", /g)].map(([, name = ""]) => name);
  for (const field of new Set(fields)) {
    assert.equal(page.includes(`\`${field}\``), true, `src/docs/rpc.md lacks "${field}"`);
  }
});

Deno.test("links lead somewhere, also to headings", async () => {
  for (const path of await pagePaths()) {
    const page = (await read(path)).replace(/^```.*?^```/gms, "");
    for (const [, target = ""] of page.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const { pathname } = new URL(file === "" ? path : file, `file://${root}${path}`);
      const place = file === "" ? `${root}${path}` : pathname;
      const info = await Deno.stat(place).catch(() => undefined);
      assert.notEqual(info, undefined, `${path}: nothing is at "${target}"`);
      if (anchor === undefined) continue;
      const found = anchors(await Deno.readTextFile(place)).has(anchor);
      assert.equal(found, true, `${path}: no heading for "${target}"`);
    }
  }
});

Deno.test("files and tasks that pages name exist", async () => {
  const { tasks }: { tasks: Record<string, string> } = JSON.parse(await read("deno.json"));
  for (const path of await pagePaths()) {
    const page = await read(path);
    for (const [, file = ""] of page.matchAll(/`((?:src|tests|scripts)\/[\w./-]+)`/g)) {
      const exists = await Deno.stat(`${root}${file}`).then(() => true, () => false);
      assert.equal(exists, true, `${path} names "${file}", which is not there`);
    }
    for (const [, task = ""] of page.matchAll(/deno(?:@[\d.]+)? task ([a-z][\w-]*)/g)) {
      assert.equal(Object.hasOwn(tasks, task), true, `${path} names the task "${task}"`);
    }
  }
});

Deno.test("commands and flags in examples exist", async () => {
  const flags = await flagsByCommand();
  for (const path of await pagePaths()) {
    const blocks = [...(await read(path)).matchAll(/^```sh\n(.*?)^```/gms)];
    const lines = blocks.flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").split("\n"));
    for (const line of lines) {
      const [, command = "", rest = ""] = /(?:^|\s)serf ([a-z][a-z-]*)((?:\s.*)?)$/.exec(
        line.replace(/\s#.*$/, ""),
      ) ?? [];
      if (command === "") continue;
      const known = flags.get(command);
      assert.notEqual(known, undefined, `${path}: there is no command in "${line.trim()}"`);
      const words = rest.replace(/'[^']*'|"[^"]*"/g, "").split(/\s+/);
      for (const word of words) {
        const [flag = ""] = word.split("=");
        if (!/^-[a-z]/.test(flag) || flag === "-h") continue;
        assert.equal(known?.has(flag), true, `${path}: no flag ${flag} in "${line.trim()}"`);
      }
    }
  }
});

Deno.test("every page and every recipe can be found from the README", async () => {
  const readme = await read("README.md");
  for (const path of await pagePaths()) {
    if (!/^(src\/docs|scripts)\//.test(path)) continue;
    assert.equal(readme.includes(`](${path})`), true, `README.md has no link to ${path}`);
  }
});
