import assert from "node:assert/strict";
import { drawFrame } from "../../../../src/cli/commands/member_watch.ts";
import type { EventRecord, MemberRecord } from "../../../../src/rpc/commands.ts";
import { RpcError } from "../../../../src/rpc/rpc_error.ts";
import { memberRecord, RecordedContext, streamOf } from "../../../support/command_context.ts";

const event: EventRecord = { event: "member-join", members: [] };
const web = new Map([["role", "web"]]);

/** Watches what an agent lists, look by look; then the connection is lost. */
async function watch(looks: readonly (readonly MemberRecord[])[], args: string[], rows?: number) {
  const left = [...looks];
  const context = new RecordedContext({
    stream: () => Promise.resolve(streamOf(looks.map(() => event))),
    membersFiltered: () => {
      const next = left.shift();
      return next ? Promise.resolve(next) : Promise.reject(new RpcError("closed", "client closed"));
    },
  });
  context.rows = rows;
  const code = await context.run("members", "-watch", ...args);
  return { code, lines: context.stdout.trimEnd().split("\n") };
}

const looks = [
  [memberRecord({ name: "b" }), memberRecord({ name: "a" })],
  [memberRecord({ name: "a", status: "failed" }), memberRecord({ name: "c\n", tags: web })],
];

Deno.test("members -watch prints a line for each change where there is no terminal", async () => {
  const { code, lines } = await watch(looks, []);
  assert.equal(code, 1);
  assert.deepEqual(lines.map((line) => line.replace(/^\d{4}-\S+Z/, "TIME").trimEnd()), [
    "TIME  present  a  127.0.0.1:7946  alive",
    "TIME  present  b  127.0.0.1:7946  alive",
    "TIME  changed  a  127.0.0.1:7946  failed",
    "TIME  added  c\\n  127.0.0.1:7946  alive  role=web",
    "TIME  removed  b  127.0.0.1:7946  alive",
    "Error retrieving members: client closed",
  ]);
});

Deno.test("members -watch -format=json prints an object a line, also on a terminal", async () => {
  const { lines } = await watch(looks, ["-format=json"], 24);
  const changes = lines.slice(0, -1).map((line) => JSON.parse(line));
  assert.deepEqual(changes.map(({ change, member }) => `${change} ${member.name}`), [
    "present a",
    "present b",
    "changed a",
    "added c\n",
    "removed b",
  ]);
  assert.deepEqual(changes[3].member.tags, { role: "web" });
});

Deno.test("members -watch draws on a terminal, only what is different", async () => {
  const { lines } = await watch([looks[0]!, looks[0]!, looks[1]!], [], 24);
  const drawn = lines.join("\n").split("\x1b[?2026h").slice(1);
  assert.equal(drawn.length, 2);
  assert.match(drawn[1] ?? "", /a {2}127\.0\.0\.1:7946 {2}failed/);
});

Deno.test("members -watch ends with 0 when interrupted", async () => {
  const context = new RecordedContext({
    stream: () => Promise.resolve(streamOf([], { open: true })),
    membersFiltered: () => {
      context.interrupt();
      return new Promise(() => {});
    },
  });
  assert.equal(await context.run("members", "-watch"), 0);
});

Deno.test("drawFrame() fits the screen, and says what does not", () => {
  const text = (rows: number) =>
    // deno-lint-ignore no-control-regex -- they are what is to be left out.
    drawFrame(["a", "b", "c"], rows).replace(/\x1b\[[?\d]*[a-zA-Z]/g, "").split("\r\n");
  assert.deepEqual(text(4), ["a", "b", "c"]);
  assert.deepEqual(text(3), ["a", "and 2 more"]);
  assert.deepEqual(text(1), ["and 3 more"]);
});
