// A stream of the server over a WebSocket; Sources/SluiceHTTP/Streams/websocket.md has the messages.

const frameKind = 1;
const errorKind = 4;
const startsFlag = 1;
const headBytes = 12;
const replyHeadBytes = 20;

/** Arrays by datatype of the protocol. */
export const arrays = {
  FP32: Float32Array, FP64: Float64Array, BOOL: Uint8Array,
  INT8: Int8Array, INT16: Int16Array, INT32: Int32Array, INT64: BigInt64Array,
  UINT8: Uint8Array, UINT16: Uint16Array, UINT32: Uint32Array, UINT64: BigUint64Array,
};

/** How many values a tensor of that shape has. */
export const elementCount = (shape) => shape.reduce((product, size) => product * Math.max(1, size), 1);

/** Where the model's streams are, from the page's own address. */
const address = (model) => new URL(`v2/models/${encodeURIComponent(model)}/stream`, location.href);

/** Browsers set no header on a WebSocket: the token is one of the protocols, in base64url. */
function protocols(token) {
  if (!token) return ["sluice"];
  const text = btoa(String.fromCharCode(...new TextEncoder().encode(token)));
  const url = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return ["sluice", `bearer64.${url}`];
}

/**
 * One stream. Events: `open` with the server's first message, `outputs` with
 * { frames, milliseconds, outputs: [{ name, shape, values, labels }] }, `end` with a reason or "".
 */
export class Stream extends EventTarget {
  #socket;
  #opening = null;
  #sent = new Map();
  #tag = 0;
  #ended = false;

  constructor(model, token) {
    super();
    const url = address(model);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(url, protocols(token));
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onmessage = ({ data }) => this.#take(data);
    this.#socket.onclose = async ({ code, reason }) => {
      const said = code === 1001 ? "the server is ending" : reason || "the connection was closed";
      this.#end(this.#opening ? said : await refusal(model, token));
    };
  }

  /** Frames that have no answer yet. */
  get waiting() { return this.#sent.size; }

  /** @param parts one array of values for each input, in their order. */
  send(parts) {
    const size = parts.reduce((sum, part) => sum + part.byteLength, headBytes);
    const message = new Uint8Array(size);
    const head = new DataView(message.buffer);
    head.setUint8(0, frameKind);
    head.setUint8(1, this.#tag === 0 ? startsFlag : 0);
    head.setUint32(8, this.#tag, true);
    let offset = headBytes;
    for (const part of parts) {
      message.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
      offset += part.byteLength;
    }
    this.#sent.set(this.#tag, performance.now());
    this.#tag += 1;
    this.#socket.send(message);
  }

  /** Ends the stream, with the connection. */
  close() { this.#end(""); }

  #end(reason) {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.close();
    this.dispatchEvent(new CustomEvent("end", { detail: reason }));
  }

  #take(data) {
    if (this.#ended) return;
    if (typeof data === "string") {
      this.#opening = JSON.parse(data);
      this.dispatchEvent(new CustomEvent("open", { detail: this.#opening }));
      return;
    }
    const reply = new DataView(data);
    if (reply.getUint8(0) === errorKind) {
      return this.#end(new TextDecoder().decode(data.slice(replyHeadBytes)));
    }
    const tag = reply.getUint32(8, true);
    const milliseconds = performance.now() - this.#sent.get(tag);
    this.#sent.delete(tag);
    const detail = {
      frames: Number(reply.getBigUint64(12, true)), milliseconds, outputs: this.#outputs(data, reply),
    };
    this.dispatchEvent(new CustomEvent("outputs", { detail }));
  }

  #outputs(data, reply) {
    const outputs = [];
    let offset = replyHeadBytes;
    while (offset < data.byteLength) {
      const port = this.#opening.outputs[reply.getUint16(offset, true)];
      const rank = reply.getUint16(offset + 2, true);
      const shape = Array.from({ length: rank }, (_, axis) => reply.getUint32(offset + 4 + 4 * axis, true));
      offset += 4 + 4 * rank;
      const type = arrays[port.datatype];
      const bytes = elementCount(shape) * type.BYTES_PER_ELEMENT;
      const values = new type(data.slice(offset, offset + bytes));
      outputs.push({ name: port.name, labels: port.labels ?? [], shape, values });
      offset += Math.ceil(bytes / 4) * 4;
    }
    return outputs;
  }
}

/** Why no WebSocket was opened: browsers do not say, the same request over HTTP does. */
async function refusal(model, token) {
  try {
    const response = await fetch(address(model), { headers: authorization(token), cache: "no-store" });
    const expected = 426; // the server would have opened one
    if (response.status !== expected) return (await response.json()).error;
  } catch {
    return "the server does not answer";
  }
  return "the server did not open a WebSocket";
}

/** Header fields that show the token. */
export const authorization = (token) => (token ? { Authorization: `Bearer ${token}` } : {});
