import { strictEqual } from "node:assert/strict";
import { nameProcess } from "../../../src/agent/process_name.ts";

Deno.test("nameProcess() makes the system list this process as serf", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const before = await Deno.readTextFile("/proc/self/comm");
  nameProcess();
  strictEqual(await Deno.readTextFile("/proc/self/comm"), "serf\n");
  await Deno.writeTextFile("/proc/self/comm", before.trim());
});
