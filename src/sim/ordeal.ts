/**
 * One cluster put to the test: it forms, suffers a plan of faults under the eyes
 * of all invariants, and then has to come to agree within a bound.
 *
 * The seed decides everything, the size of the cluster included, so that it
 * names the whole history.
 */

import { type ProfileName, profiles } from "../memberlist/config.ts";
import type { Milliseconds } from "../ports/clock.ts";
import { agreementBound } from "./agreement_bound.ts";
import { FaultInjector } from "./fault_injector.ts";
import { planFaults } from "./fault_plan.ts";
import { InvariantError, Invariants } from "./invariants.ts";
import { SimCluster, type SimMember } from "./sim_cluster.ts";
import { SimRandom } from "./sim_random.ts";
import { Trace } from "./trace.ts";

/** How an ordeal is run. */
export interface OrdealOptions {
  readonly seed: number;
  /** Whether the logs of the members go into the trace. They change its hash. */
  readonly withLogs?: boolean;
  /** Gets every line of the trace at once. */
  readonly onLine?: (line: string) => void;
}

/** What became of it. */
export type OrdealReport = ReturnType<typeof runOrdeal>;

const maxMembers = 10;
const faultTime: Milliseconds = 60_000;
const maxFaults = 24;
/** So that healing takes seconds of virtual time rather than minutes. */
const reconnectInterval: Milliseconds = 5_000;
const pushPullInterval: Milliseconds = 10_000;
/** So that a storm of events is one. */
const maxQueueDepth = 16;
/**
 * A late intent may make a member look as if it left: two checks later it was asked, and
 * answered (twice two broadcast timeouts and the time that a leave lingers).
 */
const doubtTime: Milliseconds = 3 * 11_000;
/** After this time the members have to agree still, or again. */
const afterglow: Milliseconds = 2 * pushPullInterval;
/** An event fired in calm has reached everybody by then, over gossip or at last an exchange. */
const deliveryTime: Milliseconds = 4 * pushPullInterval;

/** Runs the ordeal that a seed names. */
export function runOrdeal(options: OrdealOptions) {
  const { cluster, injector, invariants, plan, profile, trace } = prepareOrdeal(options);
  const members = cluster.members.length;
  /** How long it took from calm to agreement; `undefined` if it came to nothing. */
  let agreedAfter: Milliseconds | undefined;
  /** How long that might have taken. */
  let bound: Milliseconds = 0;
  /** What went wrong, a broken rule or an error of the core; `undefined` if nothing did. */
  let failure: Error | undefined;
  try {
    cluster.form();
    demandAgreement(cluster.settle(60_000), "the cluster did not even form");
    injector.begin(plan);
    cluster.clock.advance(faultTime);
    injector.end();

    bound = agreementBound({ ...profiles[profile], pushPullInterval }, {
      members,
      down: members - cluster.running().length,
      reconnectInterval,
    });
    agreedAfter = cluster.settle(bound);
    demandAgreement(
      agreedAfter,
      `${Math.round(bound / 1000)} s were not enough: ${views(cluster)}`,
    );
    // Meanwhile exchanges also even out the Lamport clocks: a member that remembers a later
    // time than others have takes their next event for an old one.
    cluster.clock.advance(afterglow);
    demandAgreement(cluster.settle(doubtTime), `it did not last: ${views(cluster)}`);
    demandDelivery(cluster);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    failure = error;
    trace.add("swarm", error.message);
  }
  const { seed } = options;
  /** How many turns the invariants were checked after. */
  const { checks } = invariants;
  return {
    seed,
    members,
    plan,
    faults: injector.tally,
    checks,
    agreedAfter,
    bound,
    failure,
    trace,
  };
}

function prepareOrdeal({ seed, withLogs = false, onLine }: OrdealOptions) {
  const random = new SimRandom(seed);
  const members = 3 + random.below(maxMembers - 2);
  const profile: ProfileName = random.below(2) === 0 ? "lan" : "local";
  const count = 1 + random.below(maxFaults);
  const plan = planFaults(random, { members, duration: faultTime, count });

  const cluster: SimCluster = new SimCluster({
    members,
    seed,
    profile,
    settings: () => ({ reconnectInterval, maxQueueDepth }),
    membership: () => ({ pushPullInterval }),
    onEvent: (member, event) => {
      trace.addEvent(member.name, event);
      invariants.onEvent(member, event);
      if (event.type === "query") event.respond(new Uint8Array(1));
    },
    afterTurn: (member) => invariants.afterTurn(member),
    ...(withLogs && {
      log: (index: number) => trace.logOf(`node-${index}`),
      observer: (index: number) => trace.observerOf(`node-${index}`),
    }),
  });
  const invariants = new Invariants(() => cluster.clock.now());
  const trace = new Trace(cluster.clock, onLine);
  cluster.network.observe((from, to, packet) => trace.addPacket(from, to, packet));
  const memoryLost = (member: SimMember) => invariants.forgetDelivered(member);
  const injector = new FaultInjector(cluster, trace, memoryLost);
  return { cluster, injector, invariants, plan, profile, trace };
}

function demandAgreement(after: Milliseconds | undefined, otherwise: string): void {
  if (after === undefined) throw new InvariantError("after the faults all agree", otherwise);
}

/** An event fired in calm must reach every member. */
function demandDelivery(cluster: SimCluster): void {
  const name = "all-is-calm";
  cluster.running()[0]!.core!.userEvent(name, undefined, { coalesce: false });
  const missing = () =>
    cluster.running().filter(({ events }) =>
      !events.some(({ event }) => event.type === "user" && event.name === name)
    ).length;
  const end = cluster.clock.now() + deliveryTime;
  while (missing() > 0 && cluster.clock.now() < end) cluster.clock.advance(100);
  if (missing() === 0) return;
  throw new InvariantError(
    "after the faults all agree",
    `an event fired in calm did not reach ${missing()} members`,
  );
}

/** How each running member sees the others, where that is not as alive. */
function views(cluster: SimCluster): string {
  return cluster.running().map(({ name, core }) => {
    const oddities = core!.members().filter(({ status }) => status !== "alive")
      .map((member) => `${member.name} ${member.status}`);
    return `${name} sees ${core!.members().length} (${oddities.join(" ")})`;
  }).join("; ");
}
