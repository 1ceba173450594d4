/**
 * Scenarios of the Serf layer as the reference went through them: intents, member
 * status, push/pull merges, and the recognition of events.
 */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { complete } from "../../src/bytes/steps.ts";
import type { Tags } from "../../src/serf/member.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import { Joining } from "../../src/serf/members/joining.ts";
import { StateExchange } from "../../src/serf/state_exchange.ts";
import { UserEvents } from "../../src/serf/events/user_events.ts";
import { QueriesUnderTest } from "../support/query_parts.ts";
import { BookUnderTest, reportedMember } from "../support/serf_parts.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

interface RecordedState {
  readonly clock: number;
  readonly event_clock: number;
  readonly query_clock: number;
  readonly event_min_time: number;
  readonly query_min_time: number;
  readonly failed: readonly string[];
  readonly left: readonly string[];
  readonly intents: Readonly<Record<string, { readonly type: string; readonly ltime: number }>>;
  readonly members: Readonly<
    Record<string, { readonly status: string; readonly status_ltime: number }>
  >;
}

type RecordedEvent = Readonly<Record<string, unknown>>;

interface Step {
  readonly op: string;
  readonly node?: string;
  readonly ltime?: number;
  readonly prune?: boolean;
  readonly state_hex?: string;
  readonly is_join?: boolean;
  readonly ignore_old?: boolean;
  readonly name?: string;
  readonly payload?: string;
  readonly cc?: boolean;
  readonly id?: number;
  readonly flags?: number;
  readonly filters_hex?: readonly string[];
  readonly events: readonly RecordedEvent[];
  readonly intent_queue: number;
  readonly rebroadcast?: boolean;
  readonly after: RecordedState;
}

interface Scenario {
  readonly name: string;
  readonly local_node: string;
  readonly config: {
    readonly EventBuffer?: number;
    readonly QueryBuffer?: number;
    readonly Tags?: Tags;
  };
  readonly initial: RecordedState;
  readonly steps: readonly Step[];
}

/** The parts of one node, driven by recorded steps. */
class Replay {
  readonly parts: BookUnderTest;
  readonly userEvents: UserEvents;
  readonly queries: QueriesUnderTest;
  readonly joining: Joining;
  readonly exchange: StateExchange;

  constructor({ config, local_node: name }: Scenario) {
    const parts = this.parts = new BookUnderTest({ name, eventBuffer: config.EventBuffer ?? 512 });
    this.queries = new QueriesUnderTest({
      name,
      queryBuffer: config.QueryBuffer ?? 512,
      tags: config.Tags ?? {},
    });
    const { book, intents } = parts;
    const enter = (event: SerfEvent) => parts.events.push(event);
    const clocks = { ...parts.clocks, query: this.queries.clocks.query };
    this.userEvents = new UserEvents(parts, { gathersUsers: false, enter });
    this.joining = new Joining(parts, intents, false);
    const members = { book, intents, joining: this.joining };
    this.exchange = new StateExchange({ ...parts, clocks }, members, this.userEvents, {
      learn() {},
    });
  }

  /** Applies a step and returns whether its message is to be passed on. */
  apply(step: Step): boolean | undefined {
    const { book, intents } = this.parts;
    const node = step.node ?? "";
    const ltime = step.ltime ?? 0;
    switch (step.op) {
      case "join-intent":
        return intents.receiveJoin({ node, ltime });
      case "leave-intent":
        return intents.receiveLeave({ node, ltime, prune: step.prune ?? false });
      case "memberlist-join":
        book.memberJoined(reportedMember(node));
        return undefined;
      case "memberlist-leave":
        book.memberLeft(reportedMember(node));
        return undefined;
      case "memberlist-update":
        book.memberUpdated(reportedMember(node));
        return undefined;
      case "merge-remote-state":
        this.joining.isAway = step.ignore_old ?? false;
        complete(
          this.exchange.merge(bytesFromHex(step.state_hex ?? ""), step.is_join ?? false, false),
        );
        return undefined;
      case "user-event":
        return this.userEvents.receive({
          ltime,
          name: step.name ?? "",
          payload: new TextEncoder().encode(step.payload),
          coalesce: step.cc ?? false,
        });
      case "query":
        return this.queries.receive({
          ltime,
          id: step.id ?? 0,
          flags: step.flags ?? 0,
          filters: (step.filters_hex ?? []).map(bytesFromHex),
          name: step.name ?? "",
        });
      default:
        throw new Error(`no such step: ${step.op}`);
    }
  }

  /** What there is now, in the form of the recording. */
  state(): RecordedState {
    const { book, clocks } = this.parts;
    const members: Record<string, { status: string; status_ltime: number }> = {};
    for (const { member, statusTime } of book.entries()) {
      members[member.name] = { status: member.status, status_ltime: statusTime };
    }
    const intents: Record<string, { type: string; ltime: number }> = {};
    for (const [name, { type, ltime }] of book.recentIntents.entries()) {
      intents[name] = { type, ltime };
    }
    return {
      clock: clocks.member.time,
      event_clock: clocks.event.time,
      query_clock: this.queries.clocks.query.time,
      event_min_time: this.userEvents.minTime,
      query_min_time: this.queries.queries.minTime,
      failed: [...book.failed],
      left: [...book.left],
      intents,
      members,
    };
  }

  /** What happened since the last call, in the form of the recording. */
  takeEvents(): RecordedEvent[] {
    const events = [...this.parts.events.splice(0), ...this.queries.events.splice(0)];
    return events.map((event): RecordedEvent => {
      if (event.type === "user") {
        const { name, ltime, coalesce } = event;
        const payload_hex = event.payload?.toHex() ?? "";
        return { event: "user", name, ltime, coalesce, payload_hex };
      }
      if (event.type === "query") {
        const { id, ltime, name } = event;
        return { event: "query", id, ltime, name, payload_hex: event.payload?.toHex() ?? "" };
      }
      const members = event.members.map((member) => `${member.name}=${member.status}`);
      return { event: event.type, members };
    });
  }
}

for (const scenario of readVectors<Scenario[]>("serf-state")) {
  Deno.test(`A node behaves as recorded: ${scenario.name}`, () => {
    const replay = new Replay(scenario);
    deepStrictEqual(replay.state(), scenario.initial);
    for (const [i, step] of scenario.steps.entries()) {
      const label = `step ${i}, ${step.op}`;
      strictEqual(replay.apply(step), step.rebroadcast, label);
      deepStrictEqual(replay.takeEvents(), step.events, label);
      deepStrictEqual(replay.state(), step.after, label);
      strictEqual(replay.parts.lanes.added.length, step.intent_queue, label);
    }
  });
}
