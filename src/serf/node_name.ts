/**
 * Which node names a careful operator allows (gossip.md section 32).
 *
 * Any text works as a name; these rules hold only where a configuration asks
 * for them, so that names can also serve as DNS names.
 */

import { textLength } from "../bytes/text.ts";

/** The longest plain node name in bytes. */
export const maxNodeNameLength = 128;

/**
 * Judges a node name by the strict rules.
 *
 * @returns why the name is not plain, or `undefined` if it is.
 */
export function judgeNodeName(name: string): string | undefined {
  if (textLength(name) > maxNodeNameLength) {
    return `Node name "${name}" is longer than ${maxNodeNameLength} bytes`;
  }
  if (/[^A-Za-z0-9.-]/.test(name)) {
    return `Node name "${name}" has characters other than letters, digits, "-" and "."`;
  }
  return undefined;
}
