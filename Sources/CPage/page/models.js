// The models: how they stand and how they did over the last minutes.
import { bytes, duration, element, fillFigures, number } from "./format.js";
import { drawBars, drawLines, drawTimeBars } from "./plots.js";

const minutes = 5;

/** Steps of a model as this page saw them: the server counts them, but keeps no windows of them. */
class Steps {
  #samples = [];

  add(clock, { count, frames }) {
    const last = this.#samples.at(-1);
    // The same status again, in another size.
    if (clock === last?.clock) return;
    // A model that was loaded again counts from 0, a server that was started again from its own time.
    if (last && (count < last.count || clock < last.clock)) this.#samples = [];
    this.#samples.push({ clock, count, frames });
    this.#samples = this.#samples.filter((sample) => sample.clock >= clock - minutes * 60);
  }

  /** Steps a second between every two samples, oldest first. */
  points(clock) {
    return this.#samples.slice(1).map((sample, index) => {
      const before = this.#samples[index];
      const value = (sample.count - before.count) / (sample.clock - before.clock);
      return { age: clock - sample.clock, value };
    });
  }

  /** Of the last ten seconds: steps a second, and streams in a step; null after one sample. */
  get recent() {
    const last = this.#samples.at(-1);
    const first = this.#samples.find(({ clock }) => clock >= last.clock - 10);
    if (first === last) return null;
    const steps = last.count - first.count;
    return {
      rate: steps / (last.clock - first.clock),
      streams: steps > 0 ? (last.frames - first.frames) / steps : 0,
    };
  }
}

/** Sum of the values of an object. */
const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

/** One model's place on the page. */
class ModelCard {
  #steps = new Steps();
  #title = element("h2");
  #device = element("p", { class: "note" });
  #figures = element("dl", { class: "figures" });
  #plots = {};

