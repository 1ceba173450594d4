import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { JoinError } from "../../../src/host/errors.ts";
import { joinedNobody, resolveJoinTargets } from "../../../src/host/join_targets.ts";

const lookUp = (host: string) =>
  host === "db" ? Promise.resolve(["10.0.0.1", "10.0.0.2"]) : Promise.reject(new Error("no such"));

Deno.test("resolveJoinTargets() takes texts and addresses, in order", async () => {
  const entries = ["db:7", { host: "10.0.0.9", port: 1 }, { host: "fd00::1", port: 2 }, "10.0.0.8"];
  deepStrictEqual(await resolveJoinTargets(entries, 7946, lookUp), {
    targets: [
      { host: "10.0.0.1", port: 7 },
      { host: "10.0.0.2", port: 7 },
      { host: "10.0.0.9", port: 1 },
      { host: "fd00::1", port: 2 },
      { host: "10.0.0.8", port: 7946 },
    ],
    errors: [],
  });
});

Deno.test("resolveJoinTargets() goes on after an entry that stands for nothing", async () => {
  const { errors, targets } = await resolveJoinTargets(["x", "10.0.0.8:1", ":2"], 7946, lookUp);
  deepStrictEqual(targets, [{ host: "10.0.0.8", port: 1 }]);
  strictEqual(errors.length, 2);
  ok(errors[0]?.message.startsWith("failed to resolve x: "));
});

Deno.test("joinedNobody() is one error with all reasons, each with its cause", () => {
  const cause = new Error("refused");
  const failure = { address: { host: "10.0.0.8", port: 1 }, error: cause };
  const error = joinedNobody([new Error("failed to resolve x")], [failure]);
  ok(error instanceof JoinError);
  strictEqual(
    error.message,
    "2 errors occurred:\n\t* failed to resolve x\n\t* failed to join 10.0.0.8:1: refused\n\n",
  );
  strictEqual(error.errors[1]?.cause, cause);
});
