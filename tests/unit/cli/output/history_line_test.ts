import { match, strictEqual } from "node:assert/strict";
import { historyLine } from "../../../../src/cli/output/history_line.ts";

const time = "2026-12-01T17:00:00.000Z";
const cursor = "0123456789abcdef-1";

Deno.test("historyLine() lets no name reach for the terminal or begin another line", () => {
  const record = { cursor, time, kind: "user", name: "a\x1b[31m\n2026 fake" };
  strictEqual(historyLine(record), `${time} user: a\\x1b[31m\\n2026 fake`);
});

Deno.test("historyLine() shows addresses of both families", () => {
  const members = [
    { name: "a", addr: "10.0.0.1", port: 7946 },
    { name: "b", addr: "fd00::1", port: 7946 },
  ];
  strictEqual(
    historyLine({ cursor, time, kind: "member-leave", members }),
    `${time} member-leave: a (10.0.0.1:7946), b ([fd00::1]:7946)`,
  );
});

Deno.test("historyLine() says why records are missing", () => {
  const gap = (details: Record<string, unknown>) =>
    historyLine({ cursor, kind: "gap", ...details });
  match(gap({ reason: "not-running", from: "A", to: "B" }), /did not run, some time from A to B/);
  match(gap({ reason: "not-running", to: "B" }), /did not run until B/);
  match(gap({ reason: "damaged", lost: 1 }), /^--- 1 record is missing: they could not/);
  match(gap({ reason: "trimmed", lost: 2 }), /2 records are missing: the history was full/);
  match(gap({ reason: "unknown-epoch" }), /does not know that cursor/);
  match(gap({ reason: "moon" }), /Records are missing: moon/);
});

Deno.test("historyLine() shows a kind that it does not know as it is", () => {
  const record = { cursor, time, kind: "probe", node: "a" };
  strictEqual(historyLine(record), `${time} probe: {"node":"a"}`);
});