  constructor(name) {
    const keys = (list) => element("span", { class: "keys" }, ...list.map(([kind, text]) =>
      element("span", { class: `key ${kind}` }, text)));
    const plot = (key, title, list = []) => {
      this.#plots[key] = element("div", { class: "plot" });
      return element("figure", {}, element("figcaption", {}, title, keys(list)), this.#plots[key]);
    };
    this.node = element("article", { class: "card" }, this.#title, this.#device, this.#figures,
      element("div", { class: "plots" },
        plot("latency", "Latency", [["solid", "p50"], ["dashed", "p99"]]),
        plot("rate", "Per second", [["solid", "answers"], ["dashed", "steps"]]),
        plot("batches", "Streams per step, since loaded"),
        plot("refusals", "Refusals", [["refused", "refused"], ["expired", "expired"]])));
    this.name = name;
  }

  get recent() { return this.#steps.recent; }

  show(model, clock, windowSeconds) {
    this.#steps.add(clock, model.steps);
    this.#showTitle(model);
    this.#showFigures(model);
    const recent = model.recent.map((window) => ({ ...window, age: clock - window.start_ms / 1000 }));
    this.#drawTimes(recent, clock, windowSeconds);
    this.#drawCounts(model, recent, windowSeconds);
  }

  #showTitle({ name, version, retiring_versions: retiring, backend }) {
    const older = retiring.length ? `, streams also on ${retiring.join(", ")}` : "";
    const text = version === null ? "not loaded" : `version ${version}${older}`;
    this.#title.replaceChildren(name, element("small", {}, text));
    this.#device.textContent = backend ? `${backend.name} on ${backend.device}` : "whole sequences only";
    this.#device.title = backend?.reason ?? "";
  }

  #showFigures(model) {
    const { streams, waiting, refused, steps } = model;
    const last = model.recent.filter(({ answered }) => answered > 0).at(-1);
    const recent = this.recent;
    const reasons = Object.entries(refused).map(([reason, count]) => `${reason}: ${number(count)}`);
    fillFigures(this.#figures, [
      ["streams", `${number(streams.active)} / ${number(model.slots)}`, "On the device, and how many have room there"],
      ["stored", number(streams.stored), "Streams without frames for a while, off the device"],
      ["steps/s", recent ? number(recent.rate) : "–", `${number(steps.count)} steps in all`],
      ["streams/step", recent ? number(recent.streams) : "–", "Mean over the last ten seconds"],
      ["p50", last ? duration(last.p50_ns) : "–", "From arrival to answer, the last ten seconds with answers"],
      ["p99", last ? duration(last.p99_ns) : "–", "From arrival to answer, the last ten seconds with answers"],
      ["waiting", number(waiting.requests + waiting.frames), "Requests and frames that wait for their turn"],
      ["answered", number(sum(model.answered)), `${bytes(model.bytes.in)} in, ${bytes(model.bytes.out)} out`],
      ["refused", number(sum(refused)), reasons.join(", ")],
      ["expired", number(streams.expired), `${number(streams.lost)} lost when the server ended`],
    ]);
  }

  #drawTimes(recent, clock, windowSeconds) {
    const answered = recent.filter((window) => window.answered > 0);
    // A window stands at its middle.
    const points = (value) => answered.map((window) =>
      ({ age: Math.max(0, window.age - windowSeconds / 2), value: value(window) }));
    drawLines(this.#plots.latency, {
      title: "Latency", minutes, format: duration,
      series: [
        { name: "p50", kind: "solid", gap: windowSeconds * 1.5, points: points((window) => window.p50_ns) },
        { name: "p99", kind: "dashed", gap: windowSeconds * 1.5, points: points((window) => window.p99_ns) },
      ],
    });
    const rate = (window) => window.answered / Math.max(1, Math.min(windowSeconds, window.age));
    drawLines(this.#plots.rate, {
      title: "Answers and steps per second", minutes, format: number,
      series: [
        { name: "answers", kind: "solid", gap: windowSeconds * 1.5, points: points(rate) },
        { name: "steps", kind: "dashed", gap: 30, points: this.#steps.points(clock) },
      ],
    });
  }

  #drawCounts(model, recent, windowSeconds) {
    const sizes = model.steps.by_streams.map(({ up_to: upTo, steps }, index, all) => {
      const from = index === 0 ? 1 : all[index - 1].up_to + 1;
      return { name: from === upTo ? `${upTo}` : `${from}–${upTo}`, value: steps };
    });
    drawBars(this.#plots.batches, { title: "Steps by their number of streams", bars: sizes, format: number });
    drawTimeBars(this.#plots.refusals, {
      title: "Refused requests and expired streams", minutes, format: number,
      bars: recent.map(({ age, refused, expired }) => ({
        age, length: windowSeconds,
        parts: [
          { name: "refused", kind: "refused", value: refused },
          { name: "expired", kind: "expired", value: expired },
        ],
      })),
    });
  }
}

/** All models, each in its place; and what they come to together. */
export class Models {
  #place;
  #totals;
  #cards = new Map();

  constructor(place, totals) { [this.#place, this.#totals] = [place, totals]; }

  show(status) {
    const clock = status.clock_ms / 1000;
    for (const model of status.models) {
      if (!this.#cards.has(model.name)) this.#cards.set(model.name, new ModelCard(model.name));
    }
    // In their order; a card that is in its place stays there.
    const nodes = status.models.map(({ name }) => this.#cards.get(name).node);
    const same = nodes.length === this.#place.children.length
      && nodes.every((node, index) => node === this.#place.children[index]);
    if (!same) this.#place.replaceChildren(...nodes);
    for (const model of status.models) this.#cards.get(model.name).show(model, clock, status.window_seconds);
    this.#showTotals(status);
  }

  #showTotals({ models, queued_bytes: queued, sequences_waiting: sequences }) {
    const total = (value) => number(models.reduce((all, model) => all + value(model), 0));
    fillFigures(this.#totals, [
      ["models", total(({ version }) => (version === null ? 0 : 1))],
      ["streams", total(({ streams }) => streams.active)],
      ["steps/s", total(({ name }) => this.#cards.get(name).recent?.rate ?? 0)],
      ["refused", total(({ refused }) => sum(refused))],
      ["expired", total(({ streams }) => streams.expired)],
      ["queued", bytes(queued), `Requests that wait or are worked on; ${sequences} whole sequences wait`],
    ]);
  }
}
