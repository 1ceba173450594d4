/** Events as the history keeps them: what and whom they are about, without what only codecs need. */

import type { History } from "../../history/history.ts";
import type { Detail, HistoryFact } from "../../history/record.ts";
import type { MemberEvent, SerfEvent } from "../../serf/event.ts";
import type { SerfMember } from "../../serf/member.ts";

/** An event about more members makes several records, so that none is very long. */
const membersPerRecord = 64;

/** Puts an event down; payloads, which may be secret, only if they are wanted. */
export function recordEvent(
  history: Pick<History, "append">,
  event: SerfEvent,
  withPayload: boolean,
): void {
  if ("members" in event) {
    for (let i = 0; i < event.members.length; i += membersPerRecord) {
      history.append(memberFact(event, event.members.slice(i, i + membersPerRecord)));
    }
    return;
  }
  const { type: kind, name, ltime } = event;
  const payload = withPayload ? event.payload?.toBase64() : undefined;
  history.append(
    event.type === "user"
      ? { kind, name, ltime, payload, coalesce: event.coalesce }
      : { kind, name, ltime, payload, from: event.source },
  );
}

function memberFact({ type: kind }: MemberEvent, members: readonly SerfMember[]): HistoryFact {
  // Tags are news where a member comes or changes.
  const withTags = kind === "member-join" || kind === "member-update";
  const describe = ({ name, address, tags, status }: SerfMember): Detail => ({
    name,
    addr: address.host,
    port: address.port,
    status,
    tags: withTags ? tags : undefined,
  });
  return { kind, members: members.map(describe) };
}
