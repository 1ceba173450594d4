/**
 * The swarm itself on trial: cores that were broken on purpose must be caught,
 * each by a rule that it breaks and within so many seeds.
 */

import { ok } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import type { InvariantName } from "../../src/sim/invariants.ts";
import type { runOrdeal } from "../../src/sim/ordeal.ts";
import { type Mutant, writeMutant } from "../support/mutants.ts";

/** A mutant that survives this many histories was not caught. */
const maxSeeds = 150;

const mutants: readonly (Mutant & { readonly breaks: readonly InvariantName[] })[] = [
  {
    title: "believes accusations of an earlier incarnation",
    file: "memberlist/membership/membership.ts",
    from:
      "if (!member || !this.#isTimely(member, claim.incarnation)) return;\n\n    const suspicion",
    to: "if (!member) return;\n\n    const suspicion",
    breaks: ["incarnations never fall"],
  },
  {
    title: "lets an alive claim win with an equal incarnation",
    file: "memberlist/membership/membership.ts",
    from: "if (isOneCount(lead)) return lead > 0;",
    to: "if (isOneCount(lead)) return lead >= 0;",
    breaks: [
      "nobody returns from dead without a higher incarnation",
      "metadata is fixed per incarnation",
    ],
  },
  {
    title: "believes old news about members that it forgot",
    file: "memberlist/membership/membership.ts",
    from: "if (!known && this.#isFromEarlierLife(claim)) return;",
    to: "",
    breaks: ["nobody returns from dead without a higher incarnation", "incarnations never fall"],
  },
  {
    title: "believes that it is suspect itself",
    file: "memberlist/membership/membership.ts",
    from: 'if (member === this.self) {\n      return this.#refuteDoubt("suspect"',
    to: 'if (false) {\n      return this.#refuteDoubt("suspect"',
    breaks: ["self is always alive"],
  },
  {
    title: "obeys an intent that it leaves, though it stays",
    file: "serf/members/intents.ts",
    from: 'if (node === this.#node.config.name && this.#node.state() === "alive") {',
    to: "if (false) {",
    breaks: ["self is always alive"],
  },
  {
    title: "announces other tags under the same incarnation",
    file: "memberlist/membership/membership.ts",
    from:
      "    this.#incarnation = incarnationAfter(this.#incarnation);\n    const claim: Alive = {",
    to: "    this.#incarnation ||= 1;\n    const claim: Alive = {",
    breaks: ["metadata is fixed per incarnation"],
  },
  {
    title: "keeps the payload of an event that it only borrowed",
    file: "serf/events/user_events.ts",
    from: "slot.events.push({ name, payload: payload?.slice() });",
    to: "slot.events.push({ name, payload });",
    breaks: ["an event reaches a handler at most once"],
  },
  {
    title: "sets its Lamport clocks back to what it hears",
    file: "serf/lamport_clock.ts",
    from: "if (seen >= this.#time) this.#time = seen + 1;",
    to: "this.#time = seen + 1;",
    breaks: ["Lamport clocks never fall"],
  },
  {
    title: "does not recognise an event that it hears again",
    file: "serf/events/user_events.ts",
    from: "if (isKnown(slot, { name, payload })) return false;",
    to: "",
    breaks: ["an event reaches a handler at most once"],
  },
  {
    title: "does not recognise a query that it hears again",
    file: "serf/queries/queries.ts",
    from: "if (slot.ids.has(id) || slot.ids.size >= maxQueriesPerSlot) return false;",
    to: "",
    breaks: ["an event reaches a handler at most once"],
  },
  {
    title: "forgets over a restart what it has delivered",
    file: "serf/serf_core.ts",
    from: "this.#events.userEvents.ignoreBefore(eventTime + 1);",
    to: "",
    breaks: ["an event reaches a handler at most once"],
  },
  {
    title: "lets its queues grow",
    file: "serf/serf_lanes.ts",
    from: 'if (lane.length > 2 * this.limit) this.#cut(name, this.limit, "storm");',
    to: "",
    breaks: ["every queue is bounded"],
  },
  {
    title: "does not notice that a leaving member has gone",
    file: "serf/members/member_book.ts",
    from: 'if (status === "leaving") return this.#depart(entry, "left");',
    to: 'if (status === "leaving") return;',
    breaks: ["both layers agree on who is here"],
  },
  {
    title: "never gives up a suspect",
    file: "memberlist/membership/suspicion.ts",
    from: "else this.#expired(this.confirmations);",
    to: "",
    breaks: ["after the faults all agree"],
  },
  {
    title: "never tries failed members again",
    file: "serf/members/reconnector.ts",
    from: "return this.#book.member(gone[random.below(gone.length)]!);",
    to: "return undefined;",
    breaks: ["after the faults all agree"],
  },
  {
    title: "takes members for leaving ever after",
    file: "serf/members/stale_leave_check.ts",
    from: "memberlist.sendUserMessage(address, this.#intents.askToLeave(name));",
    to: "",
    breaks: ["after the faults all agree"],
  },
];

/** Runs histories until one fails, and says which rule it broke and how. */
function findFailure(run: typeof runOrdeal): { rule: string; details: string } | undefined {
  for (let seed = 1; seed <= maxSeeds; seed++) {
    const { failure } = run({ seed });
    if (!failure) continue;
    const rule = "invariant" in failure ? String(failure.invariant) : failure.name;
    return { rule, details: `seed ${seed}: ${failure.stack}` };
  }
  return undefined;
}

for (const mutant of mutants) {
  Deno.test(`a core that ${mutant.title} is caught`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "mutant-" });
    try {
      await writeMutant(folder, mutant);
      const broken: { readonly runOrdeal: typeof runOrdeal } = await import(
        pathToFileURL(`${folder}/sim/ordeal.ts`).href
      );
      const caught = findFailure(broken.runOrdeal);
      ok(caught !== undefined, `${maxSeeds} seeds did not catch it`);
      ok(mutant.breaks.some((rule) => rule === caught.rule), caught.details);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
