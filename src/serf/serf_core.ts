/**
 * The Serf layer of one node: builds the parts and offers the operations.
 *
 * Nothing here waits or decides: each part does its own deciding, and this file
 * shows how they hang together.
 */

import type { Coordinate } from "../coordinate/coordinate.ts";
import { MemberlistCore } from "../memberlist/memberlist_core.ts";
import { broadcastLimit } from "../memberlist/packets/packet_room.ts";
import type { Address } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Journal } from "../ports/journal.ts";
import { narrate } from "../ports/narrator.ts";
import type { Ports } from "../ports/ports.ts";
import { done, failure, type Result } from "../ports/result.ts";
import type { Answer, Inbound, StreamEnd } from "../ports/transport.ts";
import {
  checkConfig,
  checkTags,
  maxProtocolVersion,
  minProtocolVersion,
  type SerfSettings,
} from "./config.ts";
import type { SerfEvent } from "./event.ts";
import { SerfEvents } from "./events/serf_events.ts";
import { usableTime } from "./events/snapshot.ts";
import { LamportClocks } from "./lamport_clock.ts";
import type { SerfMember, Tags } from "./member.ts";
import { MemberlistDelegate } from "./memberlist_delegate.ts";
import type { JoinOutcome } from "./members/joining.ts";
import { SerfMembers } from "./members/serf_members.ts";
import { serfNarration } from "./narrator.ts";
import type { SerfNode, SerfState } from "./node.ts";
import { PendingOperations } from "./pending_operations.ts";
import type { KeyManager } from "./queries/key_manager.ts";
import { confirmLeave } from "./queries/leave_confirmation.ts";
import type { QueryHandlers, QueryOptions } from "./queries/queries.ts";
import type { RunningQuery } from "./queries/running_query.ts";
import { type QueryPorts, SerfQueries } from "./queries/serf_queries.ts";
import { SerfLanes } from "./serf_lanes.ts";
import { copyTags } from "./tags.ts";

export type { SerfState } from "./node.ts";

/** What a Serf node needs from the world. */
export interface SerfPorts extends Ports, QueryPorts {
  /** Where the snapshot is kept; without one, nothing is remembered over a restart. */
  readonly journal?: Journal;
}

/** The inner state of a node at one moment, to look at and not to keep. */
export type SerfInspection = ReturnType<SerfCore["inspect"]>;

/** Takes the outcome of an operation. */
type Done = (result: Result<void>) => void;

/** A Serf node on ports: single-threaded, never waiting. */
export class SerfCore implements Inbound {
  readonly #node: SerfNode;
  readonly #isEncrypted: boolean;
  readonly #pending = new PendingOperations();
  readonly #memberlist: MemberlistCore;
  readonly #events: SerfEvents;
  readonly #members: SerfMembers;
  readonly #queries: SerfQueries;
  #isStopped = false;

