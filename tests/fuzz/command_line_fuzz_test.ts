import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import {
  filterMatches,
  InvalidFilterError,
  parseEventFilters,
  parseEventHandlers,
} from "../../src/agent/handlers/event_filter.ts";
import { formatGoDuration, parseGoDuration } from "../../src/go/duration.ts";
import { Base64Error, decodeBase64 } from "../../src/go/base64.ts";
import { decodeText, encodeText } from "../../src/bytes/text.ts";
import { durationFlag } from "../../src/cli/duration_flag.ts";
import {
  FlagError,
  integerFlag,
  listFlag,
  parseFlags,
  switchFlag,
  textFlag,
} from "../../src/cli/flags.ts";
import { AllowList } from "../../src/memberlist/allow_list.ts";
import { formatAddress, formatIp, parseAddress, parseIp } from "../../src/ports/address.ts";
import { AddressError, parseRpcAddress } from "../../src/rpc/address.ts";
import { type FuzzTarget, mayThrow, mayThrowPlain, testTarget } from "../support/fuzzing.ts";
import { userEvent } from "../support/snapshot_events.ts";

const flags = {
  isOn: switchFlag("on", ""),
  text: textFlag("text", ""),
  count: integerFlag("n", ""),
  list: listFlag("tag", ""),
  timeout: durationFlag("timeout", ""),
};

const commandLines = [
  "-on\0-text=a b\0-n\x001_000\0-tag=a=b\0-tag\0c=d\0-timeout=1h30m\0rest\0-on",
  "--on=false\0--n=-0x7f\0-timeout\x001.5s\0--\0-text",
  "-n=9223372036854775808\0-h\0-=x\0---\0-unknown=1",
  "1h2m3.5s\x004ms5us6ns\0-1.s\0.5h\x009223372036854775807ns",
  "127.0.0.1:7946\0[::1]:7946\0::ffff:10.0.0.1\0unix:/run/serf.sock\0host:port",
  "10.0.0.0/8\0fd00::/8\0::ffff:1.2.3.4/120\x000/0",
  "user:deploy,member-join=handler.sh\0query:load=a=b\0*=x\0member-failed",
  "MDEyMzQ1Njc4OWFiY2RlZg==\0MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n\0====",
];

export const target: FuzzTarget = {
  name: "command_line",
  seeds: () => commandLines.map(encodeText),
  async check(input) {
    deepStrictEqual(encodeText(decodeText(input)), input.slice());

    const args = decodeText(input).split("\0");
    const parsed = mayThrow([FlagError], () => parseFlags(flags, args));
    if (parsed) {
      ok(Number.isFinite(parsed.values.count));
      ok(Number.isFinite(parsed.values.timeout));
      ok(parsed.rest.length <= args.length);
    }
    for (const arg of args) {
      const duration = mayThrowPlain(() => parseGoDuration(arg));
      if (duration !== undefined) ok(Number.isFinite(duration));
      const address = parseAddress(arg);
      if (address) deepStrictEqual(parseAddress(formatAddress(address)), address);
      AllowList.parse([arg]);
      mayThrow([Base64Error], () => decodeBase64(arg));
      mayThrow([InvalidFilterError], () => parseEventFilters(arg));
      mayThrowPlain(() => parseEventHandlers(arg));
      await parseRpcAddress(arg).catch((error) => {
        if (!(error instanceof AddressError)) throw error;
      });
    }
  },
  properties: {
    "gives back a duration": fc.property(
      fc.integer({ min: 0, max: 1_000_000_000 }),
      fc.constantFrom(0.000_001, 0.001, 1, 1000),
      (count, scale) => {
        const duration = count * scale;
        const again = parseGoDuration(formatGoDuration(duration));
        ok(Math.abs(again - duration) <= 1e-6 + duration * 1e-12, `${duration} became ${again}`);
      },
    ),
    "gives back an address": fc.property(
      fc.oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      ),
      (ip) => {
        const text = formatIp(ip);
        deepStrictEqual(formatIp(parseIp(text) ?? new Uint8Array(0)), text);
      },
    ),
    "gives back a filter": fc.property(
      fc.constantFrom("user", "query"),
      fc.string().filter((name) => !name.includes(",")),
      (type, name) => {
        const [filter] = parseEventFilters(name === "" ? type : `${type}:${name}`);
        deepStrictEqual(filter, { type, name });
        ok(filter && filterMatches(filter, userEvent(1, name)) === (type === "user"));
      },
    ),
    "gives back base64": fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      deepStrictEqual(decodeBase64(bytes.toBase64()), bytes);
    }),
    "gives back integers in any base": fc.property(
      fc.maxSafeInteger(),
      fc.constantFrom([16, "0x"], [8, "0o"], [8, "0"], [2, "0b"], [10, ""] as const),
      (number, [base, prefix]) => {
        const sign = number < 0 ? "-" : "";
        const text = `${sign}${number === 0 ? "" : prefix}${Math.abs(number).toString(base)}`;
        deepStrictEqual(parseFlags(flags, [`-n=${text}`]).values.count, number || 0);
      },
    ),
  },
};

testTarget(target);
