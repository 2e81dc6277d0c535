// Pictures as a network's input.
import { elementCount } from "./stream.js";

/**
 * How large a picture an input takes and how many planes it has: its last axes are height and width, what
 * is before them is one plane of grey or three of colour. null for inputs that take none.
 */
export function pictureSize({ datatype, shape }) {
  const [height, width] = shape.slice(-2);
  const planes = elementCount(shape.slice(0, -2));
  const isPicture = datatype === "FP32" && shape.length >= 2 && (planes === 1 || planes === 3)
    && Math.min(height, width) >= 8 && Math.max(height, width) <= 1024;
  return isPicture ? { width, height, planes } : null;
}

/** Turns pictures of any size into values, and shows what the network gets. */
export class Picture {
  #size;
  #context;

  constructor(canvas, size) {
    this.#size = size;
    [canvas.width, canvas.height] = [size.width, size.height];
    this.#context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
    this.#context.imageSmoothingQuality = "high";
  }

  /**
   * The middle of a picture, scaled, as values from 0 to 1 in whole steps of 1/256 as
   * Examples/video-actions/clips.py makes them, plane after plane.
   */
  values(image, imageWidth, imageHeight) {
    const { width, height, planes } = this.#size;
    const scale = Math.min(imageWidth / width, imageHeight / height);
    const [w, h] = [width * scale, height * scale];
    this.#context.drawImage(image, (imageWidth - w) / 2, (imageHeight - h) / 2, w, h, 0, 0, width, height);
    const pixels = this.#context.getImageData(0, 0, width, height);
    if (planes === 1) makeGrey(pixels.data);
    this.#context.putImageData(pixels, 0, 0);
    const count = width * height;
    const values = new Float32Array(planes * count);
    for (let plane = 0; plane < planes; plane += 1) {
      for (let i = 0; i < count; i += 1) values[plane * count + i] = pixels.data[4 * i + plane] / 256;
    }
    return values;
  }

  /** Shows values that were made before. */
  show(values) {
    const { width, height, planes } = this.#size;
    const pixels = new ImageData(width, height);
    const count = width * height;
    for (let i = 0; i < count; i += 1) {
      for (let color = 0; color < 3; color += 1) {
        pixels.data[4 * i + color] = values[(planes === 1 ? 0 : color) * count + i] * 256;
      }
      pixels.data[4 * i + 3] = 255;
    }
    this.#context.putImageData(pixels, 0, 0);
  }
}

/** Luma of ITU-R BT.601 in all three colours. */
function makeGrey(data) {
  for (let i = 0; i < data.length; i += 4) {
    const luma = 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2];
    data.fill(Math.round(luma), i, i + 3);
  }
}
