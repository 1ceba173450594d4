/**
 * Makes a plan of faults come true, and counts what really happened: a fault
 * that met nobody, or a lossy link that carried nothing, does not count.
 */

import { encodeText } from "../bytes/text.ts";
import { formatAddress } from "../ports/address.ts";
import {
  describeFault,
  type Fault,
  type FaultKind,
  faultKinds,
  type FaultOf,
} from "./fault_plan.ts";
import type { SimCluster, SimMember } from "./sim_cluster.ts";
import type { LinkLoss, LinkQuality, NetworkTally } from "./sim_network.ts";
import type { Trace } from "./trace.ts";

/** What can be counted: kinds of faults, and members that were started again. */
export type FaultEffect = FaultKind | "restart";

/** Every effect, in a fixed order. */
export const faultEffects: readonly FaultEffect[] = [...faultKinds, "restart"];

/** How often each effect really happened. */
export type FaultTally = Record<FaultEffect, number>;

/** Returns a tally of nothing. */
export function emptyFaultTally(): FaultTally {
  return Object.fromEntries(faultEffects.map((effect) => [effect, 0])) as FaultTally;
}

type LinkFault = FaultOf<"cut" | "one-way-cut" | "one-way-loss">;
type QualityFault = FaultOf<"loss" | "duplication" | "reordering" | "latency">;
/** What the network suffers for a while. */
type NetworkFault = LinkFault | QualityFault;

/** Which counter of the network shows that a fault had an effect. */
const evidenceOf: Readonly<Record<NetworkFault["kind"], keyof NetworkTally>> = {
  "cut": "packetsCut",
  "one-way-cut": "packetsCut",
  "one-way-loss": "packetsLost",
  "loss": "packetsLost",
  "duplication": "packetsDuplicated",
  "reordering": "packetsReordered",
  "latency": "packetsSent",
};

/** Carries out faults on a cluster. */
export class FaultInjector {
  readonly tally: FaultTally = emptyFaultTally();
  readonly #cluster: SimCluster;
  readonly #trace: Trace;
  readonly #memoryLost: (member: SimMember) => void;
  readonly #usual: LinkQuality;
  /** What the network suffers now. */
  readonly #networkFaults = new Set<NetworkFault>();
  /** Members that are down and will be started again. */
  readonly #awaited = new Set<SimMember>();
  #isOver = false;

  /** @param memoryLost is told of members whose snapshot lost its last lines, or ended in a leave. */
  constructor(cluster: SimCluster, trace: Trace, memoryLost: (member: SimMember) => void) {
    this.#cluster = cluster;
    this.#trace = trace;
    this.#memoryLost = memoryLost;
    this.#usual = { ...cluster.network.quality };
  }

