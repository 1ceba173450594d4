/**
 * What each command of the RPC protocol does: one function for each
 * (rpc.md section 5).
 *
 * A handler gets its request and returns what to answer. What it throws becomes
 * the answer's error, with an empty body where the command's answer has one.
 */

import type { Codec } from "../../bytes/msgpack_codec.ts";
import { MsgpackReader } from "../../bytes/msgpack_reader.ts";
import { nothing, type Sequence } from "../../rpc/codec.ts";
import * as commands from "../../rpc/commands.ts";
import type { CommandName } from "../../rpc/commands.ts";
import { type Encodable, encodable } from "../../rpc/frames.ts";
import type { KeyOutcome, QueryParameters } from "../agent_control.ts";
import type { ClientView, Subscription } from "./client_view.ts";
import { InvalidFilterError, parseEventFilters } from "../handlers/event_filter.ts";
import { EventSubscription } from "./event_subscription.ts";
import { LogSubscription, parseLogLevel } from "./log_subscription.ts";
import { MemberListing } from "./member_listing.ts";
import { filterMembers } from "./members_filter.ts";
import { QuerySubscription } from "./query_subscription.ts";
import { isSecret } from "./secret.ts";
import { messageOf } from "../settings/settings.ts";

/** One client's connection, as handlers see it. */
export interface ClientState extends ClientView {
  /** Empty if clients need no token. */
  readonly authKey: string;
  /** The list of members, as all clients get it. */
  readonly listing: MemberListing;
  hasShakenHands: boolean;
  isAuthenticated: boolean;
  readonly streams: Map<Sequence, Subscription>;
  /** The one monitor and its number. */
  monitor: { readonly sequence: Sequence; readonly subscription: Subscription } | undefined;
  readonly runningQueries: Set<Subscription>;
}

/** What to send back. */
export interface Answer {
  /** Empty for success. */
  readonly error: string;
  readonly body?: Encodable | undefined;
  /** Runs once the answer is written, or could not be. */
  readonly after?: (() => void) | undefined;
}

/** How a command is read and carried out. */
export interface CommandHandler {
  /** Whether a request body follows the header. */
  readonly hasRequest: boolean;
  /**
   * Decodes the request and returns what carries it out, which never rejects.
   *
   * @throws {MsgpackError} if the body does not hold such a request.
   */
  prepare(client: ClientState, sequence: Sequence, body: Uint8Array): () => Promise<Answer>;
}

/** At most so many streams, and so many running queries, for one connection. */
const subscriptionLimit = 1024;

const success: Answer = { error: "" };

/** All commands by name; a `Map`, because names come from clients. */
export const commandHandlers: ReadonlyMap<string, CommandHandler> = new Map<
  CommandName,
  CommandHandler
>([
  ["handshake", acknowledged(commands.handshakeRequest, shakeHands)],
  ["auth", acknowledged(commands.authRequest, authenticate)],
  ["event", acknowledged(commands.eventRequest, fireUserEvent)],
  ["force-leave", acknowledged(commands.forceLeaveRequest, forceLeave)],
  ["join", answered(commands.joinRequest, commands.joinResponse, join)],
  ["members", command(nothing, commands.membersResponse, listMembers)],
  [
    "members-filtered",
    command(commands.membersFilteredRequest, commands.membersResponse, listMembersFiltered),
  ],
  ["tags", acknowledged(commands.tagsRequest, updateTags)],
  ["stream", acknowledged(commands.streamRequest, openStream)],
  ["monitor", acknowledged(commands.monitorRequest, openMonitor)],
  ["stop", acknowledged(commands.stopRequest, stop)],
  ["leave", acknowledged(nothing, leave)],
  ["query", acknowledged(commands.queryRequest, query)],
  ["respond", acknowledged(commands.respondRequest, respond)],
  ["install-key", keyCommand((client, { key }) => client.agent.installKey(key))],
  ["use-key", keyCommand((client, { key }) => client.agent.useKey(key))],
  ["remove-key", keyCommand((client, { key }) => client.agent.removeKey(key))],
  ["list-keys", keyListing()],
  ["stats", answered(nothing, commands.statsResponse, (client) => client.agent.stats())],
  [
    "metrics",
    answered(nothing, commands.metricsResponse, ({ agent }) => ({ metrics: agent.metrics() })),
  ],
  [
    "get-coordinate",
    answered(commands.coordinateRequest, commands.coordinateResponse, getCoordinate),
  ],
]);

function shakeHands(client: ClientState, request: commands.HandshakeRequest): void {
  if (request.version !== commands.protocolVersion) throw new Error("Unsupported IPC version");
  if (client.hasShakenHands) throw new Error("Handshake already performed");
  client.hasShakenHands = true;
}

function authenticate(client: ClientState, request: commands.AuthRequest): void {
  if (!isSecret(request.authKey, client.authKey)) throw new Error("Invalid authentication token");
  client.isAuthenticated = true;
}

/** In a flood of events the answer comes when the cluster keeps up, which slows the client down. */
async function fireUserEvent(client: ClientState, request: commands.EventRequest): Promise<void> {
  await client.agent.userEvent(request.name, request.payload, request.coalesce);
}

async function forceLeave(client: ClientState, request: commands.ForceLeaveRequest): Promise<void> {
  await client.agent.forceLeave(request.node, request.prune);
}

async function join(
  client: ClientState,
  request: commands.JoinRequest,
): Promise<commands.JoinResponse> {
  return { num: await client.agent.join(request.existing, request.replay) };
}

async function listMembers({ agent, listing }: ClientState): Promise<Answer> {
  return { error: "", body: await listing.bodyOf(agent.members()) };
}

