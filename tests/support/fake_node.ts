/** A Serf node that does nothing but remember what its agent asked, for tests of the agent. */

import type { AgentNode } from "../../src/agent/agent.ts";
import type { Coordinate } from "../../src/coordinate/coordinate.ts";
import type { Query } from "../../src/host/query.ts";
import type { SerfEvent } from "../../src/serf/event.ts";
import type { KeyOperation, KeyReport } from "../../src/serf/queries/key_manager.ts";
import type { QueryOptions } from "../../src/serf/queries/queries.ts";
import type { SerfMember, Tags } from "../../src/serf/member.ts";
import { makeMember } from "./fake_agent.ts";

/** What key operations report unless a test says otherwise. */
const keyReport: KeyReport = {
  numNodes: 3,
  numResp: 3,
  numErr: 0,
  messages: new Map(),
  keys: new Map([["a2V5", 3]]),
  primaryKeys: undefined,
  error: undefined,
};

/** A node of which tests set the answers and read the calls. */
export class FakeNode implements AgentNode {
  /** What was asked, as text, in order. */
  readonly calls: string[] = [];
  /** Method to the error that it fails with. */
  readonly refusals = new Map<string, string>();
  readonly queryOptions: QueryOptions[] = [];
  readonly #listeners = new Set<(event: SerfEvent) => void>();
  readonly #stopped = Promise.withResolvers<string | undefined>();
  self: SerfMember = makeMember("self");
  contacted = 1;

  get stopped(): Promise<string | undefined> {
    return this.#stopped.promise;
  }

  /** Delivers an event. */
  emit(event: SerfEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Ends the node, as losing its name does. */
  stop(reason?: string): void {
    this.#stopped.resolve(reason);
  }

  member(name: string): SerfMember | undefined {
    return this.members().find((member) => member.name === name);
  }

  members(): readonly SerfMember[] {
    return [this.self];
  }

  join(
    addresses: readonly string[],
    options: { readonly ignoreOld?: boolean } = {},
  ): Promise<number> {
    return this.#later("join", this.contacted, addresses.join(), options.ignoreOld);
  }

  leave(): Promise<void> {
    return this.#later("leave", undefined);
  }

  forceLeave(name: string, options: { readonly prune?: boolean } = {}): Promise<void> {
    return this.#later("forceLeave", undefined, name, options.prune);
  }

  userEventInTurn(
    name: string,
    payload: Uint8Array | undefined,
    options: { readonly coalesce: boolean },
  ): Promise<void> {
    return this.#later("userEvent", undefined, name, payload, options.coalesce);
  }

  query(
    name: string,
    payload: Uint8Array | undefined,
    options: QueryOptions = {},
  ): Query {
    this.#note("query", name, payload);
    this.queryOptions.push(options);
    return {
      cancel: () => this.#note("cancel", name),
      done: Promise.resolve(),
      async *[Symbol.asyncIterator]() {},
    };
  }

  keys(operation: KeyOperation, key?: Uint8Array): Promise<KeyReport> {
    return this.#later(operation, keyReport, ...key ? [key.toHex()] : []);
  }

  setTags(tags: Tags): Promise<void> {
    return this.#later("setTags", undefined, JSON.stringify(tags));
  }

  coordinate(name?: string): Coordinate | undefined {
    this.#note("coordinate", name);
    return undefined;
  }

  stats(): ReadonlyMap<string, string> {
    return new Map([["members", "1"]]);
  }

  onEvent(listener: (event: SerfEvent) => void): () => void {
    // A wrapper of its own, so that a listener given twice is two subscriptions.
    const own = (event: SerfEvent) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async shutdown(): Promise<void> {
    await this.#later("shutdown", undefined);
    this.stop();
  }

  #note(method: string, ...parameters: readonly unknown[]): void {
    this.calls.push([method, ...parameters.map(String)].join(" "));
    const refusal = this.refusals.get(method);
    if (refusal !== undefined) throw new Error(refusal);
  }

  async #later<T>(method: string, result: T, ...parameters: readonly unknown[]): Promise<T> {
    this.#note(method, ...parameters);
    return await Promise.resolve(result);
  }
}
