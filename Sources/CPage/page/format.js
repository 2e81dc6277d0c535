// Elements and numbers as text.

/** An element with attributes and children, which are elements or text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Fills a `dl` with [name, value, explanation]; the explanation is what a pointer over it shows. */
export function fillFigures(list, figures) {
  list.replaceChildren(...figures.map(([name, value, explanation]) => {
    const entry = element("div", {}, element("dt", {}, name), element("dd", {}, value));
    if (explanation) entry.title = explanation;
    return entry;
  }));
}

/** `1,234`, `0.25`: three digits that count, and all those before the point. */
export const number = (value) =>
  value.toLocaleString("en", { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });

/** `0`, `850 µs`, `1.2 ms`, `3 s`. */
export function duration(nanoseconds) {
  if (nanoseconds === 0) return "0";
  if (nanoseconds < 1e6) return `${number(nanoseconds / 1e3)} µs`;
  return nanoseconds < 1e9 ? `${number(nanoseconds / 1e6)} ms` : `${number(nanoseconds / 1e9)} s`;
}

/** `12 kB` */
export function bytes(count) {
  const power = Math.min(4, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${number(count / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** What at least `part` of the values do not pass; 0 without any. */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}
