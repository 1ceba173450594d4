import { ok, strictEqual } from "node:assert/strict";
import type { Member, ProtocolVersions } from "../../../../src/memberlist/member.ts";
import { checkVersions } from "../../../../src/memberlist/membership/version_check.ts";
import type { NodeState } from "../../../../src/wire/full_state.ts";
import { aliveClaim } from "../../../support/memberlist_parts.ts";
import { reportedMember } from "../../../support/serf_parts.ts";

function remote(
  name: string,
  versions: readonly number[],
  state: NodeState["state"] = "alive",
): NodeState {
  const { incarnation, ip, meta, port } = aliveClaim(name, 1);
  return { name, state, incarnation, ip, meta, port, versions: Uint8Array.from(versions) };
}

function local(
  name: string,
  versions: Partial<ProtocolVersions> = {},
  state: Member["state"] = "alive",
): Member {
  const member = reportedMember(name, { state });
  return { ...member, versions: { ...member.versions, ...versions } };
}

const today = [1, 5, 2, 2, 5, 5];

function problem(remotes: readonly NodeState[], locals: readonly Member[]): string | undefined {
  const verdict = checkVersions(remotes, locals);
  return verdict.ok ? undefined : verdict.error.message;
}

Deno.test("checkVersions() has nothing against members that understand each other", () => {
  ok(checkVersions([remote("a", today), remote("b", [1, 3, 2, 2, 5, 4])], [local("self")]).ok);
  ok(checkVersions([], []).ok);
});

Deno.test("checkVersions() refuses a member that speaks what another does not understand", () => {
  strictEqual(
    problem([remote("a", [1, 5, 5, 2, 5, 5]), remote("b", [1, 3, 2, 2, 5, 5])], [local("self")]),
    "node 'a' protocol version (5) is incompatible: [1, 3]",
  );
  strictEqual(
    problem([remote("a", [1, 5, 2, 2, 4, 4])], [local("self")]),
    "node 'self' delegate protocol version (5) is incompatible: [2, 4]",
  );
  strictEqual(
    problem([remote("a", [3, 5, 3, 2, 5, 5])], [local("self")]),
    "node 'self' protocol version (2) is incompatible: [3, 5]",
  );
});

Deno.test("checkVersions() lets only the living set bounds", () => {
  for (const state of ["suspect", "dead", "left"] as const) {
    ok(
      checkVersions([remote("a", [1, 2, 2, 2, 3, 3], state)], [local("self", {
        delegateCurrent: 5,
      })]).ok,
    );
    ok(
      checkVersions([remote("a", today)], [local("self"), local("b", { protocolMax: 1 }, state)])
        .ok,
    );
  }
});

Deno.test("checkVersions() judges also the dead, here and there", () => {
  // Parity: a stale dead entry with odd versions can block a join.
  strictEqual(
    problem([remote("a", today), remote("b", [1, 5, 9, 2, 5, 5], "dead")], [local("self")]),
    "node 'b' protocol version (9) is incompatible: [1, 5]",
  );
  strictEqual(
    problem([remote("a", today)], [local("self"), local("b", { delegateCurrent: 7 }, "left")]),
    "node 'b' delegate protocol version (7) is incompatible: [2, 5]",
  );
});

Deno.test("checkVersions() takes missing versions for 0, which nobody understands", () => {
  strictEqual(
    problem([remote("a", [])], [local("self")]),
    "node 'a' protocol version (0) is incompatible: [1, 5]",
  );
  // Five of six are enough to set bounds.
  strictEqual(
    problem([remote("a", [1, 5, 2, 2, 4])], [local("self", { delegateCurrent: 4 })]),
    "node 'a' delegate protocol version (0) is incompatible: [2, 4]",
  );
});
