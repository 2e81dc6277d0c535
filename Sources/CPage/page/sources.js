// Where the frames of the try-it panel come from. A source has `open()`, `next()`, which gives one array of
// values for each input or null while there is no new frame, `ended` and `close()`.
import { arrays, elementCount } from "./stream.js";

const maximumClipBytes = 256e6;

/** The sources that a model can have: [name, what it is called]. */
export const sourceNames = (takesPictures) => [
  ...(takesPictures ? [["camera", "camera"], ["clip", "a clip"]] : []),
  ["noise", "noise"], ["zeros", "zeros"],
];

/** @param inputs of the model; @param picture nil for sources without one. */
export function makeSource(name, inputs, picture, file) {
  switch (name) {
    case "camera": return new Camera(picture);
    case "clip": return file.type.startsWith("video/") ? new VideoClip(picture, file) : new Animation(picture, file);
    case "noise": return new Values(inputs, () => Math.random());
    default: return new Values(inputs, () => 0);
  }
}

/** Frames of a video element as they are played. */
class Video {
  video = document.createElement("video");
  #picture;

  constructor(picture) {
    this.#picture = picture;
    [this.video.muted, this.video.playsInline] = [true, true];
  }

  get ended() { return this.video.ended; }

  next() {
    if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    return [this.#picture.values(this.video, this.video.videoWidth, this.video.videoHeight)];
  }
}

class Camera extends Video {
  async open() {
    if (!navigator.mediaDevices) throw new Error("browsers give the camera only to https and to localhost");
    try {
      const wanted = { width: { ideal: 640 }, height: { ideal: 480 } };
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      const reasons = { NotAllowedError: "the camera was not allowed", NotFoundError: "there is no camera" };
      throw new Error(reasons[error.name] ?? `the camera does not start: ${error.message}`);
    }
    await this.video.play();
  }

  close() {
    for (const track of this.video.srcObject?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
  }
}

class VideoClip extends Video {
  #address;

  constructor(picture, file) {
    super(picture);
    this.#address = URL.createObjectURL(file);
  }

  async open() {
    this.video.src = this.#address;
    try {
      await this.video.play();
    } catch {
      throw new Error("this browser cannot play that clip");
    }
  }

  close() {
    this.video.pause();
    this.video.removeAttribute("src");
    URL.revokeObjectURL(this.#address);
  }
}

/** An animated picture, each of its frames once, whatever their times. */
class Animation {
  #picture;
  #file;
  #frames = [];
  #index = 0;

  constructor(picture, file) { [this.#picture, this.#file] = [picture, file]; }

  async open() {
    if (typeof ImageDecoder === "undefined") throw new Error("this browser reads no animated pictures: take a video");
    const decoder = new ImageDecoder({
      data: await this.#file.arrayBuffer(), type: this.#file.type, colorSpaceConversion: "none",
    });
    try {
      await decoder.tracks.ready;
      await decoder.completed;
      const count = decoder.tracks.selectedTrack.frameCount;
      for (let frameIndex = 0; frameIndex < count; frameIndex += 1) {
        const { image } = await decoder.decode({ frameIndex });
        const values = this.#picture.values(image, image.displayWidth, image.displayHeight);
        image.close();
        this.#frames.push(values);
        if (values.byteLength * count > maximumClipBytes) throw new Error("that clip has too many frames");
      }
    } catch (error) {
      throw new Error(`that picture cannot be read: ${error.message}`);
    } finally {
      decoder.close();
    }
  }

  get ended() { return this.#index >= this.#frames.length; }

  next() {
    const values = this.#frames[this.#index++];
    this.#picture.show(values);
    return [values];
  }

  close() { this.#frames = []; }
}

/** Values without any meaning, for floats; whole numbers, which may be indices, are 0. */
class Values {
  #parts;
  #value;

  constructor(inputs, value) {
    this.#parts = inputs.map(({ datatype, shape }) => new arrays[datatype](elementCount(shape)));
    this.#value = value;
  }

  ended = false;

  async open() {}

  next() {
    for (const part of this.#parts) {
      const isFloat = part instanceof Float32Array || part instanceof Float64Array;
      if (isFloat) for (let i = 0; i < part.length; i += 1) part[i] = this.#value();
    }
    return this.#parts;
  }

  close() {}
}
