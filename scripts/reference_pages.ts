/**
 * Writes what in `src/docs` says nothing but what the code says: the pages of
 * commands with their flags and of the library's symbols, and the tables of settings.
 *
 *     deno task docs
 *
 * A test compares the pages with what this would write. What only people can
 * explain (metrics, RPC commands) is written by hand on other pages, and checked
 * for being complete.
 */

import { fileKey, type SettingName } from "../src/agent/settings/config.ts";
import { formatGoDuration } from "../src/go/duration.ts";
import { flagName, type Setting } from "../src/agent/settings/setting_kind.ts";
import { settingSections } from "../src/agent/settings/settings_table.ts";
import type { HelpText } from "../src/cli/command.ts";
import { commandTable } from "../src/cli/command_table.ts";
import type { Spelling } from "../src/cli/flags.ts";
import { VERSION } from "../src/cli/version.ts";
import { toolOutput } from "./lab/command.ts";

const root = new URL("..", import.meta.url).pathname;

/** Returns the generated pages: path below the repository to text. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["src/docs/commands.md", await formatMarkdown(await commandsPage())],
    ["src/docs/configuration.md", await formatMarkdown(await configurationPage())],
    ["src/docs/library.md", await formatMarkdown(await libraryPage())],
  ]);
}

/** The commands as one page. */
async function commandsPage(): Promise<string> {
  const parts = [
    "# Commands and flags",
    generatedNote,
    "A flag has one dash or two. Its value stands behind `=` or in the next argument; a switch takes " +
    "`=false` to take it back. `serf COMMAND -h` shows the same on the terminal, and `serf --version` " +
    "the version.",
    "| command | what it does |\n| --- | --- |\n" +
    commandTable.map(({ name, synopsis }) => `| [\`${name}\`](#serf-${name}) | ${cell(synopsis)} |`)
      .join("\n"),
  ];
  for (const { name, load } of commandTable) parts.push(commandSection(name, await load()));
  return parts.join("\n\n");
}

const generatedNote = "_Written by `deno task docs` from the code; edit the code instead._";

/** One command of the page. */
export function commandSection(name: string, help: HelpText): string {
  const parts = [
    `## serf ${name}`,
    "```text\n" + `serf ${name} ${help.usage}`.trim() + "\n```",
    ...help.about.map(prose),
    ...(help.example === undefined ? [] : ["```sh\n" + help.example + "\n```"]),
  ];
  const spellings = Object.values(help.flags).flatMap((flag) => flag.spellings);
  if (spellings.length > 0) {
    parts.push("| flag | meaning |\n| --- | --- |\n" + spellings.map(flagRow).join("\n"));
  }
  for (const { heading, paragraphs } of help.notes ?? []) {
    parts.push(`**${heading}**`, ...paragraphs.map(prose));
  }
  return parts.join("\n\n");
}

function flagRow({ name, hint, about }: Spelling): string {
  return `| \`-${name}${cell(hint)}\` | ${cell(prose(about))} |`;
}

/** Text of the help as Markdown: what looks like markup there is meant as it stands. */
function prose(text: string): string {
  return text.replace(/[*_<>\\]/g, "\\$&");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The page on configuration as it is, with the table below each heading written anew. */
async function configurationPage(): Promise<string> {
  let page = await Deno.readTextFile(`${root}src/docs/configuration.md`);
  for (const [heading, section] of Object.entries(settingSections)) {
    const table = [
      "| key | type | default | flag | meaning |",
      "| --- | --- | --- | --- | --- |",
      ...Object.entries(section).map(([name, setting]) =>
        settingRow(fileKey(name as SettingName), setting)
      ),
    ].join("\n");
    const written = new RegExp(`(?<=^## ${heading}\\n\\n)(\\|.*\\n)+`, "m");
    if (!written.test(page)) throw new Error(`No table below "${heading}"`);
    page = page.replace(written, () => `${table}\n`);
  }
  return page;
}

function settingRow(key: string, setting: Setting): string {
  const { kind, flag, about } = setting;
  const meaning = setting.page ?? about.replace(/(?<= )-[a-z][a-z-]*/g, "`$&`");
  const type = kind === "tags" ? "object" : kind;
  const flagCell = flag === "" ? "" : `\`-${flagName(flag)}\``;
  return `| \`${key}\` | ${type} | ${settingDefault(setting)} | ${flagCell} | ${cell(meaning)} |`;
}

function settingDefault({ kind, initial, otherwise }: Setting): string {
  if (otherwise !== undefined) return otherwise;
  if (kind === "list" || kind === "tags" || initial === "") return "none";
  if (kind !== "duration") return `\`${initial}\``;
  // "24h" says as much as Go's "24h0m0s".
  const text = formatGoDuration(Number(initial)).replace(/(?<=[hm])0[ms]/g, "");
  return initial === 0 ? "none" : `\`${text}\``;
}

/** A comment of the code, as `deno doc --json` tells it. */
interface Comment {
  readonly doc?: string;
}

interface Named {
  readonly name: string;
  readonly jsDoc?: Comment;
}

interface Method extends Named {
  readonly accessibility?: string;
  readonly isStatic?: boolean;
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: Comment;
  readonly def: {
    readonly properties?: readonly Named[];
    readonly methods?: readonly Method[];
  };
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Symbol[] }>>;
}

