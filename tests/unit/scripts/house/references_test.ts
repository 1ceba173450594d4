import assert from "node:assert/strict";
import { deadReferences, sectionsNamedIn } from "../../../../scripts/house/references.ts";

const gossip = "## 5 Messages\n\n### 5.4 Alive\n";

/** Judges a text beside a page with two sections. */
function judge(path: string, text: string): string[] {
  return deadReferences(new Map([["src/docs/protocol/gossip.md", gossip], [path, text]]));
}

Deno.test("sectionsNamedIn() reads lists and ranges of sections, over line ends", () => {
  const text = "(gossip.md sections 5.4, 9.5 and\n * 15; rpc.md section 3) cli.md section 7.15.";
  assert.deepEqual(sectionsNamedIn(text), [
    "gossip 5.4",
    "gossip 9.5",
    "gossip 15",
    "rpc 3",
    "cli 7.15",
  ]);
});

Deno.test("deadReferences() names sections that are not there", () => {
  assert.deepEqual(judge("src/a.ts", "// gossip.md section 5.4"), []);
  assert.deepEqual(judge("src/a.ts", "/** A (gossip.md\n * section 5.6). */"), [
    "src/a.ts: no section gossip 5.6",
  ]);
  assert.deepEqual(judge("src/docs/a.md", "See gossip.md section 7."), [
    "src/docs/a.md: no section gossip 7",
  ]);
  assert.deepEqual(judge("src/a.ts", 'const text = "gossip.md section 7";'), []);
});

Deno.test("deadReferences() names files that are not there", () => {
  assert.deepEqual(
    judge("src/wire/a.ts", "// See `a.ts`, `wire/a.ts` and `docs/protocol/gossip.md`."),
    [],
  );
  assert.deepEqual(judge("src/wire/a.ts", "// See `b.ts`."), ['src/wire/a.ts: no file "b.ts"']);
  assert.deepEqual(judge("src/docs/a.md", "See `wire/a.md`."), [
    'src/docs/a.md: no file "wire/a.md"',
  ]);
});
