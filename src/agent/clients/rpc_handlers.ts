/**
 * What each command of the RPC protocol does: one function for each
 * (rpc.md section 5).
 *
 * A handler gets its request and returns what to answer. What it throws becomes
 * the answer's error, with an empty body where the command's answer has one.
 */

import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import type { Sequence } from "../../rpc/codec.ts";
import {
  type CommandName,
  coordinateResponse,
  type KeyRecord,
  protocolVersion,
  type RequestOf,
  type ResponseOf,
  rpcCommands,
} from "../../rpc/commands.ts";
import { type Encodable, encodable } from "../../rpc/frames.ts";
import type { KeyReport } from "../../serf/queries/key_manager.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { InvalidFilterError, parseEventFilters } from "../handlers/event_filter.ts";
import { streamEvents } from "./event_subscription.ts";
import { readHistory } from "./history_pages.ts";
import { readMonitorLevel, streamLog } from "./log_subscription.ts";
import { MemberListing } from "./member_listing.ts";
import { filterMembers } from "./members_filter.ts";
import { askQuery } from "./query_subscription.ts";
import { isSecret } from "./secret.ts";
import { errorText } from "../../ports/error_text.ts";

/** What to send back. */
export interface Answer {
  /** Empty for success. */
  readonly error: string;
  readonly body: Encodable;
  /** Runs once the answer is written, or could not be. */
  readonly after?: (() => void) | undefined;
}

/** What a handler returns; nothing is success without a body. */
interface Reply<A> {
  readonly error?: string | undefined;
  readonly body?: A;
  /** The body, where it is encoded already. */
  readonly encoded?: Encodable;
  readonly after?: () => void;
}

type Handler<Q, A> = (
  client: ConnectedClient,
  request: Q,
  sequence: Sequence,
) => Reply<A> | void | Promise<Reply<A> | void>;

/** The most streams, and the most running queries, of one connection. */
const subscriptionLimit = 1024;

const handlers: { readonly [N in CommandName]: Handler<RequestOf<N>, ResponseOf<N>> } = {
  handshake(client, { version }) {
    if (version !== protocolVersion) throw new Error("Unsupported IPC version");
    if (client.hasShakenHands) throw new Error("Handshake already performed");
    client.hasShakenHands = true;
  },

  auth(client, { authKey }) {
    if (!isSecret(authKey, client.authKey)) throw new Error("Invalid authentication token");
    client.isAuthenticated = true;
  },

  /** In a flood of events the answer waits until the cluster keeps up, which slows the client. */
  event: ({ agent }, { name, payload, coalesce }) => agent.userEvent(name, payload, coalesce),

  "force-leave": ({ agent }, { node, prune }) => agent.forceLeave(node, prune),

  join: async ({ agent }, { existing, replay }) => ({
    body: { num: await agent.join(existing, replay) },
  }),

  members: async ({ agent, listing }) => ({ encoded: await listing.bodyOf(agent.members()) }),

  async "members-filtered"({ agent, log }, request) {
    try {
      const members = await filterMembers(agent.members(), request);
      return { encoded: await new MemberListing().bodyOf(members) };
    } catch (error) {
      // Parity: the operator reads it in the log, where alone the reference tells.
      log.error(`Failed to evaluate request: ${errorText(error)}`);
      throw error;
    }
  },

  tags: ({ agent }, { tags, deleteTags = [] }) => agent.updateTags(tags, deleteTags),

  stream(client, { type }, sequence) {
    const filters = readFilters(type);
    if (client.streams.has(sequence)) throw new Error("Stream with given sequence exists");
    if (client.streams.size >= subscriptionLimit) throw new Error("Too many streams");
    const stream = streamEvents(client, sequence, filters);
    client.streams.set(sequence, stream);
    return { after: () => stream.start() };
  },

  monitor(client, { logLevel }, sequence) {
    const level = readMonitorLevel(logLevel);
    if (client.monitor) throw new Error("Monitor already exists");
    const subscription = streamLog(client, sequence, level);
    client.monitor = { sequence, subscription };
    return { after: () => subscription.start() };
  },

  /** Ends what runs under the number, if anything does. */
  stop(client, { stop }) {
    client.streams.get(stop)?.stop();
    client.streams.delete(stop);
    if (client.monitor?.sequence !== stop) return;
    client.monitor.subscription.stop();
    client.monitor = undefined;
  },

  /** Parity: the agent ends after this command even if leaving failed. */
  async leave({ agent, log }) {
    log.info("Graceful leave triggered");
    const error = await agent.leave().then(() => "", errorText);
    if (error !== "") log.error(`leave failed: ${error}`);
    // The shutdown ends this connection too, so it is not waited for here.
    const after = () => {
      agent.shutdown().catch((error) => log.error(`shutdown failed: ${errorText(error)}`));
    };
    return { error, after };
  },

  query(client, request, sequence) {
    if (client.runningQueries.size >= subscriptionLimit) throw new Error("Too many queries");
    const { name, payload, timeoutNanos, filterNodes = [], untilTimeout, ...rest } = request;
    const answers = askQuery(client, sequence, name, payload, {
      ...rest,
      filterNodes,
      ...(timeoutNanos !== 0 && { timeout: timeoutNanos / 1e6 }),
      ...(untilTimeout && { untilTimeout }),
    });
    return { after: () => answers.start() };
  },

  respond: ({ queries }, { id, payload }) => queries.respond(id, payload ?? new Uint8Array()),

  "install-key": async ({ agent }, { key }) => keyReply(await agent.keys("install", key)),
  "use-key": async ({ agent }, { key }) => keyReply(await agent.keys("use", key)),
  "remove-key": async ({ agent }, { key }) => keyReply(await agent.keys("remove", key)),
  "list-keys": async ({ agent }) => keyReply(await agent.keys("list")),

  stats: ({ agent }) => ({ body: agent.stats() }),

  facts: async ({ agent }) => ({ body: await agent.facts() }),

  metrics: ({ agent }) => ({ body: { metrics: agent.metrics() } }),

  history: async (client, request) => ({ body: await readHistory(client, request) }),
  reload: async ({ agent }) => ({ body: await agent.reload() }),

  why({ agent }, { node }) {
    const account = agent.why(node);
    return { body: { account: account ? JSON.stringify(account) : "" } };
  },

  "get-coordinate"({ agent }, { node }) {
    const coord = agent.coordinate(node);
    return { body: coord ? { coord, ok: true } : coordinateResponse.zero() };
  },
};

/**
 * Reads a command's request and returns what carries it out, which never rejects.
 *
 * @throws {MsgpackError} if the body does not hold such a request.
 */
export function prepare<N extends CommandName>(
  name: N,
  bytes: Uint8Array,
): (client: ConnectedClient, sequence: Sequence) => Promise<Answer> {
  const { request, response } = rpcCommands[name];
  const decoded = request.read(new MsgpackReader(bytes));
  return async (client, sequence) => {
    try {
      const reply = await handlers[name](client, decoded, sequence) ?? {};
      const { error = "", body = response.zero(), encoded, after } = reply;
      return { error, body: encoded ?? encodable(response, body), after };
    } catch (error) {
      return { error: errorText(error), body: encodable(response, response.zero()) };
    }
  };
}

function readFilters(list: string) {
  try {
    return parseEventFilters(list);
  } catch (error) {
    throw error instanceof InvalidFilterError ? new Error("Invalid event filter") : error;
  }
}

/** Even a failed operation has a body: which nodes refused, and why. */
function keyReply({ error, ...body }: KeyReport): Reply<KeyRecord> {
  return { error, body };
}