/** The library as one page. */
async function libraryPage(): Promise<string> {
  const { nodes }: Documentation = JSON.parse(
    await toolOutput(Deno.execPath(), "doc", "--json", "src/mod.ts"),
  );
  const symbols = Object.values(nodes).flatMap((module) => module.symbols)
    .sort((a, b) => a.name < b.name ? -1 : 1);
  return [
    "# Library symbols",
    generatedNote,
    ...usingTheLibrary(),
    "What `src/mod.ts` exports. `deno doc src/mod.ts SYMBOL` shows one in full, with types, " +
    "parameters and examples.",
    ...symbols.map(symbolSection),
  ].join("\n\n");
}

/** How another project takes the library; a test does what stands here. */
function usingTheLibrary(): string[] {
  return [
    "The library is for Deno; Node and browsers lack the sockets. It is in no registry yet: put this " +
    "repository beside your project, and this into your `deno.json`. `links` makes Deno take the " +
    "package from that folder, with what it imports in turn; `unstable` is for UDP.",
    '```json\n{\n  "links": ["../serf"],\n' +
    `  "imports": { "@serf/serf": "jsr:@serf/serf@^${VERSION}" },\n` +
    '  "unstable": ["net"]\n}\n```',
    "Then `deno run -A main.ts` runs this, a `main.ts`:",
    "```ts\n" + libraryProgram + "```",
    'and prints\n\n```text\nhere: [ "web-1" ]\nhere: [ "db-1" ]\ndeploy: v42\n```',
  ];
}

const libraryProgram = `import { Serf } from "@serf/serf";

const bind = { host: "127.0.0.1", port: 0 }; // port 0: any that is free
await using web = await Serf.start({ name: "web-1", bind, tags: { role: "web" } });
const events = web.events(); // from here on, so before what it is to tell

await using db = await Serf.start({ name: "db-1", bind, tags: { role: "db" } });
await db.join([web.address]); // or ["10.0.0.5", "db.example.com:7946"]
db.userEvent("deploy", "v42");

for await (const event of events) {
  if (event.type === "member-join") console.log("here:", event.members.map(({ name }) => name));
  if (event.type !== "user") continue;
  console.log(\`\${event.name}: \${new TextDecoder().decode(event.payload)}\`);
  break;
}
`;

function symbolSection({ name, declarations }: Symbol): string {
  const [declaration] = declarations;
  if (!declaration) throw new Error(`Nothing is known about "${name}"`);
  const { kind, jsDoc, def } = declaration;
  const rows = [
    ...(def.methods ?? []).filter(({ name }) => !name.startsWith("[")).map((method) => {
      const owner = method.isStatic ? `${name}.` : "";
      return { label: `${owner}${method.name}()`, about: firstParagraph(method.jsDoc) };
    }),
    ...(def.properties ?? []).map((property) => {
      return { label: property.name, about: firstParagraph(property.jsDoc) };
    }),
  ];
  const parts = [`## ${name}`, `${kindNames[kind] ?? kind}. ${firstParagraph(jsDoc)}`];
  if (rows.length > 0) {
    parts.push(
      "| member | meaning |\n| --- | --- |\n" +
        rows.map(({ label, about }) => `| \`${label}\` | ${cell(about)} |`).join("\n"),
    );
  }
  return parts.join("\n\n");
}

const kindNames: Readonly<Record<string, string>> = {
  class: "Class",
  function: "Function",
  interface: "Interface",
  typeAlias: "Type",
  variable: "Constant",
};

/** The first paragraph of a comment as one line, with links as code. */
function firstParagraph(comment: Comment | undefined): string {
  const [first = ""] = (comment?.doc ?? "").split("\n\n");
  return first.replace(/\{@link(?:code|plain)? ([^}]+)\}/g, "`$1`").replace(/\s*\n\s*/g, " ")
    .trim();
}

/** Lays Markdown out as `deno fmt` would. */
async function formatMarkdown(text: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  Deno.chdir(root);
  for (const [path, text] of await referencePages()) {
    await Deno.writeTextFile(path, text);
    console.log(path);
  }
}
