/**
 * What a handler script is told about an event: variables and standard input
 * (agent.md sections 10.3 and 10.4).
 */

import { concatenate } from "../../bytes/concatenate.ts";
import { slicesOf } from "../../bytes/steps.ts";
import { encodeText } from "../../bytes/text.ts";
import type { MemberEvent, QueryEvent, SerfEvent, UserEvent } from "../../serf/event.ts";
import type { SerfMember } from "../../serf/member.ts";
import type { ScriptRun } from "./script_runner.ts";

type Invocation = Pick<ScriptRun, "environment" | "input">;

/** Prepares a script run for an event that `self` received. */
export function describeInvocation(event: SerfEvent, self: SerfMember): Invocation {
  return { environment: environmentOf(event, self), input: inputOf(event) };
}

function environmentOf(event: SerfEvent, self: SerfMember): Record<string, string> {
  const variables: Record<string, string> = {
    SERF_EVENT: event.type,
    SERF_SELF_NAME: self.name,
    SERF_SELF_ROLE: self.tags["role"] ?? "",
  };
  for (const [key, value] of Object.entries(self.tags)) {
    variables[`SERF_TAG_${variableName(key)}`] = value;
  }
  if (event.type === "user") {
    variables["SERF_USER_EVENT"] = event.name;
    variables["SERF_USER_LTIME"] = String(event.ltime);
  }
  if (event.type === "query") {
    variables["SERF_QUERY_NAME"] = event.name;
    variables["SERF_QUERY_LTIME"] = String(event.ltime);
  }
  return variables;
}

/** Upper case; every character outside A to Z, 0 to 9 and `_` becomes `_`. */
function variableName(key: string): string {
  const upper = Array.from(key, (character) => character.toUpperCase());
  return upper.map((character) => /^[A-Z0-9_]$/.test(character) ? character : "_").join("");
}

function inputOf(event: SerfEvent): Iterable<Uint8Array> {
  const isPayload = event.type === "user" || event.type === "query";
  return isPayload ? [payloadLines(event)] : memberLines(event);
}

function payloadLines(event: UserEvent | QueryEvent): Uint8Array {
  const payload = event.payload ?? new Uint8Array(0);
  const newline = 0x0a;
  if (payload.length === 0 || payload.at(-1) === newline) return payload;
  return concatenate([payload, Uint8Array.of(newline)]);
}

/** A join of thousands makes a long text, which is not made in one turn. */
function* memberLines({ members }: MemberEvent): Generator<Uint8Array> {
  for (const slice of slicesOf(members)) {
    yield encodeText(slice.map((member) => `${memberLine(member)}\n`).join(""));
  }
}

/** Name, address, role and tags, separated by tabs. */
function memberLine(member: SerfMember): string {
  const tags = Object.keys(member.tags).sort().map((key) => `${key}=${member.tags[key]}`);
  return [
    escapeBlanks(member.name),
    member.address.host,
    escapeBlanks(member.tags["role"] ?? ""),
    escapeBlanks(tags.join(",")),
  ].join("\t");
}

/** Keeps one member on one line and its fields apart. */
function escapeBlanks(text: string): string {
  return text.replaceAll("\t", "\\t").replaceAll("\n", "\\n");
}
