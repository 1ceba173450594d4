/** What the log and the meter say about the facts of the membership layer. */

import { formatAddress } from "../ports/address.ts";
import type { Meter } from "../ports/meter.ts";
import type { LogEntry, Narration } from "../ports/narrator.ts";
import type { MembershipFact } from "../ports/observer.ts";

/** Returns the words for facts, as the node named `self` says them. */
export function membershipNarration(self: string): Narration<MembershipFact> {
  return {
    entryOf: (fact) =>
      probeEntry(fact) ?? accusationEntry(fact, self) ?? refusalEntry(fact) ?? exchangeEntry(fact),
    measure,
  };
}

function probeEntry(fact: MembershipFact): LogEntry | undefined {
  switch (fact.type) {
    case "probe-void": {
      const message = `Probe of ${fact.member} says nothing, because this node did not run`;
      return { level: "warn", message, fields: { member: fact.member } };
    }
    case "probe-answered": {
      if (fact.path !== "stream") return undefined;
      const message = `Was able to connect to ${fact.member} over TCP but UDP probes failed, ` +
        "network may be misconfigured";
      return { level: "warn", message, fields: { member: fact.member } };
    }
    case "probe-failed": {
      const message = `Suspect ${fact.member} has failed, no acks received`;
      return { level: "info", message, fields: { member: fact.member } };
    }
    default:
      return undefined;
  }
}

/** What this node found out itself is logged as a probe or a suspicion. */
function accusationEntry(fact: MembershipFact, self: string): LogEntry | undefined {
  switch (fact.type) {
    case "suspected":
    case "declared-failed": {
      const { by, member } = fact;
      if (by === self) return undefined;
      const what = fact.type === "suspected"
        ? `Suspect ${member} may have failed`
        : `Marking ${member} as failed`;
      const fields = { member, from: by };
      return { level: "info", message: `${what}, as ${by} says`, fields };
    }
    case "suspicion-expired": {
      const { confirmations, member } = fact;
      const message = `Marking ${member} as failed, suspect timeout reached ` +
        `(${confirmations} peer confirmations)`;
      return { level: "info", message, fields: { member, confirmations } };
    }
    case "refuting":
      return { level: "warn", message: `Refuting a ${fact.claim} message (from: ${fact.by})` };
    case "refuting-alive": {
      const claim = `${formatAddress(fact.address)}, incarnation ${fact.incarnation}`;
      return {
        level: "warn",
        message: `Refuting an alive message for '${fact.member}' (${claim})`,
      };
    }
    default:
      return undefined;
  }
}

function refusalEntry(fact: MembershipFact): LogEntry | undefined {
  const message = refusal(fact);
  if (message === undefined) return undefined;
  // Budgets go by these: a peer is heard of once a minute for each kind.
  return { level: "warn", message, fields: { peer: refusedPeer(fact), kind: reasonOf(fact) } };
}

function refusal(fact: MembershipFact): string | undefined {
  switch (fact.type) {
    case "name-contested":
      return `Conflicting address for ${fact.member}. Mine: ${formatAddress(fact.mine)} ` +
        `Theirs: ${formatAddress(fact.theirs)} Old state: ${fact.state}`;
    case "claim-refused":
      return `Ignoring an alive message for '${fact.member}': ${fact.detail}`;
    case "incarnation-refused":
      return `Ignoring a claim about '${fact.member}': incarnation ${fact.claimed} is of another ` +
        `count than ${fact.known}`;
    case "message-refused": {
      const what = fact.over === "packet" ? "Dropping a message" : "Refusing a stream";
      return `${what}: ${fact.detail} from=${formatAddress(fact.from)}`;
    }
    case "stream-ended":
      return fact.detail;
    case "network-refused":
      return `Refusing a message: its sender is in no allowed network from=${fact.from.host}`;
    case "ping-misdirected":
      return `Got ping for unexpected node '${fact.meant}' from=${formatAddress(fact.from)}`;
    default:
      return undefined;
  }
}

/** The short stable code of a refusal, which its counter is named after. */
function reasonOf(fact: MembershipFact): string | undefined {
  switch (fact.type) {
    case "name-contested":
      return "conflict";
    case "claim-refused":
      return "claim";
    case "incarnation-refused":
      return "incarnation";
    case "message-refused":
    case "stream-ended":
      return fact.reason;
    case "network-refused":
      return "network";
    case "ping-misdirected":
      return "wrong-node";
    default:
      return undefined;
  }
}

function refusedPeer(fact: MembershipFact): string | undefined {
  switch (fact.type) {
    case "message-refused":
      // Every stream of a host comes from another port.
      return fact.over === "packet" ? formatAddress(fact.from) : fact.from.host;
    case "network-refused":
      return fact.from.host;
    case "stream-ended":
      return fact.host;
    case "ping-misdirected":
      return formatAddress(fact.from);
    case "name-contested":
    case "claim-refused":
    case "incarnation-refused":
      return fact.member;
    default:
      return undefined;
  }
}

function exchangeEntry(fact: MembershipFact): LogEntry | undefined {
  switch (fact.type) {
    case "exchange-begun": {
      const peer = `${fact.member} ${formatAddress(fact.address)}`;
      return { level: "debug", message: `Initiating push/pull sync with: ${peer}` };
    }
    case "exchange-done": {
      const { error, member } = fact;
      // Who joins hears of a failure itself.
      if (error === undefined || member === undefined) return undefined;
      return { level: "error", message: `Push/Pull with ${member} failed: ${error}` };
    }
    case "merge-refused": {
      const peer = formatAddress(fact.from);
      return { level: "error", message: `Push/pull merge failed: ${fact.error} from=${peer}` };
    }
    default:
      return undefined;
  }
}

function measure(fact: MembershipFact, meter: Meter): void {
  switch (fact.type) {
    case "probe-sent":
      if (fact.health > 0) meter.count("memberlist.degraded.probe", 1);
      return;
    case "probe-answered":
    case "probe-failed":
    case "probe-void":
      return meter.sample("memberlist.probeNode", fact.took);
    case "suspicion-expired":
      if (fact.confirmations < fact.expected) meter.count("memberlist.degraded.timeout", 1);
      return;
    case "health-changed":
      return meter.gauge("memberlist.health.score", fact.score);
    default: {
      const reason = reasonOf(fact);
      if (reason !== undefined) meter.count(`memberlist.rejected.${reason}`, 1);
    }
  }
}
