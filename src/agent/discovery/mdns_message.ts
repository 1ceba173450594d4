/**
 * DNS messages as mDNS uses them: questions and records in, bytes out, and back
 * (agent.md section 11).
 *
 * A library does the work. What this file adds is distrust: packets come from anybody
 * on the link, so their size and their claims are checked before the library sees them,
 * and whatever it throws becomes an {@linkcode MdnsError}.
 */

import { Buffer } from "node:buffer";
import dnsPacket from "dns-packet";
import { errorText } from "../../ports/error_text.ts";

/** The packet is no DNS message, or one that mDNS does not allow. */
export class MdnsError extends Error {
  override readonly name = "MdnsError";
}

/** One thing asked. Names are without the final dot. */
export interface Question {
  readonly name: string;
  /** `PTR`, `ANY` and so on; `UNKNOWN_n` for types that have no name. */
  readonly type: string;
  /** Whether the class is the Internet's, or any. */
  readonly isInternet: boolean;
  /** Whether the asker wants the answer for itself, with the number of its message. */
  readonly wantsUnicast: boolean;
}

/** One thing known. Names are without the final dot. */
export type ResourceRecord =
  /** A name or an IP address. */
  | { readonly type: "PTR" | "A" | "AAAA"; readonly name: string; readonly data: string }
  | { readonly type: "SRV"; readonly name: string; readonly data: Service }
  | { readonly type: "TXT"; readonly name: string; readonly data: string };

export interface Service {
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/** The largest message that mDNS allows; the time that reading takes grows with it. */
export const maxMessageSize = 9000;
/** A message that claims more questions and records than this is not read. */
export const maxEntries = 256;
/** The longest label of a name, in bytes of UTF-8. */
const maxLabelLength = 63;
/** The longest name, its dots included. */
const maxNameLength = 253;

/** How long others may remember an answer, in seconds. */
const timeToLive = 120;
const headerLength = 12;
const responseBit = 0x80;
/** Opcode, truncation and response code: all must be zero in what mDNS reads. */
const forbiddenFlags = 0x7a0f;
const unicastBit = 0x8000;
/** The Internet's class and any, also with the unicast bit, which the library has no names for. */
const internetClasses = ["IN", "ANY", `UNKNOWN_${unicastBit | 1}`, `UNKNOWN_${unicastBit | 255}`];

/**
 * Reads a message that asks.
 *
 * @returns `undefined` for one that answers: it is not meant for a responder.
 * @throws {MdnsError} if it is unreadable.
 */
export function readQuery(
  packet: Uint8Array,
): { readonly id: number; readonly questions: readonly Question[] } | undefined {
  checkSize(packet);
  if (isResponse(packet)) return undefined;
  const { id, questions } = decode(packet);
  return {
    id,
    questions: questions.map(({ name, type, class: className }) => ({
      name,
      type,
      isInternet: internetClasses.includes(className),
      wantsUnicast: Number(className.replace("UNKNOWN_", "")) >= unicastBit,
    })),
  };
}

/**
 * Reads a message that answers, without records of types that discovery does
 * not use.
 *
 * @returns `undefined` for one that asks.
 * @throws {MdnsError} if it is unreadable.
 */
export function readResponse(packet: Uint8Array): ResourceRecord[] | undefined {
  checkSize(packet);
  if (!isResponse(packet)) return undefined;
  const { answers, additionals } = decode(packet);
  return [...answers, ...additionals].flatMap(toRecord);
}

export function writeQuery(id: number, name: string, type: "PTR"): Uint8Array {
  return dnsPacket.encode({ type: "query", id, questions: [{ name, type }] });
}

/** Writes an answer. Names that {@linkcode isDnsName} refuses would spoil it. */
export function writeResponse(id: number, records: readonly ResourceRecord[]): Uint8Array {
  return dnsPacket.encode({
    type: "response",
    id,
    flags: dnsPacket.AUTHORITATIVE_ANSWER,
    answers: records.map((record) => ({ ...record, ttl: timeToLive })),
  });
}

/** Whether a name can stand in a message: no label is empty or too long, nor is the whole. */
export function isDnsName(name: string): boolean {
  const encoder = new TextEncoder();
  if (encoder.encode(name).length > maxNameLength) return false;
  const lengths = name.split(".").map((label) => encoder.encode(label).length);
  return lengths.every((length) => length > 0 && length <= maxLabelLength);
}

/** Whether two names are the same to DNS, which ignores the case of ASCII letters. */
export function sameName(a: string, b: string): boolean {
  return foldName(a) === foldName(b);
}

/** Returns the form of a name that is equal for all names that DNS takes for the same. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function checkSize(packet: Uint8Array): void {
  if (packet.length < headerLength) throw new MdnsError("shorter than a header");
  if (packet.length > maxMessageSize) throw new MdnsError("longer than mDNS allows");
  const header = new DataView(packet.buffer, packet.byteOffset, headerLength);
  if ((header.getUint16(2) & forbiddenFlags) !== 0) throw new MdnsError("flags that mDNS forbids");
  const counts = [4, 6, 8, 10].map((at) => header.getUint16(at));
  if (counts.reduce((sum, count) => sum + count) > maxEntries) {
    throw new MdnsError("too many questions and records");
  }
}

function isResponse(packet: Uint8Array): boolean {
  return ((packet[2] ?? 0) & responseBit) !== 0;
}

/** What the library, which comes without types, makes of a message. */
interface DecodedMessage {
  readonly id: number;
  /** The class is `IN`, or `UNKNOWN_32769` if the unicast bit is set as well. */
  readonly questions: readonly { name: string; type: string; class: string }[];
  readonly answers: readonly DecodedAnswer[];
  readonly additionals: readonly DecodedAnswer[];
}

type DecodedAnswer =
  | Exclude<ResourceRecord, { readonly type: "TXT" }>
  | { readonly type: "TXT"; readonly name: string; readonly data: readonly Uint8Array[] }
  | { readonly type: "other" };

function decode(packet: Uint8Array): DecodedMessage {
  let message: DecodedMessage;
  try {
    // The library reads Node's buffers only; this one is a view of the same bytes.
    message = dnsPacket.decode(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
  } catch (error) {
    throw new MdnsError(errorText(error), { cause: error });
  }
  // The library takes what is missing at the end for empty.
  if (dnsPacket.decode.bytes > packet.length) throw new MdnsError("cut short");
  return message;
}

function toRecord(answer: DecodedAnswer): ResourceRecord[] {
  const { type } = answer;
  switch (type) {
    case "PTR":
    case "A":
    case "AAAA":
      return [{ type, name: answer.name, data: answer.data }];
    case "SRV":
      return [{ type, name: answer.name, data: answer.data }];
    case "TXT": {
      const texts = answer.data.map((bytes) => new TextDecoder().decode(bytes));
      return [{ type, name: answer.name, data: texts.join("") }];
    }
    default:
      return [];
  }
}
