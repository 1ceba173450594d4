/**
 * The Serf layer of one node: builds the parts and offers the operations.
 *
 * Nothing here waits or decides: each part does its own deciding, and this file
 * shows how they hang together.
 */

import { BroadcastQueue, type QueueOptions } from "../memberlist/broadcasts/broadcast_queue.ts";
import { MemberlistCore } from "../memberlist/memberlist_core.ts";
import { broadcastLimit } from "../memberlist/packets/packet_room.ts";
import type { Keyring } from "../memberlist/keyring.ts";
import type { Member } from "../memberlist/member.ts";
import type { Coordinate } from "../coordinate/coordinate.ts";
import { type Address, parseAddress } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Journal } from "../ports/journal.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Random } from "../ports/random.ts";
import { done, failure, type Result } from "../ports/result.ts";
import type { Answer, Inbound, StreamEnd } from "../ports/transport.ts";
import { messageType } from "../wire/message_type.ts";
import {
  checkConfig,
  checkTags,
  maxProtocolVersion,
  minProtocolVersion,
  type SerfSettings,
} from "./config.ts";
import { Coordinates } from "./members/coordinates.ts";
import { Leave } from "./members/leave.ts";
import { StaleLeaveCheck } from "./members/stale_leave_check.ts";
import type { SerfEvent } from "./event.ts";
import { EventBackpressure } from "./events/event_backpressure.ts";
import { EventPipeline } from "./events/event_pipeline.ts";
import { Intents } from "./members/intents.ts";
import { confirmLeave } from "./queries/leave_confirmation.ts";
import { internalPrefix, InternalQueries, pingQuery } from "./queries/internal_queries.ts";
import { Joining, type JoinOutcome } from "./members/joining.ts";
import { KeyGuard } from "./queries/key_guard.ts";
import { KeyManager } from "./queries/key_manager.ts";
import { LamportClock, type LamportTime } from "./lamport_clock.ts";
import type { SerfMember, Tags } from "./member.ts";
import { MemberBook } from "./members/member_book.ts";
import { MemberlistDelegate, type SerfLanes } from "./memberlist_delegate.ts";
import { NameConflict } from "./queries/name_conflict.ts";
import { PendingOperations } from "./pending_operations.ts";
import { Pruner } from "./members/pruner.ts";
import {
  defaultQueryTimeout,
  Queries,
  type QueryHandlers,
  type QueryOptions,
} from "./queries/queries.ts";
import { QueryRelay } from "./queries/query_relay.ts";
import { QueueDepthControl } from "./queue_depth.ts";
import { Reaper } from "./members/reaper.ts";
import { RecentIntents } from "./members/recent_intents.ts";
import { Reconnector } from "./members/reconnector.ts";
import { rejoin } from "./members/rejoin.ts";
import type { RunningQuery } from "./queries/running_query.ts";
import { Seeker } from "./members/seeker.ts";
import { Snapshot, usableTime } from "./events/snapshot.ts";
import { type LamportClocks, StateExchange } from "./state_exchange.ts";
import { copyTags, encodeTags } from "./tags.ts";
import { UserEvents } from "./events/user_events.ts";

/** What a Serf node needs from the world. */
export interface SerfPorts extends Ports {
  /** Where the snapshot is kept; without one, nothing is remembered over a restart. */
  readonly journal?: Journal;
  /** The encryption keys; without one, traffic is plain and keys cannot be managed. */
  readonly keyring?: Keyring;
  /** Hears of every change of the keyring, to store it; a failure is told to who asked. */
  readonly keyringChanged?: (keys: readonly Uint8Array[]) => Result<void>;
  /** Whether anybody who hears events here might answer a query of a name; yes by default. */
  readonly mayAnswer?: (query: string) => boolean;
}

/** Where a node stands in its life. */
export type SerfState = "alive" | "leaving" | "left" | "shutdown";

