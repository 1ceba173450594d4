/** What agents tell the streams that follow them. */

import type { EventRecord } from "../../src/rpc/commands.ts";
import type { ClusterAgent } from "./cluster.ts";

/** Hands every record of a stream of each agent to `hear`, with the time, until the agent ends. */
export async function listen(
  agents: readonly ClusterAgent[],
  filter: string,
  hear: (record: EventRecord, agent: ClusterAgent, at: number) => void,
): Promise<void> {
  for (const agent of agents) {
    const stream = await agent.client.stream(filter);
    void (async () => {
      for await (const record of stream) hear(record, agent, performance.now());
    })().catch(() => {});
  }
}

/** When each agent heard each user event, by the event's name. */
export class EventTimes {
  readonly #times = new Map<string, Map<ClusterAgent, number>>();

  /** Begins to listen. */
  static async of(agents: readonly ClusterAgent[]): Promise<EventTimes> {
    const times = new EventTimes();
    await listen(agents, "user", (record, agent, at) => {
      if (record.event === "user" && "name" in record) times.#note(record.name, agent, at);
    });
    return times;
  }

  /** The times at which agents heard an event, one for each that did. */
  at(event: string): readonly number[] {
    return [...this.#times.get(event)?.values() ?? []];
  }

  #note(event: string, agent: ClusterAgent, at: number): void {
    const times = this.#times.get(event) ?? new Map<ClusterAgent, number>();
    this.#times.set(event, times);
    if (!times.has(agent)) times.set(agent, at);
  }
}

/** Members that agents reported as failed. */
export class FailureReports {
  readonly #reports: { readonly agent: string; readonly member: string }[] = [];

  /** Begins to listen to agents; may be called again for others. */
  async listenTo(agents: readonly ClusterAgent[]): Promise<void> {
    await listen(agents, "member-failed", (record, { name: agent }) => {
      if (!("members" in record)) return;
      for (const { name: member } of record.members) this.#reports.push({ agent, member });
    });
  }

  /** Counts the reports by some agents about some members. */
  count(
    isAgent: (name: string) => boolean,
    isMember: (name: string) => boolean = () => true,
  ): number {
    return this.#reports.filter(({ agent, member }) => isAgent(agent) && isMember(member)).length;
  }

  /** Forgets what was reported so far. */
  clear(): void {
    this.#reports.length = 0;
  }
}