  /**
   * @param onEvent takes every event inside a turn: it must only store it.
   * @param onStop runs if the node stops on its own account, because it lost its name.
   */
  constructor(
    ports: SerfPorts,
    config: SerfSettings,
    onEvent: (event: SerfEvent) => void,
    onStop: (reason: string) => void = () => {},
  ) {
    const { clock, random, meter } = ports;
    const log = boundedLog(ports.log, clock);
    const serfLog = log.named("serf");
    const base = {
      clock,
      random,
      meter,
      log: serfLog,
      observer: narrate({ ...ports, log: serfLog }, serfNarration),
      config,
      clocks: new LamportClocks(),
      state: () => this.state,
    };
    this.#isEncrypted = ports.keyring !== undefined;
    const maxLength = broadcastLimit(config.memberlist, this.#isEncrypted);
    const lanes = new SerfLanes(base, maxLength, () => this.#members.book.size);
    this.#memberlist = new MemberlistCore(
      { ...ports, log: log.named("memberlist") },
      {
        ...config.memberlist,
        name: config.name,
        delegateMin: minProtocolVersion,
        delegateMax: maxProtocolVersion,
        delegateCurrent: config.protocolVersion,
        tombstoneTimeout: config.tombstoneTimeout,
      },
      ports.keyring,
    );
    const node = { ...base, lanes, memberlist: this.#memberlist };
    this.#node = node;
    this.#events = new SerfEvents(node, ports.journal, onEvent);
    this.#members = new SerfMembers(node, this.#events);
    this.#queries = new SerfQueries(node, this.#members.book, this.#events, ports, (reason) => {
      // In a turn of its own: the vote ends inside one of a node that is to stop.
      clock.after(0, () => {
        if (this.#isStopped) return;
        this.stop();
        onStop(reason);
      });
    });
  }

  /** Joins the gossip. Fails on bad settings; the texts are those of agent.md section 15.1. */
  start(): Result<void> {
    const verdict = checkConfig(this.#node.config);
    if (!verdict.ok) return verdict;

    this.#resume();
    const { snapshot, userEvents } = this.#events;
    const delegate = new MemberlistDelegate(this.#node, this.#members, this.#queries, userEvents);
    this.#memberlist.start(delegate, snapshot?.found.incarnation);
    this.#members.start();
    this.#node.lanes.start();
    this.#events.start();
    return done;
  }

  /** Ends everything at once, without a word to other members. Idempotent. */
  stop(): void {
    if (this.#isStopped) return;
    if (this.state !== "left") this.#node.log.warn("Shutdown without a Leave");
    this.#isStopped = true;
    this.#memberlist.stop();
    this.#members.stop();
    this.#node.lanes.stop();
    this.#events.stop();
    this.#queries.stop();
    this.#pending.stop();
  }

  get state(): SerfState {
    return this.#isStopped ? "shutdown" : this.#members.leave.progress;
  }

  /** The Serf protocol that this node speaks. */
  get protocolVersion(): number {
    return this.#node.config.protocolVersion;
  }

  receivePacket(from: Address, packet: Uint8Array): void {
    this.#memberlist.receivePacket(from, packet);
  }

  judgeRequest(start: Uint8Array): void {
    this.#memberlist.judgeRequest(start);
  }

  receiveRequest(from: Address, request: Uint8Array, answer: Answer): StreamEnd {
    return this.#memberlist.receiveRequest(from, request, answer);
  }

  /**
   * Joins a cluster through any of its members, tried in order (gossip.md section 22.1).
   *
   * @returns what gives up the addresses not tried yet.
   */
  join(
    addresses: readonly Address[],
    options: { readonly ignoreOld: boolean },
    done: (outcome: JoinOutcome) => void,
  ): () => void {
    const whenStopped: JoinOutcome = { contacted: 0, errors: [], refused: stopped };
    const finish = this.#pending.track(done, whenStopped);
    return this.#members.joining.join(addresses, options.ignoreOld, finish);
  }

  /** Leaves gracefully; the node goes on answering until `stop`. */
  leave(done: Done): void {
    this.#operate(done, (finish) => {
      const { mostAsked } = this.#node.config.memberlist.gossipTuning;
      this.#members.leave.leave((patience, confirmed) => {
        const others = this.#members.book.aliveOthers();
        return confirmLeave(this.#queries.queries, others, mostAsked, patience, confirmed);
      }, finish);
    });
  }

  /** Makes everybody take a member for one that left, or forget it at once. */
  forceLeave(name: string, options: { readonly prune: boolean }, done: Done): void {
    this.#operate(done, (finish) => this.#members.leave.forceLeave(name, options.prune, finish));
  }

  /** Fires an event on every member; fails if it is too long, or the node was stopped. */
  userEvent(
    name: string,
    payload: Uint8Array | undefined,
    options: { readonly coalesce: boolean },
  ): Result<void> {
    if (this.#isStopped) return failure(stopped);
    const fired = this.#events.userEvents.fire(name, payload, options.coalesce);
    this.#memberlist.flushBroadcasts();
    return fired;
  }

  /**
   * Runs `fire` when one more user event can be sent before members drop it as too old.
   *
   * That is at once, unless events are fired faster than they spread.
   */
  whenEventFits(fire: () => void): void {
    this.#events.backpressure.request(fire);
  }

  /**
   * Asks every member, this one included.
   *
   * Fails if the query is too long, if the node speaks a Serf protocol below 4, or if
   * it was stopped.
   */
  query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions,
    handlers: QueryHandlers,
  ): Result<RunningQuery> {
    return this.#queries.ask(name, payload, options, handlers);
  }

  /** Replaces the own tags; done once others have received them. Fails if they are too long. */
  setTags(tags: Tags, done: Done): void {
    this.#operate(done, (finish) => {
      const { config } = this.#node;
      const verdict = checkTags(tags, config.protocolVersion);
      if (!verdict.ok) return finish(verdict);

      this.#members.tags = copyTags(tags);
      this.#memberlist.updateMeta(config.broadcastTimeout, finish);
    });
  }

  /** Returns every known member in any status. */
  members(): SerfMember[] {
    return this.#members.book.members();
  }

  member(name: string): SerfMember | undefined {
    return this.#members.book.member(name);
  }

  /** This node as it sees itself. Only after `start`. */
  get self(): SerfMember {
    return this.#members.book.self;
  }

  /** Returns the own position; `undefined` if coordinates are off. */
  coordinate(): Coordinate | undefined {
    return this.#members.coordinates?.own;
  }

  /** Returns the position that a member last told. */
  cachedCoordinate(name: string): Coordinate | undefined {
    return this.#members.coordinates?.of(name);
  }

  /** Changes and lists encryption keys on all members. */
  get keys(): KeyManager {
    return this.#queries.keys;
  }

  /** Returns the section `serf` of `serf info` (cli.md section 7.4). */
  stats(): Map<string, string> {
    const { clocks, lanes } = this.#node;
    const { book, coordinates } = this.#members;
    const { backpressure, userEvents } = this.#events;
    const numbers: [string, number][] = [
      ["members", book.size],
      ["failed", book.failed.size],
      ["left", book.left.size],
      ["health_score", this.#memberlist.healthScore],
      ["member_time", clocks.member.time],
      ["event_time", clocks.event.time],
      ["query_time", clocks.query.time],
      ["intent_queue", lanes.intents.length],
      ["event_queue", lanes.userEvents.length],
      ["query_queue", lanes.queries.length],
    ];
    const stats = new Map(numbers.map(([key, value]) => [key, String(value)]));
    stats.set("encrypted", String(this.#isEncrypted));
    // Only if there is something to say: tools know the other lines.
    if (userEvents.late > 0) stats.set("events_late", String(userEvents.late));
    if (backpressure.length > 0) stats.set("events_held_back", String(backpressure.length));
    if (coordinates) stats.set("coordinate_resets", String(coordinates.resets));
    return stats;
  }

  /** Shows the inner state of the node, for simulations. */
  inspect() {
    const { clocks, lanes } = this.#node;
    return {
      /** The members as the layer below knows them, in no particular order. */
      peers: this.#memberlist.members(),
      memberTime: clocks.member.time,
      eventTime: clocks.event.time,
      queryTime: clocks.query.time,
      /** 0 is healthy. */
      healthScore: this.#memberlist.healthScore,
      /** How many messages of each kind wait to be sent. */
      waiting: {
        claims: this.#memberlist.broadcasts.length,
        intents: lanes.intents.length,
        queries: lanes.queries.length,
        userEvents: lanes.userEvents.length,
      },
      /** No lane may be longer. */
      queueLimit: 2 * lanes.limit,
    };
  }

  /** Takes up the clocks where the snapshot left them, so that old news is not new again. */
  #resume(): void {
    const found = this.#events.snapshot?.found;
    if (!found) return;
    const { member, event, query } = this.#node.clocks;
    const [eventTime, queryTime] = [usableTime(found.eventClock), usableTime(found.queryClock)];
    member.witness(usableTime(found.clock));
    event.witness(eventTime);
    query.witness(queryTime);
    this.#events.userEvents.ignoreBefore(eventTime + 1);
    this.#queries.queries.ignoreBefore(queryTime + 1);
  }

  /** Runs an operation that fails if the node stops before it is done. */
  #operate(done: Done, operation: (finish: Done) => void): void {
    if (this.#isStopped) return done(failure(stopped));
    operation(this.#pending.track<Result<void>>(done, failure(stopped)));
  }
}

const stopped = new Error("Serf was shut down");
