/**
 * Many whole nodes in one virtual world: unchanged cores on a shared clock and
 * network, all of it decided by one seed.
 *
 * Members are numbered from 0, and named and addressed after their number. One
 * that crashed or was stopped can be started again, with the snapshot of its
 * earlier lives.
 */

import {
  memberlistConfig,
  type MemberlistSettings,
  type ProfileName,
} from "../memberlist/config.ts";
import { Keyring } from "../memberlist/keyring.ts";
import { assert } from "../assert.ts";
import { type Address, addressFromBytes, formatAddress } from "../ports/address.ts";
import type { Milliseconds } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Observer } from "../ports/observer.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import { type SerfConfig, serfDefaults } from "../serf/config.ts";
import type { SerfEvent } from "../serf/event.ts";
import type { JoinOutcome } from "../serf/members/joining.ts";
import { SerfCore } from "../serf/serf_core.ts";
import { SimClock } from "./sim_clock.ts";
import { SimJournal } from "./sim_journal.ts";
import { type LinkQuality, SimNetwork } from "./sim_network.ts";
import { SimProcess } from "./sim_process.ts";
import { SimRandom } from "./sim_random.ts";

/** How a simulated cluster is made. */
export interface SimClusterOptions {
  /** How many members there are, at most 65,536. */
  readonly members: number;
  /** Decides everything that chance decides; 1 by default. */
  readonly seed?: number;
  /** The pace of all members; "lan" by default. */
  readonly profile?: ProfileName;
  /** Latency, jitter, loss and duplication to begin with. */
  readonly link?: Partial<LinkQuality>;
  /** Settings of a member that differ from the defaults. */
  readonly settings?: (member: number) => Partial<SerfConfig>;
  /** Settings of a member's lower layer that differ from the profile. */
  readonly membership?: (member: number) => Partial<MemberlistSettings>;
  /** The keys that a member starts with; plain traffic by default. */
  readonly keys?: (member: number) => readonly Uint8Array[];
  /** Whether members keep a snapshot over restarts; they do by default. */
  readonly keepsSnapshots?: boolean;
  /** Whether members keep what they delivered; they do by default. Large clusters need not. */
  readonly keepsEvents?: boolean;
  /** Gets every event that a member delivers, inside its turn. */
  readonly onEvent?: (member: SimMember, event: SerfEvent) => void;
  /** Runs after every turn of a member, whatever caused it. */
  readonly afterTurn?: (member: SimMember) => void;
  /** The log of a member; silent by default. */
  readonly log?: (member: number) => Log;
  /** The meter of a member; silent by default. */
  readonly meter?: (member: number) => Meter;
  /** Takes what a member sees, as facts; nobody does by default. */
  readonly observer?: (member: number) => Observer;
}

/** An event, and when a member delivered it. */
export interface Delivery {
  readonly at: Milliseconds;
  readonly event: SerfEvent;
}

/** One member of the cluster, through all its lives. Only the cluster changes it. */
export class SimMember {
  readonly index: number;
  readonly name: string;
  readonly address: Address;
  /** Its present life; `undefined` while it does not run. */
  core: SerfCore | undefined;
  /** The process of its present or last life. */
  process: SimProcess | undefined;
  /** The keys of its present or last life, if there are any. */
  keyring: Keyring | undefined;
  /** How often it was started. */
  lives = 0;
  readonly journal = new SimJournal();
  /** What all its lives delivered. */
  readonly events: Delivery[] = [];
  /** Why it stopped by itself, each time that it said so. */
  readonly endings: string[] = [];

  constructor(index: number) {
    this.index = index;
    this.name = `node-${index}`;
    this.address = addressFromBytes(ipOf(index), 7946);
  }
}

/** The most members that a cluster can have. */
export const maxSimMembers = 65_536;

/** How long a simulated agent waits before it looks at its seeds again. */
const seedInterval: Milliseconds = 5_000;

