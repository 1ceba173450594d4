/** What all parts of a node share: ports, settings, clocks, lanes and the layer below. */

import type { MemberlistCore } from "../memberlist/memberlist_core.ts";
import type { Observer, SerfFact } from "../ports/observer.ts";
import type { Ports } from "../ports/ports.ts";
import type { SerfSettings } from "./config.ts";
import type { LamportClocks } from "./lamport_clock.ts";
import type { SerfLanes } from "./serf_lanes.ts";

/** Where a node stands in its life. */
export type SerfState = "alive" | "leaving" | "left" | "shutdown";

/** The membership layer, as the parts of Serf use it. */
export type MembershipLayer = Pick<
  MemberlistCore,
  | "aliveCount"
  | "exchange"
  | "flushBroadcasts"
  | "hasCompany"
  | "join"
  | "leave"
  | "member"
  | "pingOnce"
  | "randomMembers"
  | "sendAnswer"
  | "sendUnderEveryKey"
  | "sendUserMessage"
>;

/** A Serf node, as its parts see it. */
export interface SerfNode extends Omit<Ports, "observer" | "transport"> {
  /** Takes what happens; the log and the meter listen behind it. */
  readonly observer: Observer<SerfFact> | undefined;
  readonly config: SerfSettings;
  readonly clocks: LamportClocks;
  readonly lanes: SerfLanes;
  readonly memberlist: MembershipLayer;
  readonly state: () => SerfState;
}
