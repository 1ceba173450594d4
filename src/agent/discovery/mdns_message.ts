/**
 * DNS messages as mDNS uses them: questions and records in, bytes out, and back
 * (agent.md section 11).
 *
 * The work is done by a library that is loaded when discovery is wanted. What
 * this file adds is distrust: packets come from anybody on the link, so their
 * size and their claims are checked before the library sees them, and whatever it
 * throws at is a {@linkcode MdnsError}.
 */

/** The packet is no DNS message, or one that mDNS does not allow. */
export class MdnsError extends Error {
  override readonly name = "MdnsError";
}

/** One thing asked. Names are without the final dot. */
export interface Question {
  readonly name: string;
  /** `PTR`, `ANY` and so on; `UNKNOWN_n` for types nobody knows. */
  readonly type: string;
  /** Whether the class is the Internet's, or any. */
  readonly isInternet: boolean;
  /** Whether the asker wants the answer for itself, with the number of its message. */
  readonly wantsUnicast: boolean;
}

/** A message that asks. */
export interface QueryMessage {
  readonly id: number;
  readonly questions: readonly Question[];
}

/** One thing known. Names are without the final dot. */
export type ResourceRecord =
  | { readonly type: "PTR"; readonly name: string; readonly target: string }
  | { readonly type: "SRV"; readonly name: string; readonly target: string; readonly port: number }
  | { readonly type: "TXT"; readonly name: string; readonly text: string }
  | { readonly type: "A" | "AAAA"; readonly name: string; readonly ip: string };

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
const unicastBit = 0x8000;
const internetClass = 1;
const anyClass = 255;
/** Opcode, truncation and response code: all must be zero in what mDNS reads. */
const forbiddenFlags = 0x7a0f;
const authoritative = 1 << 10;

/** Reads and writes messages. */
export class MdnsMessages {
  readonly #library: DnsLibrary;
  readonly #bufferOf: (bytes: Uint8Array) => Uint8Array;

  private constructor(library: DnsLibrary, bufferOf: (bytes: Uint8Array) => Uint8Array) {
    this.#library = library;
    this.#bufferOf = bufferOf;
  }

  /** Loads the library. */
  static async load(): Promise<MdnsMessages> {
    const [{ default: library }, { Buffer }] = await Promise.all([
      import("dns-packet"),
      import("node:buffer"),
    ]);
    // The library reads Node's buffers only; this one is a view of the same bytes.
    const bufferOf = (bytes: Uint8Array) => {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    };
    return new MdnsMessages(library, bufferOf);
  }

  /**
   * Reads a message that asks.
   *
   * @returns `undefined` for one that answers: it is not meant for a responder.
   * @throws {MdnsError} if it is unreadable.
   */
  readQuery(packet: Uint8Array): QueryMessage | undefined {
    checkSize(packet);
    if (isResponse(packet)) return undefined;
    const { id, questions } = this.#decode(packet);
    return { id, questions: questions.map(toQuestion) };
  }

  /**
   * Reads a message that answers, without records of types that discovery does
   * not use.
   *
   * @returns `undefined` for one that asks.
   * @throws {MdnsError} if it is unreadable.
   */
  readResponse(packet: Uint8Array): ResourceRecord[] | undefined {
    checkSize(packet);
    if (!isResponse(packet)) return undefined;
    const { answers, additionals } = this.#decode(packet);
    return [...answers, ...additionals].flatMap((answer) => toRecord(answer) ?? []);
  }

  /** Writes a message with one question. */
  writeQuery(id: number, name: string, type: "PTR"): Uint8Array {
    return this.#library.encode({ type: "query", id, questions: [{ name, type }] });
  }

  /** Writes an answer. Names that {@linkcode isDnsName} refuses would spoil it. */
  writeResponse(id: number, records: readonly ResourceRecord[]): Uint8Array {
    return this.#library.encode({
      type: "response",
      id,
      flags: authoritative,
      answers: records.map(fromRecord),
    });
  }

  #decode(packet: Uint8Array): DecodedMessage {
    const { decode } = this.#library;
    let message: DecodedMessage;
    try {
      message = decode(this.#bufferOf(packet));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new MdnsError(reason, { cause: error });
    }
    // The library takes what is missing at the end for empty.
    if (decode.bytes > packet.length) throw new MdnsError("cut short");
    return message;
  }
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

/** What the library makes of a message. */
interface DecodedMessage {
  readonly id: number;
  readonly questions: readonly DecodedQuestion[];
  readonly answers: readonly DecodedAnswer[];
  readonly additionals: readonly DecodedAnswer[];
}

interface DecodedQuestion {
  readonly name: string;
  readonly type: string;
  /** `IN`, or `UNKNOWN_32769` if the unicast bit is set as well. */
  readonly class: string;
}

interface DecodedAnswer {
  readonly name: string;
  readonly type: string;
  /** Its shape depends on the type. */
  readonly data?: unknown;
}

/** The part of the library that is used; it comes without types. */
interface DnsLibrary {
  readonly decode: {
    (packet: Uint8Array): DecodedMessage;
    /** How many bytes the last message had, by what it claims. */
    readonly bytes: number;
  };
  encode(message: Readonly<Record<string, unknown>>): Uint8Array;
}

const classNumbers: ReadonlyMap<string, number> = new Map([["IN", internetClass], [
  "ANY",
  anyClass,
]]);

function toQuestion({ name, type, class: className }: DecodedQuestion): Question {
  const number = classNumbers.get(className) ?? Number(/^UNKNOWN_(\d+)$/.exec(className)?.[1] ?? 0);
  const plain = number & ~unicastBit;
  return {
    name,
    type,
    isInternet: plain === internetClass || plain === anyClass,
    wantsUnicast: (number & unicastBit) !== 0,
  };
}

function toRecord({ name, type, data }: DecodedAnswer): ResourceRecord | undefined {
  switch (type) {
    case "PTR":
      return typeof data === "string" ? { type, name, target: data } : undefined;
    case "A":
    case "AAAA":
      return typeof data === "string" ? { type, name, ip: data } : undefined;
    case "SRV": {
      const { target, port } = fieldsOf(data);
      const isWhole = typeof target === "string" && typeof port === "number";
      return isWhole ? { type, name, target, port } : undefined;
    }
    case "TXT": {
      const texts = Array.isArray(data) ? data : [];
      return { type, name, text: texts.map(decodeText).join("") };
    }
    default:
      return undefined;
  }
}

function fieldsOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null ? { ...data } : {};
}

function decodeText(bytes: unknown): string {
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : "";
}

function fromRecord(record: ResourceRecord): Readonly<Record<string, unknown>> {
  return { name: record.name, type: record.type, ttl: timeToLive, data: dataOf(record) };
}

function dataOf(record: ResourceRecord): unknown {
  switch (record.type) {
    case "PTR":
      return record.target;
    case "SRV":
      return { priority: 10, weight: 1, port: record.port, target: record.target };
    case "TXT":
      return record.text;
    default:
      return record.ip;
  }
}
