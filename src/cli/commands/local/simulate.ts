/** `serf simulate`: many nodes in one process, in virtual time and without a network. */

import { CommandFailure, defineCommand } from "../../command.ts";
import { durationFlag } from "../../duration_flag.ts";
import { flagKind, FlagValueError, integerFlag, switchFlag, textFlag } from "../../flags.ts";
import { formatJson } from "../../../go/json_writer.ts";
import { formatFlag, requireOutputFormat } from "../../output/output_format.ts";

/** A flag with a share, from 0 to 1 or as a percentage. */
const shareFlag = flagKind(0, (text) => {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
  const share = match ? Number(match[1]) / (match[2] === "%" ? 100 : 1) : NaN;
  if (share >= 0 && share <= 1) return share;
  throw new FlagValueError("a share such as 0.05 or 5% is needed");
});

export const simulate = defineCommand({
  name: "simulate",
  example: "serf simulate -members=200 -crash=5 -loss=5%",
  about: [
    "Runs a whole cluster in virtual time, in this process and without any network, and tells " +
    "how soon it agrees, how soon it notices crashes, how much it sends and how fast events " +
    "spread. The same options and the same seed always give the same history. The last line says " +
    "what it cost this process, which holds a list of all members for each member.",
  ],
  flags: {
    // The names are those of the simulation's options.
    members: integerFlag("members=<count>", "How many members there are. Default is 100.", {
      initial: 100,
    }),
    seed: integerFlag("seed=<count>", "Decides all that chance decides. Default is 1.", {
      initial: 1,
    }),
    profile: textFlag(
      "profile=<name>",
      'The pace of gossip: "lan" (the default), "wan" or "local".',
      { initial: "lan", offers: ["lan", "wan", "local"] },
    ),
    duration: durationFlag("duration=<time>", "How long the cluster lives once it has formed.", {
      initial: 60_000,
    }),
    latency: durationFlag(
      "latency=<time>",
      "The shortest way of a packet; it may take twice as long.",
      { initial: 0.5 },
    ),
    loss: shareFlag("loss=<share>", "How many of all packets are lost."),
    duplication: shareFlag("duplicate=<share>", "How many of all packets arrive twice."),
    partition: durationFlag(
      "partition=<time>",
      "For how long two halves do not reach each other.",
    ),
    crashes: integerFlag(
      "crash=<count>",
      "How many members are killed at once and stay down.",
    ),
    restarts: integerFlag("restart=<count>", "How many others are killed and started again."),
    slow: integerFlag("slow=<count>", "How many members take 20 ms for whatever they do."),
    eventsPerSecond: integerFlag(
      "events=<count>",
      "How many user events are fired each second. Default is 1.",
      { initial: 1 },
    ),
    trace: switchFlag("trace", "Print what happens to every member."),
    format: formatFlag,
  },
  async run({ format: formatName, trace, profile: profileName, ...given }, _args, { terminal }) {
    const format = requireOutputFormat(formatName);
    const { judgeSimulation, profileNamed, simulate } = await import("../../../sim/simulation.ts");
    const profile = profileNamed(profileName);
    if (!profile) throw new CommandFailure(`Unknown profile: ${profileName}`);
    const options = { ...given, profile, ...(trace && { onLine: terminal.print }) };
    const problem = judgeSimulation(options);
    if (problem !== undefined) throw new CommandFailure(`Cannot simulate: ${problem}`);

    const { processCost } = await import("../../process_cost.ts");
    const before = processCost();
    const report = simulate(options);
    const { cpuTime, peakMemory } = processCost();
    const cost = {
      cpuTime: cpuTime - before.cpuTime,
      peakMemory,
      bytesPerPair: (peakMemory - before.peakMemory) / options.members ** 2,
    };
    if (format === "json") {
      terminal.print(formatJson({ ...report, cost }));
    } else {
      const { describeCost, describeSimulation } = await import("../../../sim/simulation_text.ts");
      terminal.print([...describeSimulation(report), describeCost(cost)].join("\n"));
    }
    return report.joinedAfter === undefined || report.agreedAfter === undefined ? 1 : 0;
  },
});