/** A cluster in virtual time. Nothing happens but while `clock` advances. */
export class SimCluster {
  readonly clock = new SimClock(1000);
  readonly network: SimNetwork;
  readonly random: SimRandom;
  /** All members, running or not. */
  readonly members: readonly SimMember[];
  readonly #options: SimClusterOptions;
  /** A member that did not agree when it was asked last. */
  #dissenter = 0;

  constructor(options: SimClusterOptions) {
    const { members, seed = 1 } = options;
    if (!Number.isInteger(members) || members < 1 || members > maxSimMembers) {
      throw new RangeError(`A cluster has 1 to ${maxSimMembers} members, not ${members}`);
    }
    this.#options = options;
    this.random = new SimRandom(seed);
    this.network = new SimNetwork(this.clock, this.random.fork(-1));
    Object.assign(this.network.quality, options.link);
    this.members = Array.from({ length: members }, (_, index) => new SimMember(index));
  }

  /** The members that run. */
  running(): SimMember[] {
    return this.members.filter((member) => member.core);
  }

  /** Returns the member with a number. */
  member(index: number): SimMember {
    const member = this.members[index];
    assert(member !== undefined, `there is a member ${index}`);
    return member;
  }

  /** Returns the core of a member that runs. */
  core(index: number): SerfCore {
    const { core, name } = this.member(index);
    assert(core !== undefined, `${name} runs`);
    return core;
  }

  /** Starts a member, for the first time or once more. It is alone until it joins or remembers. */
  start(index: number): void {
    const member = this.member(index);
    assert(!member.core, `${member.name} does not run yet`);
    const core = this.#makeCore(member);
    member.core = core;
    const started = core.start();
    if (!started.ok) throw started.error;
  }

  /** Starts every member that does not run. */
  startAll(): void {
    for (const member of this.members) if (!member.core) this.start(member.index);
  }

  /** Lets a member join through others; `done` gets the outcome. */
  join(
    index: number,
    through: readonly number[],
    done: (outcome: JoinOutcome) => void = () => {},
  ): void {
    const addresses = through.map((other) => this.member(other).address);
    this.core(index).join(addresses, { ignoreOld: false }, done);
  }

  /**
   * Starts all members and lets them join through the first `seeds` of them,
   * evenly spread over `spread`: all at once by default.
   *
   * Time has to pass before they are one cluster; see `settle`.
   */
  form({ spread = 0, seeds = 1 }: { spread?: Milliseconds; seeds?: number } = {}): void {
    const count = this.members.length;
    for (const { index } of this.members) {
      this.clock.after(spread * index / count, () => {
        this.start(index);
        if (index > 0) this.joinUntilDone(index, [this.random.below(Math.min(seeds, index))]);
      });
    }
  }

  /**
   * Lets time pass until all running members agree on who is alive.
   *
   * @returns how long it took, to a tenth of a second; `undefined` if `limit` was over first.
   */
  settle(limit: Milliseconds): Milliseconds | undefined {
    const startedAt = this.clock.now();
    while (!this.isAgreed()) {
      if (this.clock.now() - startedAt >= limit) return undefined;
      this.clock.advance(100);
    }
    return this.clock.now() - startedAt;
  }

