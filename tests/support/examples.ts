/** The examples that users read: in the documentation of what the library exports, and in the readme. */

/** One example, as a program. */
export interface Example {
  /** Where it stands: `Serf.join`, `module`, `README`. */
  readonly place: string;
  readonly program: string;
}

/** What `deno doc --json` says of anything: a tree in which some nodes have a name or a comment. */
type DocNode = unknown;

const root = new URL("../../", import.meta.url);
const library = new URL("src/mod.ts", root);

/** Returns what `deno doc` says of the library. */
export async function libraryDocumentation(): Promise<{ readonly nodes: DocNode }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", library.pathname],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error("deno doc failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Returns every example in the documentation of the library's exports. */
export async function documentedExamples(): Promise<Example[]> {
  const { nodes } = await libraryDocumentation();
  return [...examplesBelow(nodes, [])];
}

/** Returns every TypeScript block of the readme. */
export async function readmeExamples(): Promise<Example[]> {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  return programsIn(readme).map((program) => ({ place: "README", program }));
}

/** Returns a program with the library's own source in place of its published name. */
export function withLocalLibrary(program: string): string {
  return program.replaceAll(/(["'])(?:@serf\/serf|\.\/src\/mod\.ts)\1/g, () => `"${library.href}"`);
}

function* examplesBelow(node: DocNode, path: readonly string[]): Generator<Example> {
  if (Array.isArray(node)) {
    for (const child of node) yield* examplesBelow(child, path);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const name = "name" in node && typeof node.name === "string" ? node.name : undefined;
  const place = name === undefined || path.at(-1) === name ? path : [...path, name];
  for (const [key, child] of Object.entries(node)) {
    if (key === "jsDoc" || key === "module_doc") yield* examplesOf(child, place);
    else yield* examplesBelow(child, place);
  }
}

function* examplesOf(comment: DocNode, path: readonly string[]): Generator<Example> {
  if (typeof comment !== "object" || comment === null || !("tags" in comment)) return;
  if (!Array.isArray(comment.tags)) return;
  for (const { doc, kind } of comment.tags) {
    if (kind !== "example" || typeof doc !== "string") continue;
    for (const program of programsIn(doc)) yield { place: path.join(".") || "module", program };
  }
}

function programsIn(markdown: string): string[] {
  return [...markdown.matchAll(/^```ts\n([^]*?)^```$/gm)].map((block) => block[1] ?? "");
}
