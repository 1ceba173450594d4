/** The name under which the system lists the process. */

const nameFile = "/proc/self/comm";

/**
 * Names the process `serf` for `pgrep -x` and `top`, which show the runtime's name otherwise.
 *
 * Only on Linux, and only with all permissions, without which the runtime keeps out of `/proc`.
 */
export function nameProcess(): void {
  if (Deno.build.os !== "linux") return;
  // With this permission all are granted, and none is asked for on the terminal.
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return;
  try {
    Deno.writeTextFileSync(nameFile, "serf");
  } catch {
    // It runs as well under the other name.
  }
}