  /** Books all faults of a plan that starts now. */
  begin(plan: readonly Fault[]): void {
    for (const fault of plan) {
      this.#cluster.clock.after(fault.at, () => {
        if (!this.#isOver) this.#inject(fault);
      });
    }
  }

  /** Ends all that lasts. Who was to be started again is, at once; who was not stays down. */
  end(): void {
    this.#isOver = true;
    this.#networkFaults.clear();
    this.#impairNetwork();
    this.#trace.add("network", "calm");
    for (const { process } of this.#cluster.members) {
      if (!process) continue;
      process.turnCost = 0;
      process.thaw();
    }
    for (const member of [...this.#awaited]) this.#restart(member);
  }

  #inject(fault: Fault): void {
    if (isNetworkFault(fault)) return this.#passOver(fault);
    const member = this.#cluster.member(fault.member);
    if (!member.core || member.core.state !== "alive") return;
    this.#trace.add(member.name, describeFault(fault));
    this.#strike(member, fault);
  }

  #strike(member: SimMember, fault: Exclude<Fault, NetworkFault>): void {
    const { index, core, process } = member;
    switch (fault.kind) {
      case "crash":
        this.tally.crash++;
        if (fault.lostLines > 0) this.#memoryLost(member);
        this.#cluster.crash(index, fault.lostLines);
        return this.#restartAfter(fault.downtime, member);
      case "leave":
        this.#cluster.leave(index, () => {
          this.tally.leave++;
          this.#memoryLost(member);
          this.#trace.add(member.name, "left");
          this.#restartAfter(fault.downtime, member);
        });
        return;
      case "freeze":
        process!.freeze(fault.duration);
        return this.#countLateTurns(member, "freeze", fault.duration);
      case "slow":
        process!.turnCost = fault.turnCost;
        this.#cluster.clock.after(fault.duration, () => process!.turnCost = 0);
        return this.#countLateTurns(member, "slow", fault.duration);
      case "event":
        for (let i = 0; i < fault.count; i++) {
          const payload = encodeText(`${i}`);
          if (core!.userEvent(fault.name, payload, { coalesce: false }).ok) this.tally.event++;
        }
        return;
      case "query": {
        const options = { requestAck: true, relayFactor: fault.relayFactor };
        const handlers = { onAck() {}, onResponse: () => void this.tally.query++, onDone() {} };
        core!.query("load", undefined, options, handlers);
        return;
      }
      case "tags":
        core!.setTags({ v: fault.value }, ({ ok }) => {
          if (ok) this.tally.tags++;
        });
        return;
      case "force-leave": {
        const target = this.#cluster.member(fault.target).name;
        this.tally["force-leave"]++;
        core!.forceLeave(target, { prune: fault.prune }, () => {});
        return;
      }
    }
  }

  #restartAfter(downtime: number | undefined, member: SimMember): void {
    if (downtime === undefined || this.#isOver) return;
    this.#awaited.add(member);
    this.#cluster.clock.after(downtime, () => {
      if (this.#awaited.has(member)) this.#restart(member);
    });
  }

  /** Starts a member again. If it remembers nobody, it joins the others, as its agent would. */
  #restart(member: SimMember): void {
    const { index, journal } = member;
    this.#awaited.delete(member);
    this.tally.restart++;
    this.#trace.add(member.name, "restart");
    this.#cluster.start(index);
    const remembers = journal.lines.some((line) =>
      line.startsWith("alive: ") && !line.startsWith(`alive: ${member.name} `)
    );
    if (remembers && !journal.lines.includes("leave")) return;
    const others = this.#cluster.members.filter((other) => other !== member);
    this.#cluster.watchSeeds(index, others.map((other) => other.index));
  }

  #countLateTurns({ process }: SimMember, kind: "freeze" | "slow", duration: number): void {
    const before = process!.lateTurns;
    this.#cluster.clock.after(duration, () => {
      if (process!.lateTurns > before) this.tally[kind]++;
    });
  }

  #passOver(fault: NetworkFault): void {
    const { clock, network } = this.#cluster;
    const evidence = evidenceOf[fault.kind];
    const before = network.tally[evidence];
    this.#trace.add("network", describeFault(fault));
    this.#networkFaults.add(fault);
    this.#impairNetwork();
    clock.after(fault.duration, () => {
      if (network.tally[evidence] > before) this.tally[fault.kind]++;
      if (!this.#networkFaults.delete(fault)) return;
      this.#trace.add("network", `${fault.kind} is over`);
      this.#impairNetwork();
    });
  }

  /** Makes the network as bad as the worst of the faults that it suffers. */
  #impairNetwork(): void {
    const { network } = this.#cluster;
    const quality = { ...this.#usual };
    const losses: LinkLoss[] = [];
    const worsen = (trait: keyof LinkQuality, value: number) => {
      quality[trait] = Math.max(quality[trait], value);
    };
    for (const fault of this.#networkFaults) {
      switch (fault.kind) {
        case "loss":
        case "duplication":
          worsen(fault.kind, fault.share);
          break;
        case "reordering":
          worsen("jitter", fault.jitter);
          break;
        case "latency":
          worsen("latency", fault.latency);
          break;
        default:
          losses.push(this.#lossOf(fault));
      }
    }
    Object.assign(network.quality, quality);
    const worst: LinkLoss = (from, to) => Math.max(...losses.map((loss) => loss(from, to)));
    network.impair(losses.length === 0 ? undefined : worst);
  }

  #lossOf(fault: LinkFault): LinkLoss {
    const keyOf = (index: number) => formatAddress(this.#cluster.member(index).address);
    if (fault.kind === "one-way-loss") {
      const sender = keyOf(fault.member);
      return (from) => from === sender ? fault.share : 0;
    }
    const inside = new Set(fault.members.map(keyOf));
    return fault.kind === "cut"
      ? (from, to) => inside.has(from) === inside.has(to) ? 0 : 1
      : (from, to) => inside.has(from) && !inside.has(to) ? 1 : 0;
  }
}

function isNetworkFault(fault: Fault): fault is NetworkFault {
  return fault.kind in evidenceOf;
}
