import { ok, rejects, strictEqual } from "node:assert/strict";
import { StartError } from "../../../src/host/errors.ts";
import { openTransport } from "../../../src/host/open_transport.ts";
import { silentLog, silentMeter } from "../../../src/ports/silence.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";

const ports = { clock: new SimClock(), log: silentLog, meter: silentMeter };

Deno.test("openTransport() listens where it is told to, on a free port if that is 0", async () => {
  const transport = openTransport({ bind: { host: "127.71.5.1", port: 0 } }, ports);
  strictEqual(transport.address.host, "127.71.5.1");
  ok(transport.address.port > 0);
  await transport.close();
});

Deno.test("openTransport() throws a StartError for an address that is taken", async () => {
  const transport = openTransport({ bind: { host: "127.71.5.2", port: 0 } }, ports);
  try {
    const again = async () => {
      await openTransport({ bind: transport.address }, ports).close();
    };
    await rejects(
      again(),
      (error) =>
        error instanceof StartError && error.message.startsWith("Failed to create memberlist: ") &&
        error.message.endsWith("bind: address already in use"),
    );
  } finally {
    await transport.close();
  }
});
