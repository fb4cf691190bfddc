/* X/Y plots, of our own making: cs-web-lib's has no x PV. It draws the first trace's first 12 numbers over their index,
so that a picture of it says nothing about the screen. What is seen here is thus no proof of what cs-web-lib draws. It
is what Phoebus draws, as far as data.bob needs it: lines with points, linear axes that scale themselves, no title, no
legend. */
import React from "react";
import { PV, XYPlot, registerWidget } from "@diamondlightsource/cs-web-lib";

/* By <line_style>, in halves of the line's width, and by <point_type>, in the point's size, around 0. */
const DASHES = [[], [10, 5], [2, 10], [10, 5, 3, 5], [10, 5, 3, 5, 3, 5]];
const POINTS = ["", "-.5,-.5 .5,-.5 .5,.5 -.5,.5", "", "0,-.5 .5,0 0,.5 -.5,0", "", "0,-.5 .5,.5 -.5,.5"];
const CIRCLE = 2;

export function registerPlot() {
  registerWidget(Plot, { ...XYPlot.propTypes, xAxis: () => null }, "xyplot");
}

function Plot(props) {
  const pvs = new Set(props.traces.flatMap(({ xPv, yPv }) => [xPv, yPv]));
  return <XYPlot {...props} baseWidget={Drawing} pvMetadataList={[...pvs].map((pv) => ({ pvName: PV.parse(pv) }))} />;
}

function Drawing({ width, height, xAxis, axes, traces, pvData }) {
  const values = Object.fromEntries(pvData.map((each) => [each.effectivePvName, each.value?.getArrayValue() ?? []]));
  const curves = traces.map((trace) => {
    const pv = `${PV.parse(trace.yPv)}`;
    return { ...trace, pv, points: pointsOf(values[PV.parse(trace.xPv)], values[pv]) };
  });
  const area = { left: 75, right: width - 75, top: 12, bottom: height - 52 };
  const x = scaleOf(xAxis, rangeOf(curves, 0), area.left, area.right);
  const ys = axes.map((axis, index) => {
    const range = rangeOf(curves.filter((curve) => curve.axis === index), 1);
    return scaleOf(axis, range && withRoom(...range), area.bottom, area.top);
  });
  return (
    <svg width={width} height={height} style={{ background: "white" }}>
      <XAxis axis={xAxis} scale={x} area={area} />
      {axes.map((axis, index) => <YAxis key={index} index={index} axis={axis} scale={ys[index]} area={area} />)}
      <path d={`M${area.left},${area.top}V${area.bottom}H${area.right}V${area.top}Z`} stroke="black" fill="none" />
      {curves.map((curve) => <Curve key={curve.pv} curve={curve} x={x} y={ys[curve.axis]} />)}
    </svg>
  );
}

/* The arrays are longer than the run: its last point is repeated, which cannot be seen. A point without y is a gap. */
function pointsOf(xs, ys) {
  const points = Array.from(ys, (y, index) => [xs[index], y]);
  return points.filter(([x, y], index) => !index || x !== xs[index - 1] || y !== ys[index - 1]);
}

function isThere(point) {
  return point.every(Number.isFinite);
}

function rangeOf(curves, of) {
  const values = curves.flatMap(({ points }) => points.filter(isThere).map((point) => point[of]));
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : null;
}

/* Of y, as in Phoebus: rounded outwards to a hundredth of the range's power of ten, and a twentieth of it beyond. */
function withRoom(low, high) {
  if (low === high) [low, high] = [low - Math.abs(low / 2), high + Math.abs(high / 2)];
  if (low === high) return [low, high];
  const unit = 10 ** (Math.floor(Math.log10(high - low)) - 2);
  const [least, most] = [Math.floor(low / unit) * unit, Math.ceil(high / unit) * unit];
  return [least - (most - least) / 20, most + (most - least) / 20];
}

/* Where a value is in pixels, and where which numbers are: 1, 2 or 5 times a power of ten apart. */
function scaleOf({ minimum, maximum }, range, from, to) {
  let [low, high] = range ?? [minimum, maximum];
  if (low === high) [low, high] = [low - 1, high + 1];
  const at = (value) => from + ((value - low) / (high - low)) * (to - from);
  const least = (high - low) / 6;
  const step = [1, 2, 5, 10].map((each) => each * 10 ** Math.floor(Math.log10(least))).find((each) => each >= least);
  const first = Math.ceil(low / step);
  const numbers = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, index) => (first + index) * step);
  return { at, ticks: numbers.map((number) => [at(number), +number.toPrecision(12)]) };
}

function XAxis({ axis, scale, area: { left, right, top, bottom } }) {
  const place = [(left + right) / 2, bottom + 42];
  const lines = scale.ticks.map(([x]) => `M${x},${bottom + 5}V${axis.showGrid ? top : bottom}`);
  const numbers = scale.ticks.map(([x, number]) => <text key={x} x={x} y={bottom + 20}>{number}</text>);
  return <Axis {...{ axis, numbers, lines, place }} name="x" anchor="middle" angle={0} />;
}

function YAxis({ index, axis, scale, area: { left, right, top, bottom } }) {
  const [edge, opposite, out, anchor] = axis.onRight ? [right, left, 1, "start"] : [left, right, -1, "end"];
  const place = [axis.onRight ? right + 65 : 15, (top + bottom) / 2];
  const lines = scale.ticks.map(([y]) => `M${edge + 5 * out},${y}H${axis.showGrid ? opposite : edge}`);
  const numbers = scale.ticks.map(([y, number]) => <text key={y} x={edge + 8 * out} y={y} dy="0.35em">{number}</text>);
  return <Axis {...{ axis, numbers, lines, place, anchor }} name={index} angle={-90} />;
}

function Axis({ axis, numbers, lines, place, name, anchor, angle }) {
  return (
    <g fill={`${axis.color}`} style={axis.scaleFont.css()}>
      <path d={lines.join("")} stroke="lightgrey" />
      <g textAnchor={anchor} data-numbers={name}>{numbers}</g>
      <g textAnchor="middle" style={axis.titleFont.css()} transform={`translate(${place}) rotate(${angle})`}>
        <text>{axis.title}</text>
      </g>
    </g>
  );
}

function Curve({ curve: { pv, points, axis, color, lineWidth, lineStyle, pointType, pointSize }, x, y }) {
  const places = points.map((point) => isThere(point) && [x.at(point[0]), y.at(point[1])]);
  const line = places.map((place, index) => place && (places[index - 1] ? "L" : "M") + place).filter(Boolean).join("");
  const dashes = DASHES[lineStyle].map((length) => (length * lineWidth) / 2);
  const point = pointType === CIRCLE ? <circle r=".5" /> : <polygon points={POINTS[pointType]} />;
  return (
    <g data-curve={pv} data-axis={axis} fill={`${color}`}>
      <path d={line} stroke={`${color}`} fill="none" strokeWidth={lineWidth} strokeDasharray={dashes} />
      {places.map((at, index) => at && <g key={index} transform={`translate(${at}) scale(${pointSize})`}>{point}</g>)}
    </g>
  );
}
