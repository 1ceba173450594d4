/** `serf simulate`: what a cluster would do, without one: many nodes in one process, in virtual time. */

import type { Milliseconds } from "../../ports/clock.ts";
import type { SimulationOptions } from "../../sim/simulation.ts";
import { CommandFailure, defineCommand } from "../command.ts";
import { durationFlag } from "../duration_flag.ts";
import { type Flag, FlagValueError, integerFlag, switchFlag, textFlag } from "../flags.ts";
import { formatJson } from "../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

/** A flag with a share, from 0 to 1 or as a percentage. */
function shareFlag(name: string, about: string): Flag<number> {
  return {
    spellings: [{ name, hint: "=<share>", about }],
    isSwitch: false,
    initial: 0,
    read: (text) => {
      const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
      const share = match ? Number(match[1]) / (match[2] === "%" ? 100 : 1) : NaN;
      if (share >= 0 && share <= 1) return share;
      throw new FlagValueError("a share such as 0.05 or 5% is needed");
    },
  };
}

function countFlag(name: string, initial: number, about: string) {
  return integerFlag({ name, hint: "=<count>", about, initial });
}

function timeFlag(name: string, initial: Milliseconds, about: string) {
  return durationFlag({ name, hint: "=<time>", about, initial });
}

/** The `simulate` command. */
export const simulate = defineCommand({
  name: "simulate",
  usage: "[options]",
  example: "serf simulate -members=200 -crash=5 -loss=5%",
  about: [
    "Runs a whole cluster in virtual time, in this process and without any network, and tells " +
    "how soon it agrees, how soon it notices crashes, how much it sends and how fast events " +
    "spread. The same options and the same seed always give the same history. The last line says " +
    "what it cost this process, which holds a list of all members for each member.",
  ],
  flags: {
    members: countFlag("members", 100, "How many members there are. Default is 100."),
    seed: countFlag("seed", 1, "Decides all that chance decides. Default is 1."),
    profile: textFlag({
      name: "profile",
      hint: "=<name>",
      about: 'The pace of gossip: "lan" (the default), "wan" or "local".',
      initial: "lan",
      offers: ["lan", "wan", "local"],
    }),
    duration: timeFlag("duration", 60_000, "How long the cluster lives once it has formed."),
    latency: timeFlag("latency", 0.5, "The shortest way of a packet; it may take twice as long."),
    loss: shareFlag("loss", "How many of all packets are lost."),
    duplicate: shareFlag("duplicate", "How many of all packets arrive twice."),
    partition: timeFlag("partition", 0, "For how long two halves do not reach each other."),
    crash: countFlag("crash", 0, "How many members are killed at once and stay down."),
    restart: countFlag("restart", 0, "How many others are killed and started again."),
    slow: countFlag("slow", 0, "How many members take 20 ms for whatever they do."),
    events: countFlag("events", 1, "How many user events are fired each second. Default is 1."),
    trace: switchFlag({
      name: "trace",
      hint: "",
      about: "Print what happens to every member.",
      initial: false,
    }),
    format: formatFlag,
  },
  async run(flags, _args, { terminal }) {
    const format = requireOutputFormat(flags.format);
    const { judgeSimulation, profileNamed, simulate } = await import("../../sim/simulation.ts");
    const profile = profileNamed(flags.profile);
    if (!profile) throw new CommandFailure(`Unknown profile: ${flags.profile}`);
    const options: SimulationOptions = {
      members: flags.members,
      seed: flags.seed,
      profile,
      duration: flags.duration,
      latency: flags.latency,
      loss: flags.loss,
      duplication: flags.duplicate,
      partition: flags.partition,
      crashes: flags.crash,
      restarts: flags.restart,
      slow: flags.slow,
      eventsPerSecond: flags.events,
      ...(flags.trace && { onLine: (line: string) => terminal.print(line) }),
    };
    const problem = judgeSimulation(options);
    if (problem !== undefined) throw new CommandFailure(`Cannot simulate: ${problem}`);

    const { processCost } = await import("../process_cost.ts");
    const before = processCost();
    const report = simulate(options);
    const { cpuTime, peakMemory } = processCost();
    const cost = {
      cpuTime: cpuTime - before.cpuTime,
      peakMemory,
      bytesPerPair: (peakMemory - before.peakMemory) / flags.members ** 2,
    };
    if (format === "json") {
      const detection = report.detection && { ...report.detection };
      const delivery = report.delivery && { ...report.delivery };
      terminal.print(formatJson({ ...report, detection, delivery, cost }));
    } else {
      const { describeCost, describeSimulation } = await import("../../sim/simulation_text.ts");
      terminal.print([...describeSimulation(report), describeCost(cost)].join("\n"));
    }
    return report.joinedAfter === undefined || report.agreedAfter === undefined ? 1 : 0;
  },
});
