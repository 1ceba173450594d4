/** A handful of whole Serf nodes in one virtual world. */

import { memberlistConfig } from "../../src/memberlist/config.ts";
import type { Keyring } from "../../src/memberlist/keyring.ts";
import { type Address, addressFromBytes } from "../../src/ports/address.ts";
import { serfDefaults, type SerfSettings } from "../../src/serf/config.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import { SerfCore } from "../../src/serf/serf_core.ts";
import { SimClock } from "../../src/sim/sim_clock.ts";
import { SimNetwork } from "../../src/sim/sim_network.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import type { MemoryJournal } from "./memory_journal.ts";
import { RecordingLog, RecordingMeter } from "./recorders.ts";

/** How a node of the world is made. */
export interface NodeOptions {
  readonly settings?: Partial<SerfSettings>;
  readonly journal?: MemoryJournal;
  /** Its traffic is plain without one. */
  readonly keyring?: Keyring;
  /** The last byte of its address; the next free one by default. */
  readonly host?: number;
}

/** One node and what it says. */
export interface WorldNode {
  readonly core: SerfCore;
  readonly address: Address;
  readonly log: RecordingLog;
  readonly meter: RecordingMeter;
  readonly events: SerfEvent[];
  /** Why it stopped by itself, each time that it said so. */
  readonly endings: string[];
}

/** Nodes on one virtual clock and network, at 10.0.0.x. */
export class SerfWorld {
  readonly clock = new SimClock(1000);
  readonly #random: SimRandom;
  readonly network: SimNetwork;
  #hosts = 0;

  constructor(seed = 1) {
    this.#random = new SimRandom(seed);
    this.network = new SimNetwork(this.clock, this.#random.fork(0));
  }

  /** Starts a node, which is alone until it joins or remembers. */
  start(
    name: string,
    { settings = {}, journal, keyring, host = ++this.#hosts }: NodeOptions = {},
  ): WorldNode {
    const ip = Uint8Array.of(10, 0, 0, host);
    const address = addressFromBytes(ip, 7946);
    const log = new RecordingLog();
    const meter = new RecordingMeter();
    const events: SerfEvent[] = [];
    const endings: string[] = [];
    const core: SerfCore = new SerfCore(
      {
        clock: this.clock,
        random: this.#random.fork(this.clock.turns * 256 + host),
        transport: this.network.attach(address, () => core),
        log,
        meter,
        ...(journal && { journal }),
        ...(keyring && { keyring }),
      },
      {
        ...serfDefaults,
        name,
        tags: {},
        memberlist: memberlistConfig({ name, advertise: { ip, port: 7946 } }),
        ...settings,
      },
      (event) => events.push(event),
      (reason) => endings.push(reason),
    );
    const started = core.start();
    if (!started.ok) throw started.error;
    return { core, address, log, meter, events, endings };
  }

  /** Starts nodes that are one cluster. */
  startCluster(names: readonly string[], settings: Partial<SerfSettings> = {}): WorldNode[] {
    const nodes = names.map((name) => this.start(name, { settings }));
    for (const node of nodes.slice(1)) this.join(node, nodes[0]!);
    this.clock.advance(5000);
    return nodes;
  }

  /** Lets a node join through another, and returns how many it reached. */
  join(node: WorldNode, through: WorldNode): number {
    let contacted = -1;
    node.core.join([through.address], { ignoreOld: false }, (outcome) => {
      contacted = outcome.contacted;
    });
    this.clock.advanceUntil(() => contacted >= 0, 30_000);
    return contacted;
  }

  /** Takes a node off the network without a word, as when its process is killed. */
  kill(node: WorldNode): void {
    this.network.detach(node.address);
    node.core.stop();
  }
}

/** Names of a node's members in a status, sorted. */
export function namesOf(node: WorldNode, status: string): string[] {
  return node.core.members().filter((member) => member.status === status)
    .map((member) => member.name).sort();
}
