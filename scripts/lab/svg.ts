/** Pictures as SVG, in colours for light and for dark screens. */

const colours = {
  ink: ["#1f2328", "#e6edf3"],
  faint: ["#656d76", "#9198a1"],
  paper: ["#ffffff", "#0d1117"],
  panel: ["#f3f5f8", "#171d26"],
  tint: ["#eaf2fd", "#0f2138"],
  line: ["#c4ccd6", "#3d4652"],
  blue: ["#0b62d6", "#58a6ff"],
  orange: ["#c2570c", "#f0883e"],
  red: ["#cf222e", "#ff7b72"],
} as const;

/**
 * Returns a picture, with all numbers in it rounded to tenths of a pixel.
 *
 * @param options.title is read to those who do not see the picture.
 * @param options.style rules for classes; each colour is a variable, such as `var(--ink)`.
 */
export function picture(
  { width, height, title, style }: { width: number; height: number; title: string; style: string },
  elements: readonly string[],
): string {
  const variables = (screen: 0 | 1) =>
    Object.entries(colours).map(([name, pair]) => `--${name}: ${pair[screen]}`).join("; ");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"
  viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<!-- Written by \`deno task docs\`. -->
<style>
svg { ${variables(0)} }
@media (prefers-color-scheme: dark) { svg { ${variables(1)} } }
text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif }
${style.trim()}
</style>
<rect width="100%" height="100%" rx="10" fill="var(--paper)"/>
${elements.join("\n")}
</svg>
`;
  return svg.replace(/\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

/** A line of text; its class says how it looks. */
export function text(x: number, y: number, kind: string, words: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${words.replaceAll("&", "&amp;")}</text>`;
}

/** A smooth line between two points: along one axis where it begins and ends, "x" or "y". */
export function curve(x1: number, y1: number, x2: number, y2: number, along: "x" | "y"): string {
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return along === "x"
    ? `C${x} ${y1} ${x} ${y2} ${x2} ${y2}`
    : `C${x1} ${y} ${x2} ${y} ${x2} ${y2}`;
}
