/** Which Serf this is, and which versions of the agents' protocol it speaks. */

/** The program's version: the same as in deno.json. */
export const VERSION = "0.1.0";

/** What `serf version` prints (cli.md section 7.15). */
export const versionText = `${VERSION}\nAgent Protocol: 5 (Understands back to: 2)`;
