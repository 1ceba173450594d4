/** What an agent knows about a member, in plain sentences. */

import { visible } from "./table.ts";

/** One fact of a story as the agent tells it. */
export interface ToldFact {
  readonly time: string;
  readonly type: string;
  readonly [detail: string]: unknown;
}

/** What the agent tells; times are ISO texts. */
export interface ToldAccount {
  readonly member: string;
  readonly witness: string;
  readonly now: string;
  readonly status?: string;
  readonly address?: string;
  readonly seenFrom?: string;
  readonly packetAt?: string;
  readonly streamAt?: string;
  readonly story: readonly ToldFact[];
}

/** Returns the lines: how the member stands, its story, and how far that goes. */
export function accountLines(account: ToldAccount): string[] {
  const { member, story, witness } = account;
  const facts = story.map((fact) => `${fact.time}  ${sentenceOf(fact, witness)}`);
  return [
    standing(account),
    ...(facts.length > 0 ? facts : ["Nothing is known against it: it had no trouble."]),
    `This is what ${show(witness)} alone saw` +
    (member === witness ? " of itself" : "") +
    ". Other agents may have seen something else.",
  ];
}

function standing(account: ToldAccount): string {
  const { address, member, status, witness } = account;
  const place = address === undefined ? "" : ` (${show(address)})`;
  const state = status === undefined ? "no member any more" : show(status);
  const head = `${show(member)}${place} is ${state}`;
  if (member === witness) return `${head}; it is the agent that was asked.`;
  return `${head}; last heard by packet ${heard(account, "packetAt")}, ` +
    `by stream ${heard(account, "streamAt")}.`;
}

function heard(account: ToldAccount, over: "packetAt" | "streamAt"): string {
  const { [over]: at, now, seenFrom } = account;
  if (at === undefined) return "never, as far as is known";
  const age = Math.max(0, Date.parse(now) - Date.parse(at)) / 1000;
  // The port of a stream says nothing, so only packets tell an address.
  const from = over === "packetAt" && seenFrom !== undefined ? ` from ${show(seenFrom)}` : "";
  return `${age.toFixed(1)} s ago${from}`;
}

/** Returns what a fact means; one of a newer agent is shown as it came. */
function sentenceOf(fact: ToldFact, witness: string): string {
  return probeSentence(fact) ?? claimSentence(fact, witness) ?? ownSentence(fact) ??
    show(JSON.stringify(fact));
}

function probeSentence(fact: ToldFact): string | undefined {
  switch (fact.type) {
    case "probe-relayed": {
      const helpers = Array.isArray(fact.helpers) ? fact.helpers.map(show).join(", ") : "";
      const asked = helpers === "" ? "nobody else could be asked" : `asked ${helpers} to ping it`;
      return `No answer to a ping in time; ${asked}.`;
    }
    case "probe-nack":
      return fact.from === undefined
        ? "A helper had no answer from it either."
        : `The helper at ${show(fact.from)} had no answer from it either.`;
    case "probe-refused":
      return "Its host says that nobody listens at its address any more.";
    case "probe-answered":
      return `It answered a ping ${answerPath(fact.path)}, after ${inMilliseconds(fact.took)}.`;
    case "probe-failed":
      return `No answer at all within ${inMilliseconds(fact.took)}; ${show(fact.nacks)} of ` +
        `${show(fact.nacksExpected)} helpers said that they had none either.`;
    case "probe-void":
      return "A probe says nothing, because this agent did not run meanwhile.";
    default:
      return undefined;
  }
}

function answerPath(path: unknown): string {
  if (path === "stream") return "over a stream only: packets do not arrive";
  return path === "relayed" ? "by way of a helper" : "directly";
}

function claimSentence(fact: ToldFact, witness: string): string | undefined {
  const by = fact.by === witness ? `${show(fact.by)} (this agent)` : show(fact.by);
  switch (fact.type) {
    case "suspected":
      return `${by} accused it: it may have failed.`;
    case "suspicion-confirmed":
      return `${by} confirmed that; ${seconds(fact.remaining)} were left to refute it.`;
    case "suspicion-refuted":
      return "It refuted that: it said that it is alive.";
    case "suspicion-expired":
      return `The time to refute was over; ${others(fact.confirmations)} had confirmed.`;
    case "declared-failed":
      return fact.by === witness
        ? `${by} declared it failed, as its own timer ran out.`
        : `Declared failed, as ${by} claimed.`;
    case "member-alive":
      return `It was back, at ${show(fact.address)}.`;
    case "member-gone":
      return "It said goodbye.";
    case "name-contested":
      return `Its name was claimed from ${show(fact.theirs)}, not ${show(fact.mine)}.`;
    case "incarnation-refused":
      return `A claim about it was not believed: incarnation ${show(fact.claimed)} is of another ` +
        `count than ${show(fact.known)}.`;
    default:
      return undefined;
  }
}

function ownSentence(fact: ToldFact): string | undefined {
  switch (fact.type) {
    case "health-changed":
      return fact.score === 0
        ? "It took itself for healthy again."
        : `It found that it does badly itself (health score ${show(fact.score)}).`;
    case "stalled":
      return `It did not run for about ${seconds(fact.took)}.`;
    case "refuting":
      return `It refuted ${show(fact.by)}, who ` +
        (fact.claim === "suspect" ? "suspected it." : "took it for failed.");
    case "refuting-alive":
      return `It refuted a claim that it is at ${show(fact.address)}.`;
    default:
      return undefined;
  }
}

/** Names and addresses are what other members chose. */
function show(value: unknown): string {
  return visible(String(value));
}

function others(count: unknown): string {
  if (count === 0) return "nobody else";
  return count === 1 ? "1 other" : `${show(count)} others`;
}

function inMilliseconds(value: unknown): string {
  return `${Math.round(Number(value))} ms`;
}

function seconds(value: unknown): string {
  return `${(Number(value) / 1000).toFixed(1)} s`;
}
