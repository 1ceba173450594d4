/** References to the protocol pages against their headings. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

/** The section numbers that a text refers to, as `gossip 5.4`. */
function references(text: string): string[] {
  const prose = text.replace(/\n\s*(?:\*|\/\/)\s*/g, " ");
  const pattern =
    /\b(gossip|agent|cli|rpc)\.md,?(?: in)? sections? (\d+(?:\.\d+)*(?:(?:, | and | to )(?:and )?\d+(?:\.\d+)*)*)/g;
  return [...prose.matchAll(pattern)].flatMap(([, page, numbers = ""]) =>
    [...numbers.matchAll(/\d+(?:\.\d+)*/g)].map(([number]) => `${page} ${number}`)
  );
}

Deno.test("references() reads lists and ranges of sections, over line ends", () => {
  const text = "(gossip.md sections 5.4, 9.5 and\n * 15; rpc.md section 3) cli.md section 7.15.";
  assert.deepEqual(references(text), [
    "gossip 5.4",
    "gossip 9.5",
    "gossip 15",
    "rpc 3",
    "cli 7.15",
  ]);
});

Deno.test("every section of the protocol pages that a comment names is there", async () => {
  const headings = new Set<string>();
  for (const page of ["gossip", "agent", "cli", "rpc"]) {
    const text = await Deno.readTextFile(`${root}src/docs/protocol/${page}.md`);
    for (const [, number] of text.matchAll(/^#+ (\d+(?:\.\d+)*) /gm)) {
      headings.add(`${page} ${number}`);
    }
  }
  let count = 0;
  for (const folder of ["src", "scripts", "tests"]) {
    for await (const path of sources(folder)) {
      for (const reference of references(await Deno.readTextFile(`${root}${path}`))) {
        count++;
        assert.equal(headings.has(reference), true, `${path}: no section ${reference}`);
      }
    }
  }
  assert.equal(count > 100, true, `only ${count} references found`);
});