/** The inner state of a node at one moment, to look at and not to keep. */
export interface SerfInspection {
  /** The members as the layer below knows them, in no particular order. */
  readonly peers: readonly Member[];
  /** The times of the Lamport clocks. */
  readonly memberTime: LamportTime;
  readonly eventTime: LamportTime;
  readonly queryTime: LamportTime;
  /** 0 is healthy. */
  readonly healthScore: number;
  /** How many messages of each kind wait to be sent. */
  readonly waiting: Readonly<Record<"claims" | "intents" | "queries" | "userEvents", number>>;
  /** No queue of the Serf layer may be longer. */
  readonly queueLimit: number;
}

/** A Serf node on ports: single-threaded, never waiting. */
export class SerfCore implements Inbound {
  readonly #config: SerfSettings;
  readonly #log: Log;
  readonly #random: Random;
  readonly #events: EventPipeline;
  readonly #snapshot: Snapshot | undefined;
  readonly #coordinates: Coordinates | undefined;
  readonly #clocks: LamportClocks = {
    member: new LamportClock(),
    event: new LamportClock(),
    query: new LamportClock(),
  };
  readonly #pending = new PendingOperations();
  readonly #book: MemberBook;
  readonly #lanes: SerfLanes;
  readonly #queueDepth: QueueDepthControl;
  readonly #pruner: Pruner;
  readonly #intents: Intents;
  readonly #userEvents: UserEvents;
  readonly #backpressure: EventBackpressure;
  readonly #queries: Queries;
  readonly #keys: KeyManager;
  readonly #memberlist: MemberlistCore;
  readonly #delegate: MemberlistDelegate;
  readonly #joining: Joining;
  readonly #leave: Leave;
  readonly #staleLeaveCheck: StaleLeaveCheck;
  readonly #reaper: Reaper;
  readonly #reconnector: Reconnector;
  readonly #seeker: Seeker;
  readonly #keyring: Keyring | undefined;
  #tags: Tags;
  #isStopped = false;

  /**
   * @param onEvent hears every event inside a turn: it must only store it.
   * @param onStop hears that the node stopped on its own account, because it lost its name.
   */
  constructor(
    ports: SerfPorts,
    config: SerfSettings,
    onEvent: (event: SerfEvent) => void,
    onStop: (reason: string) => void = () => {},
  ) {
    const { clock, random, meter, mayAnswer = () => true } = ports;
    const allLog = boundedLog(ports.log, clock);
    const log = allLog.named("serf");
    const base = { clock, random, log, meter };
    const self = config.name;
    this.#config = config;
    this.#log = log;
    this.#random = random;
    this.#keyring = ports.keyring;
    this.#tags = copyTags(config.tags);
    for (const lamport of Object.values(this.#clocks)) lamport.increment();

    const snapshot = ports.journal && new Snapshot({
      ...base,
      journal: ports.journal,
      self,
      memberTime: () => this.#clocks.member.time,
      incarnation: () => memberlist.member(self)?.incarnation ?? 0,
      rejoinAfterLeave: config.rejoinAfterLeave,
      minSize: config.minSnapshotSize,
    });
    this.#snapshot = snapshot;
    let isAway = snapshot?.found.hasLeft ?? false;
    const coordinates = config.disableCoordinates ? undefined : new Coordinates({ ...base, self });
    this.#coordinates = coordinates;

    const events = new EventPipeline({ clock, settings: config, snapshot, deliver: onEvent });
    this.#events = events;
    const emit = (event: SerfEvent) => events.enter(event);
    const memberCount = () => book.size;
    const recentIntents = new RecentIntents();
    const book = new MemberBook({
      ...base,
      recentIntents,
      flapTimeout: config.flapTimeout,
      emit,
      forget: ({ name, address, status }) => {
        coordinates?.forget(name);
        // Whoever failed may be cut off and well; whoever left does not want to be found.
        if (status === "failed") return seeker.add(name, address);
        dropLost(name);
      },
    });
    const seeker = new Seeker({
      ...base,
      interval: config.reconnectInterval,
      patience: config.lostTimeout,
      memberCount,
      isKnown: (name) => book.get(name) !== undefined,
      exchange: (address, done) => memberlist.exchange(address, done),
      givenUp: (name) => snapshot?.forget(name),
    });
    const maxLength = broadcastLimit(config.memberlist, ports.keyring !== undefined);
    const tuning = config.memberlist.gossipTuning;
    const lane = (options: QueueOptions = {}) =>
      new BroadcastQueue(config.memberlist.retransmitMult, memberCount, {
        maxLength,
        typeByte: messageType.user,
        sent: (length) => meter.sample("serf.msgs.sent", length),
        ...options,
      });
    const lanes = {
      intents: lane(),
      queries: lane(),
      // Receivers drop an event that is too far behind the newest.
      userEvents: lane({
        order: "oldest-first",
        maxRepairs: tuning.repairShare * config.eventBuffer,
      }),
    };
    const queueDepth = new QueueDepthControl({
      ...base,
      settings: config,
      queues: { Intent: lanes.intents, Event: lanes.userEvents, Query: lanes.queries },
      memberCount,
    });
    const dropLost = (name: string) => {
      seeker.drop(name);
      snapshot?.forget(name);
    };
    const pruner = new Pruner({
      clock,
      book,
      patience: config.broadcastTimeout + config.leavePropagateDelay,
      dropLost,
    });
    const intents = new Intents({
      ...base,
      memberClock: this.#clocks.member,
      book,
      recentIntents,
      pruner,
      departed: dropLost,
      self,
      isStaying: () => this.state === "alive",
      broadcast: (message) => this.#broadcast(lanes.intents, message),
    });
    const userEvents = new UserEvents({
      ...base,
      eventClock: this.#clocks.event,
      buffer: config.eventBuffer,
      sizeLimit: config.userEventSizeLimit,
      // What may be merged waits as long in any case.
      flagPatience: events.gathersUsers ? config.userQuiescentPeriod : 0,
      emit,
      broadcast: (message) => {
        if (message.length > maxLength) {
          log.warn(
            `A user event of ${message.length} bytes fits into no packet, which carry ` +
              `${maxLength}: it spreads slowly, with full exchanges only`,
          );
        }
        this.#broadcast(lanes.userEvents, message);
      },
    });
    const relay = new QueryRelay({
      log,
      self,
      sizeLimit: config.queryResponseSizeLimit,
      memberCount,
      pick: (count, accept) => memberlist.randomMembers(count, accept),
      isAlive: (name) => book.get(name)?.member.status === "alive",
      send: (to, message) => memberlist.sendUserMessage(to, message),
      answer: (asker, message) => memberlist.sendAnswer(asker, message),
    });
    const keyGuard = new KeyGuard((done) => {
      const isOther = ({ name, state }: Member) => state === "alive" && name !== self;
      const [peer] = memberlist.randomMembers(1, isOther);
      if (peer) memberlist.exchange(peer.address, done);
      else done(failure("there is no other member"));
    });
    const internalQueries = new InternalQueries({
      log,
      self,
      member: (name) => this.member(name),
      keyGuard,
      keyring: ports.keyring,
      keyringChanged: ports.keyringChanged,
      responseSizeLimit: config.queryResponseSizeLimit,
    });
    const queries = new Queries({
      ...base,
      queryClock: this.#clocks.query,
      buffer: config.queryBuffer,
      querySizeLimit: config.querySizeLimit,
      responseSizeLimit: config.queryResponseSizeLimit,
      defaultTimeout: () =>
        defaultQueryTimeout(
          config.memberlist.gossipInterval,
          config.queryTimeoutMult,
          memberlist.aliveCount,
        ),
      aliveCount: () => memberlist.aliveCount,
      members: () => this.members(),
      isAlive: (name) => book.get(name)?.member.status === "alive",
      grace: queryGrace * config.memberlist.gossipInterval,
      self: () => this.self,
      relay,
      mayAnswer: (name) =>
        name !== pingQuery && (name.startsWith(internalPrefix) || mayAnswer(name)),
      answerInternally: (query, isOwn) => {
        snapshot?.record(query);
        return internalQueries.answer(query, isOwn);
      },
      emit,
      broadcast: (message) => this.#broadcast(lanes.queries, message),
      sendUnderEveryKey: (to, message) => memberlist.sendUnderEveryKey(to, message),
      answer: (asker, message) => memberlist.sendAnswer(asker, message),
    });
    const joining = new Joining({
      exchange: (address, done) => memberlist.join(address, done),
      announce: () => intents.announceJoin(),
      isStaying: () => this.state === "alive",
    });
    const stateExchange = new StateExchange({
      clocks: this.#clocks,
      book,
      intents,
      userEvents,
      log,
      ignoresOldEvents: () => joining.ignoresOldEvents ?? isAway,
      learnQueryTime: (time) => keyGuard.learn(time),
      joined: () => {
        isAway = false;
      },
    });
    const nameConflict = new NameConflict({
      clock,
      log,
      self: () => this.self,
      member: (name) => book.get(name)?.member,
      voterCount: () => book.aliveOthers(self).length,
      isEnabled: config.nameConflictResolution,
      ask: (name, payload, handlers) => this.query(name, payload, {}, handlers),
      // In a turn of its own: the vote ends inside one of a node that is to stop.
      lost: (reason) =>
        clock.after(0, () => {
          if (this.#isStopped) return;
          this.stop();
          onStop(reason);
        }),
    });
    const delegate = new MemberlistDelegate({
      log,
      meter,
      book,
      intents,
      userEvents,
      stateExchange,
      lanes,
      queueDepth,
      coordinates,
      isAway: () => isAway,
      meta: () => encodeTags(this.#tags, config.protocolVersion),
      receiveQuery: (reader) => queries.receive(reader),
      receiveQueryResponse: (reader, from) => queries.receiveResponse(reader, from),
      receiveRelay: (reader) => relay.receive(reader),
      nameConflict: (existing, rival) => nameConflict.notice(existing, rival),
    });
    const memberlistConfig = {
      ...config.memberlist,
      name: self,
      delegateMin: minProtocolVersion,
      delegateMax: maxProtocolVersion,
      delegateCurrent: config.protocolVersion,
      tombstoneTimeout: config.tombstoneTimeout,
    };
    const memberlistPorts = { ...ports, log: allLog.named("memberlist") };
    const memberlist: MemberlistCore = new MemberlistCore(
      memberlistPorts,
      memberlistConfig,
      ports.keyring,
    );
    const backpressure = new EventBackpressure({
      clock,
      buffer: config.eventBuffer,
      share: tuning.admittedShare,
      waiting: () => lanes.userEvents.length,
      hasCompany: () => memberlist.hasCompany,
    });
    lanes.userEvents.onTake = () => backpressure.notice();
    this.#book = book;
    this.#lanes = lanes;
    this.#queueDepth = queueDepth;
    this.#pruner = pruner;
    this.#intents = intents;
    this.#userEvents = userEvents;
    this.#backpressure = backpressure;
    this.#queries = queries;
    this.#keys = new KeyManager({
      ask: (name, payload, options, handlers) => this.query(name, payload, options, handlers),
      aliveCount: () => memberlist.aliveCount,
    });
    this.#memberlist = memberlist;
    this.#delegate = delegate;
    this.#joining = joining;
    this.#leave = new Leave({
      ...base,
      book,
      intents,
      queue: lanes.intents,
      self,
      broadcastTimeout: config.broadcastTimeout,
      leavePropagateDelay: config.leavePropagateDelay,
      confirmLeave: (patience, heard) =>
        confirmLeave(
          { queries, others: () => book.aliveOthers(self), mostAsked: tuning.mostAsked },
          patience,
          heard,
        ),
      recordLeave: () => {
        seeker.stop();
        snapshot?.recordLeave();
      },
      leaveMembership: (timeout, done) => memberlist.leave(timeout, done),
    });
    this.#staleLeaveCheck = new StaleLeaveCheck({
      ...base,
      book,
      intents,
      self,
      patience: 2 * config.broadcastTimeout + config.leavePropagateDelay,
      send: (to, message) => memberlist.sendUserMessage(to, message),
    });
    this.#seeker = seeker;
    this.#reaper = new Reaper({ clock, settings: config, book, recentIntents });
    this.#reconnector = new Reconnector({
      ...base,
      interval: config.reconnectInterval,
      book,
      isStaying: () => this.state === "alive",
      exchange: (address) => memberlist.exchange(address, () => {}),
      ping: (address, name, answered) => memberlist.pingOnce(address, name, answered),
    });
  }

  /** Joins the gossip. Fails on bad settings; the texts are those of agent.md section 15.1. */
  start(): Result<void> {
    const verdict = checkConfig(this.#config);
    if (!verdict.ok) return verdict;

    this.#resume();
    this.#memberlist.start(this.#delegate, this.#snapshot?.found.incarnation);
    this.#reaper.start();
    this.#reconnector.start();
    this.#staleLeaveCheck.start();
    this.#queueDepth.start();
    this.#snapshot?.start();
    this.#rejoin();
    return done;
  }

  /** Ends everything at once, without a word to other members. Harmless twice. */
  stop(): void {
    if (this.#isStopped) return;
    if (this.#leave.progress !== "left") this.#log.warn("Shutdown without a Leave");
    this.#isStopped = true;
    this.#memberlist.stop();
    this.#reaper.stop();
    this.#reconnector.stop();
    this.#staleLeaveCheck.stop();
    this.#seeker.stop();
    this.#queueDepth.stop();
    this.#pruner.stop();
    this.#leave.stop();
    this.#userEvents.flush();
    this.#events.flush();
    this.#snapshot?.stop();
    this.#queries.stop();
    this.#backpressure.stop();
    this.#pending.stop();
  }

  get state(): SerfState {
    return this.#isStopped ? "shutdown" : this.#leave.progress;
  }

  /** The Serf protocol that this node speaks. */
  get protocolVersion(): number {
    return this.#config.protocolVersion;
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
    return this.#joining.join(addresses, options.ignoreOld, this.#pending.track(done, whenStopped));
  }

  /** Leaves gracefully; the node goes on answering until `stop`. */
  leave(done: (result: Result<void>) => void): void {
    if (this.#isStopped) return done(failure(stopped));
    this.#leave.leave(this.#pending.track<Result<void>>(done, failure(stopped)));
  }

  /** Makes everybody take a member for one that left, or forget it at once. */
  forceLeave(
    name: string,
    options: { readonly prune: boolean },
    done: (result: Result<void>) => void,
  ): void {
    if (this.#isStopped) return done(failure(stopped));
    this.#leave.forceLeave(
      name,
      options.prune,
      this.#pending.track<Result<void>>(done, failure(stopped)),
    );
  }

  /** Fires an event on every member; fails if it is too long, or the node was stopped. */
  userEvent(
    name: string,
    payload: Uint8Array | undefined,
    options: { readonly coalesce: boolean },
  ): Result<void> {
    if (this.#isStopped) return failure(stopped);
    const fired = this.#userEvents.fire(name, payload, options.coalesce);
    this.#memberlist.flushBroadcasts();
    return fired;
  }

  /**
   * Runs `fire` when one more user event can be sent before members drop it as too old.
   *
   * That is at once, unless events are fired faster than they spread.
   */
  whenEventFits(fire: () => void): void {
    this.#backpressure.request(fire);
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
    if (this.#isStopped) return failure(stopped);
    if (this.#config.protocolVersion < firstProtocolWithQueries) {
      return failure("Feature not supported");
    }
    const asked = this.#queries.ask(name, payload, options, handlers);
    this.#memberlist.flushBroadcasts();
    return asked;
  }

  /** Replaces the own tags; done once others heard. Fails if they are too long. */
  setTags(tags: Tags, done: (result: Result<void>) => void): void {
    if (this.#isStopped) return done(failure(stopped));
    const verdict = checkTags(tags, this.#config.protocolVersion);
    if (!verdict.ok) return done(verdict);

    this.#tags = copyTags(tags);
    const finish = this.#pending.track<Result<void>>(done, failure(stopped));
    this.#memberlist.updateMeta(this.#config.broadcastTimeout, finish);
  }

  /** Returns every known member in any status. */
  members(): SerfMember[] {
    return Array.from(this.#book.records(), (record) => record.member);
  }

  member(name: string): SerfMember | undefined {
    return this.#book.get(name)?.member;
  }

  /** This node as it sees itself. Only after `start`. */
  get self(): SerfMember {
    const self = this.member(this.#config.name);
    if (!self) throw new Error("Assertion failed: the node has started");
    return self;
  }

  /** Returns the own position; `undefined` if coordinates are off. */
  coordinate(): Coordinate | undefined {
    return this.#coordinates?.own;
  }

  /** Returns the position that a member last told. */
  cachedCoordinate(name: string): Coordinate | undefined {
    return this.#coordinates?.of(name);
  }

  /** Changes and lists encryption keys on all members. */
  get keys(): KeyManager {
    return this.#keys;
  }

  /** Returns the section `serf` of `serf info` (cli.md section 7.4). */
  stats(): Map<string, string> {
    const numbers: [string, number][] = [
      ["members", this.#book.size],
      ["failed", this.#book.failed.size],
      ["left", this.#book.left.size],
      ["health_score", this.#memberlist.healthScore],
      ["member_time", this.#clocks.member.time],
      ["event_time", this.#clocks.event.time],
      ["query_time", this.#clocks.query.time],
      ["intent_queue", this.#lanes.intents.length],
      ["event_queue", this.#lanes.userEvents.length],
      ["query_queue", this.#lanes.queries.length],
    ];
    const stats = new Map(numbers.map(([key, value]) => [key, String(value)]));
    stats.set("encrypted", String(this.#keyring !== undefined));
    // Only if there is something to say: tools know the other lines.
    const { late } = this.#userEvents;
    if (late > 0) stats.set("events_late", String(late));
    if (this.#backpressure.length > 0) {
      stats.set("events_held_back", String(this.#backpressure.length));
    }
    if (this.#coordinates) stats.set("coordinate_resets", String(this.#coordinates.resets));
    return stats;
  }

  /** Shows what the node keeps to itself, to whoever watches over it. */
  inspect(): SerfInspection {
    const { intents, queries, userEvents } = this.#lanes;
    return {
      peers: this.#memberlist.members(),
      memberTime: this.#clocks.member.time,
      eventTime: this.#clocks.event.time,
      queryTime: this.#clocks.query.time,
      healthScore: this.#memberlist.healthScore,
      waiting: {
        claims: this.#memberlist.broadcasts.length,
        intents: intents.length,
        queries: queries.length,
        userEvents: userEvents.length,
      },
      queueLimit: 2 * this.#queueDepth.limit,
    };
  }

  /** Takes up the clocks where the snapshot left them, so that old news is not new again. */
  #resume(): void {
    const found = this.#snapshot?.found;
    if (!found) return;
    const { member, event, query } = this.#clocks;
    const [eventTime, queryTime] = [usableTime(found.eventClock), usableTime(found.queryClock)];
    member.witness(usableTime(found.clock));
    event.witness(eventTime);
    query.witness(queryTime);
    this.#userEvents.ignoreBefore(eventTime + 1);
    this.#queries.ignoreBefore(queryTime + 1);
  }

  /** Returns to the cluster of an earlier life, and goes on looking for who is not met there. */
  #rejoin(): void {
    const found = this.#snapshot?.found;
    if (!found) return;
    const self = this.#config.name;
    rejoin(found.alive, {
      log: this.#log,
      random: this.#random,
      self,
      // One who goes, or is gone, looks for nobody any more.
      exchange: (address, done) => {
        if (this.state === "alive") this.#memberlist.exchange(address, done);
      },
    });
    for (const [name, where] of [...found.gone, ...found.alive]) {
      const address = parseAddress(where);
      if (address && name !== self) this.#seeker.add(name, address);
    }
  }

  #broadcast(queue: BroadcastQueue, message: Uint8Array): void {
    queue.add({ message });
    this.#queueDepth.contain(queue);
  }
}

/** A query that everybody has answered listens on for so many gossip intervals. */
const queryGrace = 0.25;

/** Members below this Serf protocol do not know queries. */
const firstProtocolWithQueries = 4;

const stopped = new Error("Serf was shut down");
