// Draws one chart of figures over time on a canvas: bands from least to most, lines of averages, gaps left open.

import { quantity, tick } from '../format';
import { ceiling, timeTicks, valueTicks } from './axis';
import type { Span } from './series';

type Numbers = readonly (number | null)[];

export const LEFT = 58;
const TOP = 8;
const RIGHT = 8;
const BOTTOM = 24;

export interface Curve {
  at: readonly number[];
  avg: Numbers;
  min: Numbers;
  max: Numbers;
}

export interface Scene {
  span: Span;
  unit: string;
  curves: readonly Curve[];
  /** What the value axis reaches at least. */
  top: number | null;
  limits: readonly { at: number; severity: string }[];
  /** While an alert held. */
  held: readonly { from: number; to: number; severity: string }[];
}

export interface Frame {
  width: number;
  height: number;
}

/** The colours that a chart needs, as they are here and now. */
export type Palette = Record<'series-1' | 'series-2' | 'line' | 'ink-faint' | 'warning' | 'critical' | 'accent' | 'surface' | 'ink', string>;

/** Asks the page what its custom properties mean, which a canvas does not know. */
export function palette(): Palette {
  const probe = document.body.appendChild(document.createElement('span'));
  const names = ['series-1', 'series-2', 'line', 'ink-faint', 'warning', 'critical', 'accent', 'surface', 'ink'] as const;
  const entries = names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Palette;
}

/** Where moments and amounts are on the canvas, in CSS pixels. */
export function scales(scene: Scene, { width, height }: Frame): { x: (at: number) => number; y: (value: number) => number; at: (x: number) => number; value: (y: number) => number; top: number } {
  let most = 0;
  for (const { max, avg } of scene.curves) for (const list of [max, avg]) for (const one of list) if (one !== null && one > most) most = one;
  const top = ceiling(most, scene.top, scene.unit);
  const { from, to } = scene.span;
  const wide = Math.max(1, width - LEFT - RIGHT);
  const high = Math.max(1, height - TOP - BOTTOM);
  return {
    x: (at) => LEFT + ((at - from) / (to - from)) * wide,
    y: (value) => TOP + high - (value / top) * high,
    at: (x) => from + ((Math.min(width - RIGHT, Math.max(LEFT, x)) - LEFT) / wide) * (to - from),
    value: (y) => Math.max(0, ((TOP + high - y) / high) * top),
    top,
  };
}

/** The runs of a list without gaps, as pairs of first and last index. */
function runs(values: Numbers): [number, number][] {
  const found: [number, number][] = [];
  for (let index = 0; index < values.length; index++) {
    if (values[index] == null) continue;
    const first = index;
    while (index + 1 < values.length && values[index + 1] != null) index++;
    found.push([first, index]);
  }
  return found;
}

/** Draws the whole chart onto a canvas whose unit is a CSS pixel. */
export function paint(g: CanvasRenderingContext2D, scene: Scene, frame: Frame, colours: Palette, font: string): void {
  const { x, y, top } = scales(scene, frame);
  const floor = frame.height - BOTTOM;
  const right = frame.width - RIGHT;
  const crisp = (at: number): number => Math.round(at) + 0.5;
  const line = (x1: number, y1: number, x2: number, y2: number): void => {
    g.beginPath();
    g.moveTo(x1, y1);
    g.lineTo(x2, y2);
    g.stroke();
  };

  g.font = `11px ${font}`;
  g.fillStyle = colours['ink-faint'];
  g.strokeStyle = colours.line;
  g.lineWidth = 1;
  g.textBaseline = 'middle';
  g.textAlign = 'right';
  for (const value of valueTicks(top, scene.unit)) {
    line(LEFT, crisp(y(value)), right, crisp(y(value)));
    g.fillText(quantity(value, scene.unit).replace(/\.0(?=\D)/, ''), LEFT - 7, y(value));
  }
  g.textBaseline = 'top';
  g.textAlign = 'center';
  const ticks = timeTicks(scene.span, Math.max(2, (right - LEFT) / 70));
  for (const at of ticks.at) {
    const here = x(at);
    line(crisp(here), TOP, crisp(here), floor);
    const text = tick(at, ticks.step);
    if (here + g.measureText(text).width / 2 < frame.width) g.fillText(text, here, floor + 8);
  }

  g.save();
  g.beginPath();
  g.rect(LEFT, 0, right - LEFT, floor + 1);
  g.clip();
  for (const { from, to, severity } of scene.held) {
    const colour = severity === 'critical' ? colours.critical : severity === 'warning' ? colours.warning : colours.accent;
    const start = x(from);
    const wide = Math.max(2, x(to) - start);
    g.fillStyle = colour;
    g.globalAlpha = 0.1;
    g.fillRect(start, TOP, wide, floor - TOP);
    g.globalAlpha = 1;
    g.fillRect(start, TOP - 4, wide, 3);
  }
  scene.curves.forEach((curve, index) => {
    const colour = index === 0 ? colours['series-1'] : colours['series-2'];
    g.fillStyle = colour;
    g.strokeStyle = colour;
    g.lineWidth = 1.5;
    g.lineJoin = 'round';
    const place = (at: number, values: Numbers): [number, number] => [x(curve.at[at] ?? 0), y(values[at] ?? 0)];
    g.globalAlpha = 0.18;
    for (const [first, last] of runs(curve.max)) {
      g.beginPath();
      for (let at = first; at <= last; at++) g.lineTo(...place(at, curve.max));
      for (let at = last; at >= first; at--) g.lineTo(...place(at, curve.min));
      g.fill();
    }
    g.globalAlpha = 1;
    for (const [first, last] of runs(curve.avg)) {
      g.beginPath();
      if (first === last) {
        // A single figure between two gaps would have no length.
        g.arc(...place(first, curve.avg), 1.5, 0, 7);
        g.fill();
      } else {
        for (let at = first; at <= last; at++) g.lineTo(...place(at, curve.avg));
        g.stroke();
      }
    }
  });
  g.lineWidth = 1;
  g.setLineDash([4, 4]);
  for (const limit of scene.limits) {
    g.strokeStyle = limit.severity === 'critical' ? colours.critical : colours.warning;
    if (limit.at <= top) line(LEFT, crisp(y(limit.at)), right, crisp(y(limit.at)));
  }
  g.restore();
}
