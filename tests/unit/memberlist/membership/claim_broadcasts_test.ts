import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { BroadcastQueue } from "../../../../src/memberlist/broadcasts/broadcast_queue.ts";
import { ClaimBroadcasts } from "../../../../src/memberlist/membership/claim_broadcasts.ts";
import { aliveClaim, describeMessage } from "../../../support/memberlist_parts.ts";

function build() {
  const queue = new BroadcastQueue(4, () => 10);
  const take = () => {
    const messages: string[] = [];
    queue.take(0, 1e6, (message) => messages.push(describeMessage(message)));
    queue.clear();
    return messages.sort();
  };
  return { broadcasts: new ClaimBroadcasts(queue), queue, take };
}

Deno.test("ClaimBroadcasts keeps the latest claim about each member", () => {
  const { broadcasts, take } = build();
  broadcasts.addAlive(aliveClaim("b", 1), "b");
  broadcasts.addSuspect({ node: "b", incarnation: 1, from: "c" }, undefined);
  broadcasts.addSuspect({ node: "d", incarnation: 2, from: "c" }, undefined);
  broadcasts.addDead({ node: "d", incarnation: 2, from: "c" }, {});
  deepStrictEqual(take(), ["dead d 2 from c", "suspect b 1 from c"]);
});

Deno.test("ClaimBroadcasts.addAlive() keeps claims under different keys", () => {
  const { broadcasts, take } = build();
  broadcasts.addAlive(aliveClaim("b", 1), "b");
  broadcasts.addAlive(aliveClaim("b", 2), "ip:10.0.0.98");
  deepStrictEqual(take(), ["alive b 1", "alive b 2"]);
});

Deno.test("ClaimBroadcasts remembers the sender, and says when a claim is finished", () => {
  const { broadcasts, queue } = build();
  const from = { host: "10.0.0.9", port: 7946 };
  let finished = 0;
  broadcasts.addDead({ node: "b", incarnation: 1, from: "b" }, {
    from,
    finished: () => finished++,
  });
  strictEqual(queue.newest?.isKnownTo(from), true);
  strictEqual(queue.awaited, 1);
  queue.prune(0);
  strictEqual(finished, 1);
});
