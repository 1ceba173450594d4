import assert from "node:assert/strict";
import { simulate } from "../../../../../src/cli/commands/local/simulate.ts";
import { RecordedContext } from "../../../../support/command_context.ts";

const costLine =
  / +cost +\d+(\.\d+)? m?s of the processor, \d+ MB at most, -?\d+ bytes for each .*\n$/;

async function run(...args: string[]) {
  const context = new RecordedContext();
  const code = await simulate.execute(args, context);
  return { code, stdout: context.stdout, stderr: context.stderr };
}

Deno.test("simulate prints what it measured, the same for the same seed", async () => {
  const args = ["-members=6", "-duration", "10s", "-loss=5%", "-seed=9"];
  const first = await run(...args);
  assert.equal(first.code, 0);
  assert.match(first.stdout, /^6 members, profile lan, 10 s, seed 9\n/);
  assert.match(first.stdout, costLine);
  const history = first.stdout.replace(costLine, "");
  assert.match(history, /trace hash +[0-9a-f]{16}\n$/);
  assert.equal((await run(...args)).stdout.replace(costLine, ""), history);
});

Deno.test("simulate -trace prints what happens, -format=json one object", async () => {
  const traced = await run("-members=3", "-duration=1s", "-trace");
  assert.match(traced.stdout, /^ +1\.000 node-0 +member-join node-0\n/);
  const { stdout } = await run("-members=3", "-duration=1s", "-format=json");
  const report = JSON.parse(stdout);
  assert.deepEqual([report.members, report.eventsFired, report.detection], [3, 1, null]);
  assert.ok(report.joinPackets > 0 && report.joinBytes > 28 * report.joinPackets);
  assert.ok(report.cost.peakMemory > 1e7 && report.cost.cpuTime >= 0);
});

Deno.test("simulate says what it cannot do, and fails", async () => {
  assert.deepEqual(await run("-members=0"), {
    code: 1,
    stdout: "Cannot simulate: members has to be a whole number from 1 to 65536, not 0\n",
    stderr: "",
  });
  assert.match((await run("-profile=moon")).stdout, /^Unknown profile: moon\n/);
  assert.match((await run("-loss=2")).stderr, /a share such as 0\.05 or 5% is needed/);
  assert.match(
    (await run("extra")).stdout,
    /^This command takes no arguments, but there is 'extra'\.\n/,
  );
});
