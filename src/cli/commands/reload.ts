/** `serf reload`: the agent reads its configuration again, as at SIGHUP, and tells what came of it. */

import { reloadedSentence, restartSentence } from "../../agent/reload_sentences.ts";
import { formatJson } from "../../go/json_writer.ts";
import { agentFlags, attempt, connectToAgent, orUnknown } from "../agent_connection.ts";
import { defineCommand } from "../command.ts";
import { formatFlag, requireOutputFormat } from "../output/output_format.ts";

const unlessOurs = orUnknown(
  "Error reloading: the agent cannot be asked to reload (HashiCorp's cannot): SIGHUP makes it " +
    "read its configuration again, and its log tells what came of it",
);

export const reload = defineCommand({
  name: "reload",
  example: "serf reload",
  about: [
    "Makes the agent read its configuration files again, as SIGHUP does, and tells which settings " +
    "changed, which wait for a restart, and what is wrong. The exit status is 1 if anything is: " +
    "what could not be applied stays as it was.",
    "Flags count as they were given when the agent was started.",
  ],
  flags: { format: formatFlag, ...agentFlags },
  async run({ format: formatName, ...flags }, _args, context) {
    const { terminal } = context;
    const format = requireOutputFormat(formatName);
    using agent = await connectToAgent(flags, context);
    const record = await attempt("Error reloading", agent.reload().catch(unlessOurs));
    const { changed, waiting, warnings, problems } = record;
    if (format === "json") {
      terminal.print(formatJson({ changed, waiting, warnings, problems }));
    } else {
      const told = [reloadedSentence(record), restartSentence(record), ...warnings, ...problems];
      const sentences = told.filter((sentence) => sentence !== undefined);
      terminal.print(sentences.length === 0 ? "Nothing changed" : sentences.join("\n"));
    }
    return problems.length === 0 ? 0 : 1;
  },
});