  /** Whether every running member takes exactly the running members for alive. */
  isAgreed(): boolean {
    const running = this.running();
    // The member that did not agree last time is asked first: most often it still does not.
    const dissenter = this.members[this.#dissenter];
    if (dissenter?.core && !this.#seesExactly(dissenter, running.length)) return false;
    const found = running.find((viewer) => !this.#seesExactly(viewer, running.length));
    this.#dissenter = found?.index ?? 0;
    return running.length > 0 && !found;
  }

  /** Ends a member's process without a word, as `kill -9` does. Some journal lines may be lost. */
  crash(index: number, lostLines = 0): void {
    const member = this.member(index);
    if (!member.core) return;
    this.#end(member);
    member.journal.crash(lostLines);
  }

  /** Lets a member leave gracefully and then stop. */
  leave(index: number, done: () => void = () => {}): void {
    const member = this.member(index);
    const core = this.core(index);
    core.leave(() => {
      if (member.core === core) {
        core.stop();
        this.#end(member);
      }
      done();
    });
  }

  /** Cuts the network in parts: only members of the same group reach each other. */
  partition(groupOf: (member: SimMember) => number): void {
    const groups = new Map(
      this.members.map((member) => [formatAddress(member.address), groupOf(member)]),
    );
    this.network.cut((from, to) => groups.get(from) === groups.get(to));
  }

  /** Mends all cuts. */
  heal(): void {
    this.network.cut(undefined);
  }

  /** Joins again and again until a try succeeds, as an agent that is told to retry does. */
  joinUntilDone(index: number, through: readonly number[]): void {
    const { core } = this.member(index);
    this.join(index, through, ({ contacted }) => {
      if (contacted > 0 || this.member(index).core !== core) return;
      this.clock.after(1000, () => {
        if (this.member(index).core === core) this.joinUntilDone(index, through);
      });
    });
  }

  /** Joins through the members of `seeds` that are not alive, again and again, as an agent does. */
  watchSeeds(index: number, seeds: readonly number[]): void {
    const core = this.core(index);
    const missing = seeds.filter((seed) => core.member(this.member(seed).name)?.status !== "alive");
    const waitAndLook = () =>
      this.clock.after(seedInterval, () => {
        if (this.member(index).core === core) this.watchSeeds(index, seeds);
      });
    if (missing.length === 0) waitAndLook();
    else this.join(index, missing, waitAndLook);
  }

  #seesExactly(viewer: SimMember, runningCount: number): boolean {
    let alive = 0;
    for (const { name, status } of viewer.core!.members()) {
      if (status !== "alive") continue;
      alive++;
      if (alive > runningCount || !this.members[indexOf(name)]?.core) return false;
    }
    return alive === runningCount;
  }

  #end(member: SimMember): void {
    this.network.detach(member.address);
    member.process?.kill();
    member.core = undefined;
  }

  #makeCore(member: SimMember): SerfCore {
    const { index, name, address, journal } = member;
    const options = this.#options;
    const { afterTurn } = options;
    const process = new SimProcess(this.clock, afterTurn && (() => afterTurn(member)));
    member.process = process;
    const life = ++member.lives;
    journal.reopen();
    const keyring = options.keys && Keyring.from(options.keys(index));
    if (keyring && !keyring.ok) throw keyring.error;
    member.keyring = keyring?.value;

    const core: SerfCore = new SerfCore(
      {
        clock: process,
        random: this.random.fork(life * maxSimMembers + index),
        transport: this.network.attach(address, () => core, process),
        log: options.log?.(index) ?? silentLog,
        meter: options.meter?.(index) ?? silentMeter,
        ...(options.observer && { observer: options.observer(index) }),
        ...(options.keepsSnapshots !== false && { journal }),
        ...(keyring && { keyring: keyring.value }),
      },
      {
        ...serfDefaults,
        tags: {},
        ...options.settings?.(index),
        name,
        memberlist: memberlistConfig(
          { name, advertise: { ip: ipOf(index), port: address.port } },
          options.profile,
          options.membership?.(index),
        ),
      },
      (event) => {
        if (options.keepsEvents !== false) member.events.push({ at: this.clock.now(), event });
        options.onEvent?.(member, event);
      },
      (reason) => {
        member.endings.push(reason);
        this.#end(member);
      },
    );
    return core;
  }
}

function ipOf(index: number): Uint8Array {
  const host = index + 1;
  return Uint8Array.of(10, host >> 16, (host >> 8) & 0xff, host & 0xff);
}

function indexOf(name: string): number {
  return Number(name.slice("node-".length));
}
