/**
 * Can a stranger end somebody else's process by votes that it makes up?
 *
 * It becomes a member, claims the victim's name for another address, reads the query with which
 * the victim asks for votes, and answers it in the names of members that do not exist.
 */

import { writeConflictResponse } from "../../../src/serf/queries/conflict_message.ts";
import { serfMessageType } from "../../../src/serf/message_type.ts";
import { readQuery, writeResponse } from "../../../src/serf/queries/query_messages.ts";
import { writeAlive } from "../../../src/wire/claims.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import type { Kind } from "../../lab/agents.ts";
import type { Measure } from "../../lab/comparison.ts";
import { FakeMember, gossipPort as port } from "../../lab/fakes/fake_member.ts";
import { aliveClaim, ipBytes, message, serfMessage } from "../../lab/fakes/frames.ts";
import { delay } from "../../lab/waiting.ts";
import { startVictims, Watch } from "./victims.ts";

const ip = "127.66.2.1";
/** Where the victim's name is said to belong. */
const rival = "127.66.3.1";
const voters = 10;
/** A vote takes some three seconds in a small cluster. */
const voteSeconds = 6;

export const votes: Measure<Kind> = async (kind, isShort) => {
  await using victims = await startVictims(kind, 3);
  using watch = await Watch.over(victims.agents);
  const victim = victims.agents[0]!;
  const vote = voteAgainst(victim.name);
  let asked = 0;
  using mallory = new FakeMember(ip, undefined, (type, body) => {
    if (type !== messageType.user || body.takeByte() !== serfMessageType.query) return;
    const { name, ltime, id } = readQuery(body);
    if (name !== "_serf_conflict") return;
    asked++;
    for (let voter = 0; voter < voters; voter++) {
      const from = `voter-${voter}`;
      const answer = { ltime, id, from, flags: 0, payload: vote };
      mallory.send(victim.ip, serfMessage(writeResponse, answer));
    }
  });
  mallory.send(victim.ip, message(writeAlive, aliveClaim("mallory", ip)));
  for (let round = 0; round < (isShort ? 1 : 3) && watch.ended === 0; round++) {
    const claim = aliveClaim(victim.name, `127.66.3.${1 + round}`, { incarnation: 2 });
    mallory.send(victim.ip, message(writeAlive, claim));
    await delay(voteSeconds * 1000);
  }
  if (asked === 0) throw new Error("The victim asked nobody");
  return watch.survival("invented votes");
};

/** An answer to the query, by which the name belongs to the rival. */
function voteAgainst(name: string): Uint8Array {
  const protocols = { protocolMin: 1, protocolMax: 5, protocolCurrent: 2 };
  return message(writeConflictResponse, {
    name,
    ip: ipBytes(rival),
    address: { host: rival, port },
    tags: {},
    status: "alive",
    versions: { ...protocols, delegateMin: 2, delegateMax: 5, delegateCurrent: 5 },
  });
}
