/**
 * The manual page `serf(1)`, from the same table of commands and flags as the help.
 *
 *     deno run -A scripts/man_page.ts > serf.1
 */

import type { HelpText } from "../src/cli/command.ts";
import { commandTable } from "../src/cli/command_table.ts";
import { VERSION } from "../src/agent/version.ts";

/** Returns the page in the language of `man`. */
export async function manPage(): Promise<string> {
  const parts = [
    `.TH SERF 1 "" "Serf ${VERSION}" "User Commands"`,
    section("NAME", "serf \\- cluster membership, failure detection and orchestration"),
    ".SH SYNOPSIS\n.B serf\n.I command\n.RI [ options ]\n.RI [ arguments ]",
    section(
      "DESCRIPTION",
      literal(
        "Every machine runs an agent (serf agent). Agents find each other by gossip, so each knows " +
          "who is in the cluster, who failed and who left. The other commands talk to an agent, by " +
          "default the one on this machine.",
      ),
      literal(
        "A flag has one dash or two. Its value stands behind = or in the next argument; a switch " +
          "takes =false to take it back.",
      ),
    ),
    ".SH COMMANDS",
  ];
  for (const { name, synopsis, load } of commandTable) {
    parts.push(commandPart(name, synopsis, await load()));
  }
  parts.push(
    section(
      "ENVIRONMENT",
      ...environment.map(([name, meaning]) => `.B ${name}\n.br\n${literal(meaning)}`),
    ),
    section(
      "EXIT STATUS",
      literal("0 if all went well, 127 if there is no such command, otherwise 1."),
    ),
  );
  return parts.join("\n") + "\n";
}

const environment = [
  ["SERF_RPC_ADDR", "Address of the agent's RPC port, where -rpc-addr is not given."],
  ["SERF_RPC_AUTH", "Token that the agent wants, where -rpc-auth is not given."],
  ["SERF_RPC_TLS_CA", "Certificate that vouches for the agent, where -rpc-tls-ca is not given."],
] as const;

export function commandPart(name: string, synopsis: string, help: HelpText): string {
  const parts = [
    `.SS "serf ${name}${help.usage === "" ? "" : ` ${escape(help.usage)}`}"`,
    literal(`${synopsis}.`),
    ...help.about.map((paragraph) => `.PP\n${literal(paragraph)}`),
    ...(help.example === undefined ? [] : [`.PP\n${literal(`Example: ${help.example}`)}`]),
  ];
  for (const { name, hint, about } of Object.values(help.flags).flatMap((flag) => flag.spellings)) {
    parts.push(`.TP\n.B ${escape(`-${name}${hint}`)}\n${literal(about)}`);
  }
  for (const { heading, paragraphs } of help.notes ?? []) {
    parts.push(`.PP\n${literal(`${heading}:`)}`);
    for (const paragraph of paragraphs) parts.push(`.PP\n${literal(paragraph)}`);
  }
  return parts.join("\n");
}

function section(heading: string, ...paragraphs: readonly string[]): string {
  return `.SH ${heading}\n${paragraphs.join("\n.PP\n")}`;
}

/** A text that is to stand on the page as it is. */
function literal(text: string): string {
  // A line that starts with one of these would be taken for a request.
  return escape(text).replace(/^[.']/gm, "\\&$&");
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll('"', "\\(dq");
}

if (import.meta.main) console.log((await manPage()).trimEnd());
