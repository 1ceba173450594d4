import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { StartError } from "../../../src/host/errors.ts";
import { membershipConfig } from "../../../src/host/node_options.ts";
import { checkOptions, serfConfig, type SerfOptions } from "../../../src/host/serf_options.ts";
import { profiles } from "../../../src/memberlist/config.ts";

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

Deno.test("serfConfig() takes the host's name and the bound address if nothing else is said", () => {
  const config = serfConfig({}, membershipConfig({}, bound));
  strictEqual(config.name, Deno.hostname());
  deepStrictEqual(config.tags, {});
  strictEqual(config.memberlist.name, config.name);
  deepStrictEqual([...config.memberlist.advertise.ip], [127, 71, 0, 1]);
  strictEqual(config.memberlist.advertise.port, 7777);
  strictEqual(config.memberlist.probeInterval, profiles.lan.probeInterval);
});

Deno.test("serfConfig() lets every setting be overridden, but for name and address", () => {
  const options: SerfOptions = {
    name: "a",
    tags: { role: "web" },
    profile: "wan",
    settings: { eventBuffer: 7 },
    membership: { gossipNodes: 9, name: "other" },
  };
  const config = serfConfig(options, membershipConfig(options, bound));
  deepStrictEqual([config.eventBuffer, config.memberlist.gossipNodes], [7, 9]);
  strictEqual(config.memberlist.probeInterval, profiles.wan.probeInterval);
  deepStrictEqual([config.name, config.memberlist.name], ["a", "a"]);
});

Deno.test("checkOptions() names the first thing that is wrong", () => {
  strictEqual(
    refusal(() => checkOptions({ settings: { protocolVersion: 1 } })),
    "Protocol version '1' too low. Must be in range: [2, 5]",
  );
  strictEqual(refusal(() => checkOptions({ name: "" })), "Node name must not be empty");
  strictEqual(
    refusal(() => checkOptions({ tags: { a: "x".repeat(600) } })),
    "Encoded length of tags exceeds limit of 512 bytes",
  );
  checkOptions({ name: "fine", tags: { a: "x" } });
});
