/**
 * The answers to one `query` command, on their way to the client that asked
 * (rpc.md section 6.3).
 *
 * Exactly one `done` ends them, and it finds room even where answers did not.
 */

import type { Sequence } from "../../rpc/codec.ts";
import { type QueryRecord, queryRecord } from "../../rpc/commands.ts";
import type { QueryOptions } from "../../serf/queries/queries.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { type ClientView, recordLimit, Subscription } from "./subscription.ts";

/**
 * Asks the cluster; answers wait until the subscription is started.
 *
 * @throws {Error} with the text for the client if the query is refused.
 */
export function askQuery(
  client: ClientView & Pick<ConnectedClient, "agent" | "runningQueries" | "sendRecord">,
  sequence: Sequence,
  name: string,
  payload: Uint8Array | undefined,
  options: QueryOptions,
): Subscription<QueryRecord> {
  const answers: Subscription<QueryRecord> = new Subscription<QueryRecord>(client, {
    // Every member may acknowledge and answer before the client reads.
    limit: Math.max(recordLimit, 2 * client.agent.members().length),
    droppedName: "query answers",
    nameOf: ({ type }) => type === "done" ? "query end" : type,
    async send(record) {
      await client.sendRecord(sequence, queryRecord, record);
      if (record.type === "done") answers.stop();
    },
    onStop() {
      query.cancel();
      client.runningQueries.delete(answers);
    },
  });
  const query = client.agent.query(name, payload, options, {
    onAck: (from) => answers.push({ type: "ack", from, payload: undefined }),
    onResponse: (from, payload) => answers.push({ type: "response", from, payload }),
    onDone: () => answers.push({ type: "done", from: "", payload: undefined }, true),
  });
  client.runningQueries.add(answers);
  return answers;
}
