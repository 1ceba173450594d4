/** The library in another project, set up as its page says. */

import { deepEqual, equal, match } from "node:assert/strict";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const page = await Deno.readTextFile(`${root}/src/docs/library.md`);

/** The first block of a language on the page. */
function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(page) ?? [];
  if (text === undefined) throw new Error(`library.md has no block of ${language}`);
  return text;
}

/** Runs Deno in a project that is set up as the page says, but for an edit of its `deno.json`. */
async function inProject(args: readonly string[], edit = (config: string) => config) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, block("ts"));
    await Deno.writeTextFile(`${folder}/deno.json`, edit(block("json")).replace("../serf", root));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args, "main.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(60_000),
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Another project imports the library as its page says, and prints what stands there", async () => {
  const { code, stdout, stderr } = await inProject(["run", "-A"]);
  deepEqual({ code, stdout }, { code: 0, stdout: block("text") }, stderr);
});

Deno.test("The library type-checks under another project's settings", async () => {
  const { code, stderr } = await inProject(["check"]);
  equal(code, 0, stderr);
});

Deno.test("The library says what is missing if UDP is", async () => {
  const { code, stderr } = await inProject(["run", "-A"], (config) => {
    return config.replace(/,\s+"unstable".*/, "");
  });
  equal(code, 1);
  match(stderr, /run Deno with --unstable-net, or put "unstable": \["net"\] into deno\.json/);
});
