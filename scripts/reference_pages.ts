/**
 * Writes what in `src/docs` says nothing but what the code says: the pages of
 * commands with their flags and of the library's symbols, each below an introduction by hand,
 * and the tables of settings.
 *
 *     deno task docs
 *
 * A test compares the pages with what this would write. What only people can
 * explain (metrics, RPC commands) is written by hand on other pages, and checked
 * for being complete.
 */

import { fileKey, type SettingName } from "../src/agent/settings/config.ts";
import { flagName, type Setting } from "../src/agent/settings/setting_kind.ts";
import { settingSections } from "../src/agent/settings/settings_table.ts";
import type { HelpText } from "../src/cli/command.ts";
import { commandTable } from "../src/cli/command_table.ts";
import { formatGoDuration } from "../src/go/duration.ts";
import { toolOutput } from "./lab/command.ts";
import { markdownTable } from "./lab/table.ts";

const root = new URL("..", import.meta.url).pathname;

/** Returns the pages: path below the repository to text. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const [path, write] of Object.entries(writers)) {
    const page = await Deno.readTextFile(`${root}${path}`);
    pages.set(path, await formatMarkdown(await write(page)));
  }
  return pages;
}

/** Each page, and what writes it anew from what stands there. */
const writers: Readonly<Record<string, (page: string) => string | Promise<string>>> = {
  "src/docs/commands.md": commandsPage,
  "src/docs/configuration.md": configurationPage,
  "src/docs/library.md": libraryPage,
};

async function commandsPage(page: string): Promise<string> {
  const rows = commandTable.map(({ name, synopsis }) => [`[\`${name}\`](#serf-${name})`, synopsis]);
  const parts = [introductionOf(page), table(["command", "what it does"], rows)];
  for (const { name, load } of commandTable) parts.push(commandSection(name, await load()));
  return parts.join("\n\n");
}

/** What stands in front of the first table or section. */
function introductionOf(page: string): string {
  return page.slice(0, page.search(/^(\||##)/m)).trimEnd();
}

function commandSection(name: string, help: HelpText): string {
  const parts = [
    `## serf ${name}`,
    "```text\n" + `serf ${name} ${help.usage}`.trim() + "\n```",
    ...help.about.map(prose),
    ...help.example === undefined ? [] : ["```sh\n" + help.example + "\n```"],
  ];
  const spellings = Object.values(help.flags).flatMap((flag) => flag.spellings);
  if (spellings.length > 0) {
    const rows = spellings.map(({ name, hint, about }) => [`\`-${name}${hint}\``, prose(about)]);
    parts.push(table(["flag", "meaning"], rows));
  }
  for (const { heading, paragraphs } of help.notes ?? []) {
    parts.push(`**${heading}**`, ...paragraphs.map(prose));
  }
  return parts.join("\n\n");
}

/** Text of the help as Markdown: what looks like markup there is meant as it stands. */
function prose(text: string): string {
  return text.replace(/[*_<>\\]/g, "\\$&");
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  return markdownTable([titles, ...escaped]).join("\n");
}

/** The page on configuration as it is, with the table below each heading written anew. */
function configurationPage(page: string): string {
  for (const [heading, section] of Object.entries(settingSections)) {
    const rows = Object.entries(section).map(([name, setting]) =>
      settingRow(fileKey(name as SettingName), setting)
    );
    const written = new RegExp(`(?<=^## ${heading}\\n\\n)(\\|.*\\n)+`, "m");
    if (!written.test(page)) throw new Error(`No table below "${heading}"`);
    const titles = ["key", "type", "default", "flag", "meaning"];
    page = page.replace(written, () => `${table(titles, rows)}\n`);
  }
  return page;
}

function settingRow(key: string, setting: Setting): string[] {
  const { kind, flag, about } = setting;
  return [
    `\`${key}\``,
    kind === "tags" ? "object" : kind,
    settingDefault(setting),
    flag === "" ? "" : `\`-${flagName(flag)}\``,
    setting.page ?? about.replace(/(?<= )-[a-z][a-z-]*/g, "`$&`"),
  ];
}

function settingDefault({ kind, initial, otherwise }: Setting): string {
  if (otherwise !== undefined) return otherwise;
  if (kind === "list" || kind === "tags" || initial === "") return "none";
  if (kind !== "duration") return `\`${initial}\``;
  // "24h" says as much as Go's "24h0m0s".
  const text = formatGoDuration(Number(initial)).replace(/(?<=[hm])0[ms]/g, "");
  return initial === 0 ? "none" : `\`${text}\``;
}

/** What `deno doc --json` tells of something with a name. */
interface Named {
  readonly name: string;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly { readonly kind: string; readonly value?: string }[];
  };
  readonly isStatic?: boolean;
}

/** What it tells of a symbol that the library exports. */
interface Symbol {
  readonly name: string;
  readonly declarations: readonly (Omit<Named, "name"> & {
    readonly kind: string;
    readonly def: { readonly properties?: readonly Named[]; readonly methods?: readonly Named[] };
  })[];
}

async function libraryPage(page: string): Promise<string> {
  const { nodes }: { nodes: Readonly<Record<string, { symbols: readonly Symbol[] }>> } = JSON.parse(
    await toolOutput(Deno.execPath(), "doc", "--json", "src/mod.ts"),
  );
  const symbols = Object.values(nodes).flatMap((module) => module.symbols)
    .sort((a, b) => a.name < b.name ? -1 : 1);
  return [introductionOf(page), ...symbols.map(symbolSection)].join("\n\n");
}

function symbolSection({ name, declarations }: Symbol): string {
  const [declaration] = declarations;
  if (!declaration) throw new Error(`Nothing is known about "${name}"`);
  const { kind, def: { methods = [], properties = [] } } = declaration;
  const rows = [
    ...methods.filter(({ name }) => !name.startsWith("[")).map((method) => {
      const owner = method.isStatic ? `${name}.` : "";
      return [`\`${owner}${method.name}()\``, firstParagraph(method)];
    }),
    ...properties.map((property) => [
      `\`${property.name}\``,
      firstParagraph(property) + defaultOf(property),
    ]),
  ];
  const parts = [`## ${name}`, `${kindNames[kind] ?? kind}. ${firstParagraph(declaration)}`];
  if (rows.length > 0) parts.push(table(["member", "meaning"], rows));
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
function firstParagraph({ jsDoc }: Pick<Named, "jsDoc">): string {
  const [first = ""] = (jsDoc?.doc ?? "").split("\n\n");
  return first.replace(/\{@link(?:code|plain)? ([^}]+)\}/g, "`$1`").replace(/\s*\n\s*/g, " ")
    .trim();
}

function defaultOf({ jsDoc }: Named): string {
  const tag = jsDoc?.tags?.find(({ kind }) => kind === "default");
  return tag ? ` Default: ${tag.value}.` : "";
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
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    new Blob([text]).stream().pipeTo(child.stdin),
  ]);
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
