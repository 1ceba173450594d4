/** An agent on hosts whose addresses do not go together with what it listens on. */

import { match, strictEqual } from "node:assert/strict";
import { runSerf } from "../../scripts/lab/agents.ts";
import type { Outcome } from "../../scripts/lab/command.ts";
import { needsNamespaces } from "../support/network_namespaces.ts";
import { NetworkStar } from "../../scripts/lab/network_star.ts";

const failure = /failed to get final advertise address: no private IP address found/;

/** Runs an agent that is expected to fail, on a host with these addresses. */
async function failToStart(
  addresses: readonly string[],
  ...args: readonly string[]
): Promise<Outcome> {
  await using star = await NetworkStar.create(1, () => addresses);
  // A system where `::` hears IPv6 alone, as on Windows.
  const split = ["sh", "-c", 'echo 1 > /proc/sys/net/ipv6/bindv6only && exec "$0" "$@"'];
  const wrapper = [...star.members[0]?.wrapper ?? [], ...split];
  const outcome = await runSerf("ours", ["agent", ...args], { wrapper, limit: 20_000 });
  strictEqual(outcome.code, 1, outcome.stdout);
  match(outcome.stderr + outcome.stdout, failure);
  return outcome;
}

Deno.test("an agent starts on no host where nobody could reach it, and says why", {
  ...needsNamespaces,
}, async () => {
  const ipv6 = await failToStart(["192.0.2.11/24", "fd00:5::1/64"]);
  match(ipv6.stderr + ipv6.stdout, /, and 0\.0\.0\.0 hears IPv4 alone, and explicit IP/);
  const ipv4 = await failToStart(["10.78.0.1/24"], "-bind=[::]");
  match(ipv4.stderr + ipv4.stdout, /, and :: hears IPv6 alone, and explicit IP/);
});
