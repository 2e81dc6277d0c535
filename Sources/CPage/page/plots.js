// Plots as SVG, in the size that their place has: lines over the last minutes, and bars.

const namespace = "http://www.w3.org/2000/svg";
const height = 132;
/** Up to which an axis of counts goes at least, so that its middle is whole. */
const leastOfCounts = 10;
/** Room for a bar's name. */
const widthOfLabel = 42;
const margin = { left: 50, right: 8, top: 8, bottom: 20 };

function shape(name, attributes, text) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The smallest of 1, 2, 5, 10, 20, … that is not below `value`, times a power of ten. */
function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9));
}

/** A plot with its lines across, or with the word that there is nothing to show; and where values lie in it. */
function frame(place, { description, largest, format, least = 0, nothing }) {
  const width = Math.max(200, place.clientWidth);
  const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  svg.setAttribute("aria-label", description);
  const isEmpty = largest === 0;
  const top = isEmpty ? 1 : roundedUp(Math.max(least, largest));
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const y = (value) => margin.top + inner.height * (1 - value / top);
  if (isEmpty) {
    const middle = { x: margin.left + inner.width / 2, y: y(0.5) + 4 };
    svg.append(shape("text", { class: "tick middle", ...middle }, nothing));
  }
  for (const value of isEmpty ? [0] : [0, top / 2, top]) {
    svg.append(
      shape("line", { class: "grid", x1: margin.left, x2: width - margin.right, y1: y(value), y2: y(value) }),
      shape("text", { class: "tick end", x: margin.left - 6, y: y(value) + 4 }, format(value)));
  }
  return { svg, inner, y, x: (part) => margin.left + inner.width * part, bottom: height - 5 };
}

/** Time from `minutes` ago to now, under a plot. */
function addTimes({ svg, x, bottom }, minutes) {
  for (let minute = 0; minute <= minutes; minute += 1) {
    const text = minute === minutes ? "now" : `−${minutes - minute}${minute === 0 ? " min" : ""}`;
    const side = minute === minutes ? " end" : " middle";
    svg.append(shape("text", { class: `tick${side}`, x: x(minute / minutes), y: bottom }, text));
  }
}

/** Points that follow each other within `gap` seconds, as lists. */
function runs(points, gap) {
  const lists = [];
  for (const point of points) {
    const last = lists.at(-1)?.at(-1);
    if (last && point.age >= last.age - gap) lists.at(-1).push(point);
    else lists.push([point]);
  }
  return lists;
}

/**
 * Lines over time.
 *
 * @param series [{ name, kind, gap, points: [{ age, value }] }]: ages in seconds, oldest first; where
 *   nothing came for longer than `gap` seconds the line is broken.
 */
export function drawLines(place, { title, series, minutes, format }) {
  const span = minutes * 60;
  const shown = series.map((one) => ({ ...one, points: one.points.filter(({ age }) => age <= span) }));
  const largest = Math.max(0, ...shown.flatMap(({ points }) => points.map(({ value }) => value)));
  const last = shown.map(({ name, points }) =>
    `${name}: ${points.length ? format(points.at(-1).value) : "nothing"}`);
  const description = `${title}, last ${minutes} minutes. ${last.join(", ")}`;
  const plot = frame(place, { description, largest, format, nothing: `nothing for ${minutes} minutes` });
  addTimes(plot, minutes);
  for (const { name, kind, gap, points } of shown) {
    for (const run of runs(points, gap)) {
      const places = run.map(({ age, value }) => `${plot.x(1 - age / span)},${plot.y(value)}`);
      plot.svg.append(run.length > 1
        ? shape("polyline", { class: `line ${kind}`, points: places.join(" ") })
        : shape("circle", { class: `dot ${kind}`, cx: places[0].split(",")[0], cy: plot.y(run[0].value), r: 2 }));
    }
    for (const { age, value } of points) {
      const spot = shape("circle", { class: "spot", cx: plot.x(1 - age / span), cy: plot.y(value), r: 6 });
      spot.append(shape("title", {}, `${name}: ${format(value)}, ${Math.round(age)} s ago`));
      plot.svg.append(spot);
    }
  }
  place.replaceChildren(plot.svg);
}

/**
 * Bars over time, one over the other.
 *
 * @param bars [{ age, length, parts: [{ name, kind, value }] }]: from `age` seconds ago on, for `length`.
 */
export function drawTimeBars(place, { title, bars, minutes, format }) {
  const span = minutes * 60;
  const shown = bars.filter(({ age }) => age <= span);
  const sums = shown.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const total = sums.reduce((sum, value) => sum + value, 0);
  const description = `${title}, last ${minutes} minutes: ${format(total)}`;
  const nothing = `nothing for ${minutes} minutes`;
  const largest = Math.max(0, ...sums);
  const plot = frame(place, { description, largest, format, least: leastOfCounts, nothing });
  addTimes(plot, minutes);
  for (const { age, length, parts } of shown) {
    let below = 0;
    for (const { name, kind, value } of parts) {
      if (value === 0) continue;
      const width = Math.max(1, plot.x(length / span) - plot.x(0) - 1);
      const bar = shape("rect", {
        class: `bar ${kind}`, x: plot.x(1 - age / span), width, y: plot.y(below + value),
        height: plot.y(below) - plot.y(below + value),
      });
      bar.append(shape("title", {}, `${name}: ${format(value)}, ${Math.round(age)} s ago`));
      plot.svg.append(bar);
      below += value;
    }
  }
  place.replaceChildren(plot.svg);
}

/** Bars beside each other: [{ name, value }]; where there is no room for all names some have none. */
export function drawBars(place, { title, bars, format }) {
  const largest = Math.max(0, ...bars.map(({ value }) => value));
  const words = bars.map(({ name, value }) => `${name}: ${format(value)}`);
  const description = `${title}. ${words.join(", ") || "nothing yet"}`;
  const plot = frame(place, { description, largest, format, least: leastOfCounts, nothing: "nothing yet" });
  const count = Math.max(bars.length, 6);
  const labelled = Math.ceil((widthOfLabel * count) / plot.inner.width);
  bars.forEach(({ name, value }, index) => {
    const bar = shape("rect", {
      class: "bar solid", x: plot.x((index + 0.15) / count), width: (plot.inner.width * 0.7) / count,
      y: plot.y(value), height: plot.y(0) - plot.y(value),
    });
    bar.append(shape("title", {}, `${name}: ${format(value)}`));
    const label = { class: "tick middle", x: plot.x((index + 0.5) / count), y: plot.bottom };
    plot.svg.append(bar);
    if (index % labelled === 0) plot.svg.append(shape("text", label, name));
  });
  place.replaceChildren(plot.svg);
}
