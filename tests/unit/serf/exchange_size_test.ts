import { ok } from "node:assert/strict";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { complete } from "../../../src/bytes/steps.ts";
import { LocalState } from "../../../src/memberlist/exchange/local_state.ts";
import { writePushPull } from "../../../src/serf/push_pull_message.ts";
import { maxLamportTime } from "../../../src/serf/message_type.ts";
import { UserEvents } from "../../../src/serf/events/user_events.ts";
import { maxEventsPerSlot } from "../../../src/serf/push_pull_message.ts";
import { encryptionOverhead, maxStreamPayload } from "../../../src/wire/message_type.ts";
import { aliveClaim, MemberlistParts } from "../../support/memberlist_parts.ts";
import { TestNode } from "../../support/test_node.ts";

/** Text that cannot be compressed, the same each time. */
function noise(parts: MemberlistParts, length: number): string {
  let text = "";
  while (text.length < length) text += String.fromCharCode(32 + parts.random.below(95));
  return text;
}

/** As many events as are remembered, of names and payloads of a length. */
function fullEvents(parts: MemberlistParts, length: number): UserEvents {
  const node = new TestNode();
  const events = new UserEvents(node, { gathersUsers: false, enter: () => {} });
  const payload = new Uint8Array(length);
  for (let ltime = 1_000_000; ltime < 1_000_512; ltime++) {
    for (let i = 0; i < maxEventsPerSlot; i += 16) {
      parts.random.fill(payload);
      if (!events.receive({ ltime, name: noise(parts, 3), payload, coalesce: false })) break;
    }
  }
  return events;
}

for (const [nameLength, metaLength, eventLength] of [[512, 0, 0], [512, 512, 500], [60, 0, 40]]) {
  Deno.test(`An exchange of all that a node holds fits: names of ${nameLength} bytes, metadata of ${metaLength}`, () => {
    const parts = new MemberlistParts({}, { compression: true });
    const { membership, random, roster } = parts;
    const meta = new Uint8Array(metaLength!);
    for (let i = 0, before = 0; roster.size > before; i++) {
      before = roster.size;
      random.fill(meta);
      const ip = new Uint8Array(16).fill(i & 0xff);
      membership.alive(aliveClaim(noise(parts, nameLength!), 0xff_0000, { ip, meta }));
    }
    ok(roster.size > 5000);
    const names = roster.members().map(({ name }) => name);
    const events = fullEvents(parts, eventLength!);
    const writer = new MsgpackWriter("raw");
    complete(writePushPull(writer, {
      memberTime: maxLamportTime,
      eventTime: maxLamportTime,
      queryTime: maxLamportTime,
      statusTimes: new Map(names.map((name) => [name, maxLamportTime])),
      leftMembers: names,
      eventSlots: [...events.slots],
    }));
    parts.delegate.state = writer.copy();
    Object.defineProperty(parts.delegate, "stateStamp", { value: "" });
    const { content, length } = complete(new LocalState(parts).encoded(true));
    const limit = maxStreamPayload - encryptionOverhead;
    ok(content.length <= limit && length <= limit, `${length} bytes, compressed ${content.length}`);
    ok(length > 0.7 * limit, `${length} bytes are far from the limit`);
  });
}
