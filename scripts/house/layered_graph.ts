/**
 * Lays a graph without circles out in layers, so that every arrow points down.
 *
 * The usual way (Sugiyama, Tagawa, Toda, 1981): arrows that follow from others go; a box stands
 * one layer below the lowest that points at it; a long arrow gets a bend in each layer between;
 * and what lies in a layer moves, again and again, to the middle of its neighbours.
 */

/** What is to be laid out. */
export interface Box {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** From a name to another. */
export type Arrow = readonly [from: string, to: string];

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where everything is. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each box. */
  readonly places: ReadonlyMap<string, Point>;
  /** The points that each arrow passes, from the lower edge of a box to the upper of another. */
  readonly routes: readonly (readonly Point[])[];
}

/** A box, or a bend of a long arrow, and the middle of it. */
interface Item extends Box {
  readonly layer: number;
  x: number;
}

type Links = readonly (readonly [upper: Item, lower: Item])[];

const sweeps = 24;

/** Leaves out the arrows that follow from others. */
export function reduceArrows(arrows: readonly Arrow[]): Arrow[] {
  const reaches = (from: string, to: string, skipped?: Arrow): boolean =>
    arrows.some((arrow) =>
      arrow !== skipped && arrow[0] === from && (arrow[1] === to || reaches(arrow[1], to, skipped))
    );
  return arrows.filter((arrow) => !reaches(arrow[0], arrow[1], arrow));
}

/** Lays out boxes and arrows; `gap` is the least space between two boxes, across and down. */
export function layOut(
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  gap: { readonly across: number; readonly down: number },
): Layout {
  const reduced = reduceArrows(arrows);
  const layerOf = (name: string): number =>
    Math.max(0, ...reduced.filter(([, to]) => to === name).map(([from]) => layerOf(from) + 1));
  const items = boxes.map((box): Item => ({ ...box, layer: layerOf(box.name), x: 0 }));
  const chains = reduced.map(([from, to]) => {
    const [start, end] = [from, to].map((name) => items.find((item) => item.name === name)!);
    const bends = Array.from({ length: end!.layer - start!.layer - 1 }, (_, n): Item => (
      { name: "", width: 0, height: 0, layer: start!.layer + n + 1, x: 0 }
    ));
    return [start!, ...bends, end!];
  });
  const links = chains.flatMap((chain) => chain.slice(1).map((to, n) => [chain[n]!, to] as const));
  const bends = chains.flatMap((chain) => chain.slice(1, -1));
  const layers = [...Map.groupBy([...items, ...bends], ({ layer }) => layer)]
    .sort(([a], [b]) => a - b).map(([, layer]) => layer);
  for (let n = 0; n < sweeps; n++) {
    const isDown = n % 2 === 0;
    for (const layer of isDown ? layers : layers.toReversed()) {
      const looksAt = n >= sweeps / 2 ? "both" : isDown ? "upper" : "lower";
      moveLayer(layer, links, gap.across, looksAt);
    }
  }

  const left = Math.min(...layers.flat().map(({ x, width }) => x - width / 2));
  const heights = layers.map((layer) => Math.max(...layer.map(({ height }) => height)));
  const top = (layer: number) =>
    heights.slice(0, layer).reduce((sum, height) => sum + height + gap.down, 0);
  const upper = ({ layer, height }: Item) => top(layer) + (heights[layer]! - height) / 2;
  return {
    width: Math.max(0, ...layers.flat().map(({ x, width }) => x - left + width / 2)),
    height: Math.max(0, top(layers.length) - gap.down),
    places: new Map(items.map((item) => [
      item.name,
      { x: item.x - left - item.width / 2, y: upper(item) },
    ])),
    // An arrow goes straight through the height of a layer, so that it passes between the boxes.
    routes: chains.map((chain) =>
      chain.flatMap((item, n) => {
        const start = n === 0 ? upper(item) + item.height : top(item.layer);
        const isLast = n === chain.length - 1;
        const end = isLast ? upper(item) : top(item.layer) + heights[item.layer]!;
        return [...new Set([start, end])].map((y) => ({ x: item.x - left, y }));
      })
    ),
  };
}

/** Moves what lies in a layer towards its neighbours, as far as the gap allows. */
function moveLayer(
  layer: Item[],
  links: Links,
  gap: number,
  looksAt: "upper" | "lower" | "both",
): void {
  const wanted = new Map(layer.map((item) => {
    const neighbours = links.flatMap(([upper, lower]) =>
      lower === item && looksAt !== "lower"
        ? [upper.x]
        : upper === item && looksAt !== "upper"
        ? [lower.x]
        : []
    );
    return [item, neighbours.length === 0 ? item.x : mean(neighbours)];
  }));
  layer.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
  let edge = -Infinity;
  for (const item of layer) {
    item.x = Math.max(wanted.get(item)!, edge + gap + item.width / 2);
    edge = item.x + item.width / 2;
  }
  const shift = mean(layer.map((item) => wanted.get(item)! - item.x));
  for (const item of layer) item.x += shift;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b) / numbers.length;
}
