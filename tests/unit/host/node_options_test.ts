import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { StartError } from "../../../src/host/errors.ts";
import {
  membershipConfig,
  type NodeOptions,
  profileNames,
  readKeys,
  warnIfExposed,
  warnIfUnheard,
} from "../../../src/host/node_options.ts";
import { Keyring } from "../../../src/memberlist/keyring.ts";
import { parseIp } from "../../../src/ports/address.ts";
import { RecordingLog } from "../../support/recorders.ts";

const bound = { host: "127.71.0.1", port: 7777 };

function refusal(action: () => unknown): string {
  let message = "";
  throws(action, (error) => {
    if (!(error instanceof StartError)) return false;
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("membershipConfig() advertises what it is told to, on the usual port if none is named", () => {
  const advertised = (advertise: NodeOptions["advertise"]) =>
    membershipConfig({ ...(advertise && { advertise }) }, bound).advertise;
  deepStrictEqual(advertised({ host: "192.0.2.9" }), { ip: parseIp("192.0.2.9"), port: 7946 });
  deepStrictEqual(advertised({ host: "2001:db8::1", port: 1 }), {
    ip: parseIp("2001:db8::1"),
    port: 1,
  });
  strictEqual(
    refusal(() => advertised({ host: "example.com" })),
    "Failed to create memberlist: failed to get final advertise address: " +
      'failed to parse advertise address "example.com"',
  );
});

Deno.test("membershipConfig() knows the pace before there is an address", () => {
  strictEqual(membershipConfig({ profile: "local" }).tcpTimeout, 1000);
  strictEqual(membershipConfig({ membership: { tcpTimeout: 5 } }).tcpTimeout, 5);
  deepStrictEqual(profileNames.map((profile) => membershipConfig({ profile }).gossipInterval), [
    200,
    500,
    100,
  ]);
});

Deno.test("readKeys() builds a ring, none for no keys, and refuses odd ones", () => {
  const key = new Uint8Array(16).fill(1);
  strictEqual(readKeys(undefined), undefined);
  strictEqual(readKeys([]), undefined);
  strictEqual(readKeys([key])?.keys.length, 1);
  strictEqual(
    refusal(() => readKeys([key, new Uint8Array(3)])),
    "Failed to create memberlist: key size must be 16, 24 or 32 bytes",
  );
});

Deno.test("warnIfUnheard() warns of an advertised address that the sockets do not hear", () => {
  const lines = (advertise: string, host: string) => {
    const log = new RecordingLog();
    const bound = { host, port: 7946 };
    const config = membershipConfig({ advertise: { host: advertise } }, bound);
    warnIfUnheard(config, bound, log);
    return log.lines;
  };
  deepStrictEqual(lines("fd00::1", "10.0.0.1"), [
    "warn memberlist: Advertising fd00::1, but 10.0.0.1 hears no IPv6: " +
    "members reach this node only if something in between translates",
  ]);
  strictEqual(lines("10.0.0.9", "::1").length, 1);
  strictEqual(lines("::ffff:10.0.0.9", "::1").length, 1);
  deepStrictEqual(lines("10.0.0.9", "0.0.0.0"), []);
  deepStrictEqual(lines("10.0.0.9", "127.0.0.1"), []);
  deepStrictEqual(lines("fd00::1", "::"), []);
});

Deno.test("warnIfExposed() warns of public addresses without encryption, and of no others", () => {
  const lines = (address: string, keyring?: Keyring) => {
    const log = new RecordingLog();
    warnIfExposed(parseIp(address)!, keyring, log);
    return log.lines;
  };
  const warning = ["warn memberlist: Binding to public address without encryption!"];
  for (const address of ["8.8.8.8", "2600::1", "::ffff:8.8.8.8"]) {
    deepStrictEqual(lines(address), warning, address);
  }
  for (const address of ["127.0.0.1", "10.1.2.3", "169.254.1.1", "::1", "fe80::1", "fd00::1"]) {
    deepStrictEqual(lines(address), [], address);
  }
  const ring = Keyring.from([new Uint8Array(16)]);
  ok(ring.ok);
  deepStrictEqual(lines("8.8.8.8", ring.value), []);
});
