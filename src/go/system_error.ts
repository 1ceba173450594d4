/**
 * Failures of the operating system in the reference's words (cli.md section 4): scripts and people
 * match on texts such as `connection refused`.
 */

const textOfCode: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EADDRINUSE", "address already in use"],
  ["EADDRNOTAVAIL", "cannot assign requested address"],
  ["ECONNABORTED", "software caused connection abort"],
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset by peer"],
  ["EEXIST", "file exists"],
  ["EHOSTUNREACH", "no route to host"],
  ["EINVAL", "invalid argument"],
  ["EISDIR", "is a directory"],
  ["EMFILE", "too many open files"],
  ["ENETUNREACH", "network is unreachable"],
  ["ENOENT", "no such file or directory"],
  ["ENOSPC", "no space left on device"],
  ["ENOTFOUND", "no such host"],
  ["ENOTDIR", "not a directory"],
  ["EPERM", "operation not permitted"],
  ["EPIPE", "broken pipe"],
  ["EROFS", "read-only file system"],
  ["ETIMEDOUT", "connection timed out"],
]);

/** The runtime's words for a path that no socket address has room for. */
export const longSocketPath = "path must be shorter than SUN_LEN";

const refused = "connection refused";

/** Whether a failure to connect means that the host is there, but nobody listens. */
export function isRefusal(error: Error): boolean {
  return error.message.includes(refused);
}

/** Names the failure behind `error`; unknown ones keep the platform's words. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === longSocketPath) {
    return "invalid argument: the path of a socket has at most 107 bytes (103 on macOS and BSD)";
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = textOfCode.get(code);
  if (known !== undefined) return known;

  // The platform may add what it was doing: the caller says that better.
  const text = error.message.replace(/ \(os error \d+\)(?:: .*)?$/s, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