async function listMembersFiltered(
  client: ClientState,
  request: commands.MembersFilteredRequest,
): Promise<Answer> {
  try {
    const members = await filterMembers(client.agent.members(), request);
    return { error: "", body: await new MemberListing().bodyOf(members) };
  } catch (error) {
    // Parity: the operator reads it in the log, where alone the reference tells.
    client.log.error(`Failed to evaluate request: ${messageOf(error)}`);
    throw error;
  }
}

async function updateTags(client: ClientState, request: commands.TagsRequest): Promise<void> {
  await client.agent.updateTags(request.tags, request.deleteTags ?? []);
}

function openStream(
  client: ClientState,
  request: commands.StreamRequest,
  sequence: Sequence,
): Answer {
  const filters = readFilters(request.type);
  if (client.streams.has(sequence)) throw new Error("Stream with given sequence exists");
  if (client.streams.size >= subscriptionLimit) throw new Error("Too many streams");
  const stream = new EventSubscription(client, sequence, filters);
  client.streams.set(sequence, stream);
  return { error: "", after: () => stream.start() };
}

function readFilters(list: string) {
  try {
    return parseEventFilters(list);
  } catch (error) {
    throw error instanceof InvalidFilterError ? new Error("Invalid event filter") : error;
  }
}

function openMonitor(
  client: ClientState,
  request: commands.MonitorRequest,
  sequence: Sequence,
): Answer {
  const level = parseLogLevel(request.logLevel);
  if (client.monitor) throw new Error("Monitor already exists");
  const subscription = new LogSubscription(client, sequence, level);
  client.monitor = { sequence, subscription };
  return { error: "", after: () => subscription.start() };
}

/** Ends whatever runs under the number; that nothing does is no error. */
function stop(client: ClientState, request: commands.StopRequest): void {
  client.streams.get(request.stop)?.stop();
  client.streams.delete(request.stop);
  if (client.monitor?.sequence !== request.stop) return;
  client.monitor.subscription.stop();
  client.monitor = undefined;
}

/** Parity: the agent ends after this command even if leaving failed. */
async function leave(client: ClientState): Promise<Answer> {
  client.log.info("Graceful leave triggered");
  const error = await client.agent.leave().then(() => "", errorText);
  if (error !== "") client.log.error(`leave failed: ${error}`);
  return { error, after: () => void shutDown(client) };
}

/** Ends the agent, and with it this connection, so nobody waits for it here. */
async function shutDown(client: ClientState): Promise<void> {
  try {
    await client.agent.shutdown();
  } catch (error) {
    client.log.error(`shutdown failed: ${errorText(error)}`);
  }
}

function query(client: ClientState, request: commands.QueryRequest, sequence: Sequence): Answer {
  if (client.runningQueries.size >= subscriptionLimit) throw new Error("Too many queries");
  const subscription: QuerySubscription = new QuerySubscription(
    client,
    sequence,
    () => client.runningQueries.delete(subscription),
  );
  subscription.ask(client, queryParameters(request));
  client.runningQueries.add(subscription);
  return { error: "", after: () => subscription.start() };
}

function queryParameters(request: commands.QueryRequest): QueryParameters {
  const { timeoutNanos, filterNodes, untilTimeout, ...rest } = request;
  return {
    ...rest,
    ...(untilTimeout && { untilTimeout }),
    filterNodes: filterNodes ?? [],
    timeout: timeoutNanos === 0 ? undefined : timeoutNanos / 1e6,
  };
}

function respond(client: ClientState, request: commands.RespondRequest): void {
  client.queries.respond(request.id, request.payload ?? new Uint8Array());
}

function getCoordinate(
  client: ClientState,
  request: commands.CoordinateRequest,
): commands.CoordinateResponse {
  const coord = client.agent.coordinate(request.node);
  return coord ? { coord, ok: true } : { coord: commands.coordinateRecord.zero(), ok: false };
}

function keyCommand(
  operate: (client: ClientState, request: commands.KeyRequest) => Promise<KeyOutcome>,
): CommandHandler {
  return command(commands.keyRequest, commands.keyRecord, async (client, request) => {
    return keyAnswer(await operate(client, request));
  });
}

function keyListing(): CommandHandler {
  return command(nothing, commands.keyRecord, async (client) => {
    return keyAnswer(await client.agent.listKeys());
  });
}

/** Even a failed operation has something to tell: which nodes refused, and why. */
function keyAnswer(outcome: KeyOutcome): Answer {
  const record = { primaryKeys: undefined, ...outcome };
  return { error: outcome.error ?? "", body: encodable(commands.keyRecord, record) };
}

/** A command whose answer is a header alone. */
function acknowledged<R>(
  request: Codec<R>,
  run: (client: ClientState, request: R, sequence: Sequence) => ReturnOf<Answer | void>,
): CommandHandler {
  return command(request, undefined, async (client, decoded, sequence) => {
    return await run(client, decoded, sequence) ?? success;
  });
}

/** A command whose answer has a body. */
function answered<R, B>(
  request: Codec<R>,
  response: Codec<B>,
  run: (client: ClientState, request: R) => ReturnOf<B>,
): CommandHandler {
  return command(request, response, async (client, decoded) => {
    return { error: "", body: encodable(response, await run(client, decoded)) };
  });
}

type ReturnOf<T> = T | Promise<T>;

function command<R, B>(
  request: Codec<R>,
  response: Codec<B> | undefined,
  run: (client: ClientState, request: R, sequence: Sequence) => ReturnOf<Answer>,
): CommandHandler {
  return {
    hasRequest: !Object.is(request, nothing),
    prepare(client, sequence, body) {
      const decoded = request.read(new MsgpackReader(body));
      return async () => {
        try {
          return await run(client, decoded, sequence);
        } catch (error) {
          const body = response && encodable(response, response.zero());
          return { error: errorText(error), body };
        }
      };
    },
  };
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
