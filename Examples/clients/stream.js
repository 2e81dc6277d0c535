// Sends frames of noise to `sluice serve` over a WebSocket and prints the likeliest output of each.
// In a browser, or in Node 22:
//
//     node stream.js ws://localhost:8000/v2/models/video-actions/stream 25

const [address, count] = process.argv.slice(2);
const [frame, starts, ends, error] = [1, 1, 2, 4];

const socket = new WebSocket(address);
socket.binaryType = "arraybuffer";
let size = 0; // numbers in a frame
let sent = 0;
let message;

function send() {
  message = new DataView(new ArrayBuffer(12 + 4 * size));
  message.setUint8(0, frame);
  message.setUint8(1, (sent === 0 ? starts : 0) | (sent === count - 1 ? ends : 0));
  message.setUint32(8, sent, true); // the tag; the stream is number 0
  for (let i = 0; i < size; i++) message.setFloat32(12 + 4 * i, Math.random(), true);
  socket.send(message.buffer);
  sent += 1;
}

socket.onmessage = ({ data }) => {
  if (typeof data === "string") {
    size = JSON.parse(data).inputs[0].shape.reduce((a, b) => a * b, 1);
    return send();
  }
  const reply = new DataView(data);
  if (reply.getUint8(0) === error) {
    const wait = Number(reply.getBigUint64(12, true)); // milliseconds; 0 where waiting does not help
    if (wait === 0) throw new Error(new TextDecoder().decode(data.slice(20)));
    setTimeout(() => socket.send(message.buffer), wait);
    return;
  }
  const rank = reply.getUint16(22, true);
  const output = new Float32Array(data, 24 + 4 * rank);
  const taken = reply.getBigUint64(12, true);
  console.log(`frame ${taken}: ${output.indexOf(Math.max(...output))}`);
  if (sent < count) send();
  else socket.close();
};
