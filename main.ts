/** The `serf` program: runs the command line it was started with. */

import { runCommandLine } from "./src/cli/cli.ts";
import { processContext } from "./src/cli/process_context.ts";
import { programArguments } from "./src/cli/program_arguments.ts";

Deno.exit(await runCommandLine(programArguments(), processContext()));
