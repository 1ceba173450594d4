/**
 * What this node knows, encoded for exchanges, and shared by all that ask.
 *
 * Of a large cluster it takes a tenth of a second and more. Until something changes it is the same
 * for all; while it changes, those that wait share the next one.
 */

import { MsgpackWriter } from "../../bytes/msgpack_writer.ts";
import type { Steps } from "../../bytes/steps.ts";
import type { Milliseconds, Timer } from "../../ports/clock.ts";
import { type NodeState, writeFullState } from "../../wire/full_state.ts";
import { shrinkMessage } from "../../wire/stream_message.ts";
import type { Member, MemberState } from "../member.ts";
import type { PushPullParts } from "./push_pull.ts";
import { writeVersions } from "../membership/versions.ts";

/** How long an encoded state is kept for others who may ask. */
export const keepingTime: Milliseconds = 10_000;

type LocalStateParts = Pick<PushPullParts, "clock" | "envelope" | "roster" | "delegate">;

/** An encoded state, shared and never changed. */
interface EncodedState {
  /** The push/pull message as it travels, but for encryption and label. */
  readonly content: Uint8Array;
  /** Bytes of the message before it was compressed. */
  readonly length: number;
  readonly counts: ReadonlyMap<MemberState, number>;
  /** Says what it was made of. */
  readonly stamp: string;
  /** The place in the order of those made. */
  readonly order: number;
}

/** For one of the two kinds of exchange. */
interface Form {
  kept: EncodedState | undefined;
  /** What it is made in, kept along with it. */
  writer: MsgpackWriter | undefined;
  /** The one that is being made. */
  making: Steps<EncodedState> | undefined;
  /** What it is made of. */
  stamp: string;
  /** How many were begun so far. */
  begun: number;
  waiting: number;
}

export class LocalState {
  readonly #parts: LocalStateParts;
  readonly #forms: Readonly<Record<"joining" | "syncing", Form>> = {
    joining: newForm(),
    syncing: newForm(),
  };
  #forgetting: Timer | undefined;

  constructor(parts: LocalStateParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#forgetting?.cancel();
  }

  /** Returns what this node knows, about each member as it is at the first step or later. */
  *encoded(joining: boolean): Steps<EncodedState> {
    const form = this.#form(joining);
    // One begun before something changed lacks that.
    const isCurrent = form.making && form.stamp === this.#stamp;
    const outdated = isCurrent ? form.begun - 1 : form.begun;
    form.waiting++;
    try {
      while (true) {
        const { kept } = form;
        if (kept && (kept.order > outdated || kept.stamp === this.#stamp)) return kept;
        if (!this.#advance(form, joining)) yield "shared";
      }
    } finally {
      if (--form.waiting === 0) form.making = undefined;
    }
  }

  #form(joining: boolean): Form {
    return joining ? this.#forms.joining : this.#forms.syncing;
  }

  /** Takes a step; whether it was the last. */
  #advance(form: Form, joining: boolean): boolean {
    if (!form.making) {
      form.stamp = this.#stamp;
      form.making = this.#make(joining, form.stamp, ++form.begun);
    }
    try {
      const step = form.making.next();
      if (!step.done) return false;
      form.kept = step.value;
    } catch (error) {
      form.making = undefined;
      throw error;
    }
    form.making = undefined;
    this.#forgetting ??= this.#parts.clock.after(keepingTime, () => {
      this.#forgetting = undefined;
      for (const form of Object.values(this.#forms)) {
        form.kept = undefined;
        if (!form.making) form.writer = undefined;
      }
    });
    return true;
  }

  /** Everything that is encoded is as it was as long as this is. */
  get #stamp(): string {
    const { delegate, roster } = this.#parts;
    return `${roster.version} ${delegate.stateStamp}`;
  }

  *#make(joining: boolean, stamp: string, order: number): Steps<EncodedState> {
    const { delegate, envelope, roster } = this.#parts;
    const members = [...roster.members()];
    const counts = countStates(members);
    const userState = yield* delegate.localState(joining);
    const writer = this.#form(joining).writer ??= new MsgpackWriter("raw", 4096);
    writer.reset();
    // Each as it is when its slice comes: nothing depends on how it was before.
    const nodes = {
      length: members.length,
      *[Symbol.iterator]() {
        for (const member of members) yield nodeStateOf(member);
      },
    };
    yield* writeFullState(writer, { joining, nodes, userState });
    const message = writer.view();
    const shrunk = yield* shrinkMessage(message, envelope);
    const content = shrunk === message ? message.slice() : shrunk;
    return { content, length: writer.length, counts, stamp, order };
  }
}

function nodeStateOf(member: Member): NodeState {
  const { address, incarnation, ip, meta, name, state, versions } = member;
  const { port } = address;
  return { name, ip, port, incarnation, meta, state, versions: writeVersions(versions) };
}

function newForm(): Form {
  return { kept: undefined, writer: undefined, making: undefined, stamp: "", begun: 0, waiting: 0 };
}

/** How many nodes are in each state, those with none included. */
export function countStates(
  nodes: Iterable<{ readonly state: MemberState }>,
): Map<MemberState, number> {
  const counts = new Map<MemberState, number>();
  for (const state of ["alive", "suspect", "dead", "left"] as const) counts.set(state, 0);
  for (const { state } of nodes) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
