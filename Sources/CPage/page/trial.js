// The try-it panel: frames from a camera, a clip or thin air through one of the models, and what it says.
import { element, fillFigures, duration, number, quantile } from "./format.js";
import { Picture, pictureSize } from "./picture.js";
import { makeSource, sourceNames } from "./sources.js";
import { Stream } from "./stream.js";

/** Frames that may be unanswered; the server takes 16 of a stream. */
const maximumWaiting = 4;
/** Answers over which times are shown. */
const timesKept = 250;

const byId = (name) => document.getElementById(`trial-${name}`);

/** Whether the output says how likely each class is. */
const isClassified = ({ labels, values }) => labels.length > 0 && labels.length === values.length;

export class Trial {
  #token;
  #models = [];
  /** { source, stream, timer, due } while it runs. */
  #run = null;
  #counts = {};
  #rows = new Map();

  /** @param token gives the token of the moment, "" for none. */
  constructor(token) {
    this.#token = token;
    byId("model").addEventListener("change", () => this.#offerSources());
    byId("source").addEventListener("change", () => this.#showFile());
    byId("form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#run) this.#stop("");
      else this.#start();
    });
  }

  /** @param models of the status, those that run frame by frame. */
  update(models) {
    document.getElementById("trial").hidden = models.length === 0;
    byId("link").hidden = models.length === 0;
    const names = models.map(({ name }) => name);
    const changed = JSON.stringify(models.map(({ name, streaming }) => [name, streaming]))
      !== JSON.stringify(this.#models.map(({ name, streaming }) => [name, streaming]));
    this.#models = models;
    if (!changed || names.length === 0) return;
    const select = byId("model");
    const chosen = names.includes(select.value) ? select.value : names[0];
    select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
    select.value = chosen;
    this.#offerSources();
  }

  get #model() { return this.#models.find(({ name }) => name === byId("model").value); }

  /** What the model's only input takes as a picture; null if it takes none. */
  get #picture() {
    const inputs = this.#model?.streaming.inputs ?? [];
    return inputs.length === 1 ? pictureSize(inputs[0]) : null;
  }

  #offerSources() {
    const select = byId("source");
    const names = sourceNames(this.#picture !== null);
    const chosen = names.some(([name]) => name === select.value) ? select.value : names[0][0];
    select.replaceChildren(...names.map(([value, text]) => element("option", { value }, text)));
    select.value = chosen;
    this.#showFile();
  }

  #showFile() {
    const isClip = byId("source").value === "clip";
    byId("file-field").hidden = !isClip;
    byId("file").required = isClip;
  }

  async #start() {
    const { name, streaming } = this.#model;
    const kind = byId("source").value;
    const showsPicture = kind === "camera" || kind === "clip";
    byId("view").hidden = !showsPicture;
    const picture = showsPicture ? new Picture(byId("canvas"), this.#picture) : null;
    const source = makeSource(kind, streaming.inputs, picture, byId("file").files[0]);
    const run = { source, stream: null, timer: 0, period: 1000 / byId("rate").valueAsNumber, due: 0 };
    this.#run = run;
    this.#counts = { sent: 0, skipped: 0, answered: 0, times: [] };
    byId("best").textContent = "";
    byId("outputs").replaceChildren();
    this.#rows.clear();
    this.#show("starting", true);
    try {
      await source.open();
    } catch (error) {
      return this.#stop(error.message, run);
    }
    if (this.#run !== run) return source.close();
    run.stream = new Stream(name, this.#token());
    run.stream.addEventListener("open", () => {
      this.#show("running", true);
      run.due = performance.now();
      this.#tick(run);
    });
    run.stream.addEventListener("outputs", ({ detail }) => this.#take(detail, run));
    run.stream.addEventListener("end", ({ detail }) => this.#stop(detail, run));
  }

  /** One frame each period; after a pause of the page none are made up for. */
  #tick(run) {
    if (this.#run !== run) return;
    if (run.source.ended) {
      if (run.stream.waiting === 0) return this.#stop(`the clip ended after ${this.#counts.sent} frames`, run);
    } else if (run.stream.waiting >= maximumWaiting) {
      this.#counts.skipped += 1;
    } else {
      const parts = run.source.next();
      if (parts) {
        run.stream.send(parts);
        this.#counts.sent += 1;
      }
    }
    const now = performance.now();
    run.due = Math.max(run.due + run.period, now - run.period);
    run.timer = setTimeout(() => this.#tick(run), run.due - now);
  }

  #stop(note, run = this.#run) {
    if (!run || this.#run !== run) return;
    this.#run = null;
    clearTimeout(run.timer);
    run.source.close();
    run.stream?.close();
    this.#show(note || "stopped", false);
  }

  #show(note, isRunning) {
    byId("note").textContent = note;
    byId("button").textContent = isRunning ? "Stop" : "Start";
    for (const name of ["model", "source", "file", "rate"]) byId(name).disabled = isRunning;
  }

  #take(answer, run) {
    if (this.#run !== run) return;
    const counts = this.#counts;
    counts.answered += 1;
    counts.times.push(answer.milliseconds);
    if (counts.times.length > timesKept) counts.times.shift();
    for (const output of answer.outputs) {
      if (isClassified(output)) this.#showClasses(output);
      else this.#showNumbers(output);
    }
    const time = (part) => duration(quantile(counts.times, part) * 1e6);
    fillFigures(byId("figures"), [
      ["frames", number(answer.frames), "Frames that the stream has taken"],
      ["skipped", number(counts.skipped), `Not sent, because ${maximumWaiting} frames were unanswered`],
      ["round trip p50", time(0.5), "From sending a frame to its answer, as this page sees it"],
      ["p99", time(0.99)],
    ]);
    byId("form").dispatchEvent(new CustomEvent("outputs", { detail: answer }));
  }

  /** The likeliest class, and a bar for each. */
  #showClasses({ name, labels, values }) {
    const best = values.indexOf(Math.max(...values));
    byId("best").textContent = labels[best] ?? "";
    if (!this.#rows.has(name)) {
      const rows = labels.map((label) => {
        const fill = element("span", { class: "fill" });
        const percent = element("span", { class: "percent" });
        const row = element("li", {}, element("span", {}, label), element("span", { class: "track" }, fill), percent);
        return { row, fill, percent };
      });
      byId("outputs").append(element("ul", { class: "classes", "aria-label": name }, ...rows.map(({ row }) => row)));
      this.#rows.set(name, rows);
    }
    this.#rows.get(name).forEach(({ row, fill, percent }, index) => {
      const share = Math.min(1, Math.max(0, values[index])) || 0;
      row.classList.toggle("likeliest", index === best);
      fill.style.width = `${share * 100}%`;
      percent.textContent = `${Math.round(share * 100)}%`;
    });
  }

  /** Shape, bounds and the first values. */
  #showNumbers({ name, shape, values }) {
    if (!this.#rows.has(name)) {
      const text = element("dd");
      byId("outputs").append(element("dl", { class: "numbers" }, element("dt", {}, `${name} [${shape}]`), text));
      this.#rows.set(name, text);
    }
    const numbers = Array.from(values, Number);
    const [low, high] = numbers.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
    const first = numbers.slice(0, 8).map((value) => value.toPrecision(4)).join("  ");
    this.#rows.get(name).textContent =
      `${low.toPrecision(4)} … ${high.toPrecision(4)}:  ${first}${numbers.length > 8 ? "  …" : ""}`;
  }
}
