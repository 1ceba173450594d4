import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { maxLamportTime } from "../../../../src/serf/message_type.ts";
import {
  type QueryResponse,
  readQuery,
  readRelayHeader,
  readResponse,
  writeQuery,
  writeRelayHeader,
  writeResponse,
} from "../../../../src/serf/queries/query_messages.ts";
import { WireError } from "../../../../src/wire/wire_error.ts";
import { queryMessage } from "../../../support/query_parts.ts";

const query = queryMessage({
  filters: [Uint8Array.of(0, 0x90), Uint8Array.of(9)],
  flags: 3,
  relayFactor: 255,
  timeout: 2n ** 62n + 1n,
  name: "ключ\udcff",
  payload: Uint8Array.of(0, 255),
});
const response: QueryResponse = {
  ltime: maxLamportTime,
  id: 0x7fff_ffff,
  from: "a",
  flags: 1,
  payload: undefined,
};
const address = { ip: new Uint8Array(16).fill(1), port: 65535, zone: "eth0" };
const header = { address, name: "a" };

function encode(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter("raw");
  write(writer);
  return writer.copy();
}

const encodedQuery = encode((writer) => writeQuery(writer, query));
const encodedResponse = encode((writer) => writeResponse(writer, response));
const encodedHeader = encode((writer) => writeRelayHeader(writer, header));

Deno.test("readQuery() gives back what writeQuery() wrote", () => {
  deepStrictEqual(readQuery(new MsgpackReader(encodedQuery, 1)), query);
  const negative = queryMessage({ timeout: -1n });
  const message = encode((writer) => writeQuery(writer, negative));
  deepStrictEqual(readQuery(new MsgpackReader(message, 1)), negative);
});

Deno.test("readResponse() gives back what writeResponse() wrote", () => {
  deepStrictEqual(readResponse(new MsgpackReader(encodedResponse, 1)), response);
});

Deno.test("readRelayHeader() stops where the message begins", () => {
  const message = Uint8Array.of(...encodedHeader, 5, 0x80);
  const reader = new MsgpackReader(message, 1);
  deepStrictEqual(readRelayHeader(reader), header);
  deepStrictEqual(reader.takeRest(), Uint8Array.of(5, 0x80));
});

Deno.test("readQuery(), readResponse() and readRelayHeader() throw WireError on truncated input", () => {
  const readers = [
    [encodedQuery, readQuery],
    [encodedResponse, readResponse],
    [encodedHeader, readRelayHeader],
  ] as const;
  for (const [message, read] of readers) {
    for (let length = 1; length < message.length; length++) {
      const reader = new MsgpackReader(message, 1, length);
      throws(() => read(reader), WireError, `${read.name}, ${length} bytes`);
    }
  }
});

Deno.test("readQuery() and readResponse() refuse times beyond the limit", () => {
  const late = { ltime: maxLamportTime + 1 };
  const lateQuery = encode((writer) => writeQuery(writer, { ...query, ...late }));
  throws(() => readQuery(new MsgpackReader(lateQuery, 1)), WireError);
  const lateResponse = encode((writer) => writeResponse(writer, { ...response, ...late }));
  throws(() => readResponse(new MsgpackReader(lateResponse, 1)), WireError);
});

Deno.test("readQuery() fills in what is missing", () => {
  const { ltime, name, timeout, filters, payload } = readQuery(
    new MsgpackReader(Uint8Array.of(4, 0x80), 1),
  );
  deepStrictEqual([ltime, name, timeout, filters, payload], [0, "", 0n, [], undefined]);
});

Deno.test("readQuery() never lets a filter beyond its limit go unheeded", () => {
  const filters = Array.from({ length: 1025 }, () => Uint8Array.of(0, 0x91, 0xa1, 0x61));
  const message = encode((writer) => writeQuery(writer, queryMessage({ filters })));
  const read = readQuery(new MsgpackReader(message, 1));
  strictEqual(read.filters.length, 1024);
  strictEqual(read.filters[0]!.length, 0);
});
