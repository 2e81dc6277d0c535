"""The page of a server that serves Examples/video-actions, in Chromium with a camera that plays a clip.

    python page.py CHROMIUM ADDRESS ADDRESS-WITH-TOKENS TOKEN [FOLDER]

Ends with 0 if the page is as it should be. Puts screenshots into the folder, if one is given.
"""
import base64
import http.server
import json
import sys
import tempfile
import threading
import time
import urllib.request

import numpy as np
from playwright.sync_api import sync_playwright

from clip_files import EXAMPLE, SIDE, animation, clip, write_camera

chromium, address, closed_address, token, *folders = sys.argv[1:]
labels = (EXAMPLE / "labels.txt").read_text(encoding="utf-8").splitlines()


def foreign_site(target):
    """A page of another site, which tries what it can on the server, and shows the other one a token; its
    address."""
    script = """<!DOCTYPE html><link rel="icon" href="data:,"><script>
      const target = "TARGET";
      const path = "v2/models/video-actions/stream";
      const socket = new WebSocket(target.replace("http", "ws") + path);
      socket.onopen = () => { window.socketResult = "opened"; };
      socket.onclose = () => { window.socketResult ??= "refused"; };
      const known = new WebSocket("CLOSED".replace("http", "ws") + path, ["sluice", "bearer64.TOKEN"]);
      known.onopen = () => { window.knownResult = "opened"; known.close(); };
      known.onclose = () => { window.knownResult ??= "refused"; };
      fetch(target + "v2/repository/models/video-actions/unload", { method: "POST", mode: "no-cors" })
        .finally(() => { window.postDone = true; });
      fetch(target + "v2/status").then(() => "read", () => "unread").then((it) => { window.getResult = it; });
    </script>""".replace("TARGET", target).replace("CLOSED", closed_address)
    digits = base64.urlsafe_b64encode(token.encode()).rstrip(b"=").decode()
    script = script.replace("TOKEN", digits).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(script)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def wait(page, expression):
    """Until it is true; the page's policy forbids what Playwright's own waiting evaluates there."""
    end = time.monotonic() + 60
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not within a minute: {expression}\n{page.inner_text('body')}"
        page.wait_for_timeout(50)


def status():
    with urllib.request.urlopen(address + "v2/status") as response:
        return json.load(response)["models"][0]


def open_page(context, target):
    """A page that collects what the panel gets, and everything that went wrong or came from elsewhere."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.troubles = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("request", lambda request: request.url.startswith((target, "blob:" + target))
            or page.troubles.append(request.url))
    page.goto(target)
    page.evaluate("""() => {
      window.answers = [];
      document.getElementById("trial-form").addEventListener("outputs", ({ detail }) =>
        answers.push({ frames: detail.frames, values: Array.from(detail.outputs[0]?.values ?? []) }));
    }""")
    return page


def start(page, source, count):
    """Runs the panel until it has so many answers."""
    page.evaluate("answers.length = 0")
    page.select_option("#trial-source", source)
    page.focus("#trial-button")
    page.keyboard.press("Enter")
    wait(page, f"answers.length >= {count}")


def stop(page):
    page.click("#trial-button")
    wait(page, "document.getElementById('trial-button').textContent === 'Start'")


def figure(page, name):
    """A figure of the first model, as it is shown."""
    return page.locator("#models article").first.locator(
        f"dl.figures > div:has(dt:text-is('{name}')) dd").inner_text()


def shot(page, name):
    if folders:
        page.screenshot(path=f"{folders[0]}/{name}.png", full_page=True)


def check_form(page):
    """Names of everything that can be operated or is a picture; nothing wider than a narrow window."""
    unnamed = page.evaluate("""() => [
      ...[...document.querySelectorAll("input, select")].filter((node) => node.labels.length === 0),
      ...[...document.querySelectorAll("svg, canvas")].filter((node) => !node.getAttribute("aria-label")),
    ].map((node) => node.outerHTML)""")
    assert unnamed == [], unnamed
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def check_camera(page, frames):
    """Predictions come, the server's figures move, and the network gets the middle of the picture."""
    before = status()
    start(page, "camera", 30)
    shown = page.evaluate("""() => {
      const canvas = document.getElementById("trial-canvas");
      return Array.from(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
    }""")
    grey = np.array(shown).reshape(SIDE, SIDE, 4)[:, :, 0] / 256
    difference = np.abs(frames - grey).mean(axis=(1, 2)).min()
    assert difference < 0.02, difference
    answers = page.evaluate("answers")
    assert [answer["frames"] for answer in answers] == list(range(1, len(answers) + 1))
    sums = [sum(answer["values"]) for answer in answers]
    assert np.allclose(sums, 1, atol=1e-3), sums
    assert page.inner_text("#trial-best") in labels
    assert page.locator("#trial-outputs li").count() == len(labels)
    wait(page, """() => [...document.querySelectorAll("#models dd")]
      .some(({ textContent }) => textContent === "1 / 8")""")
    wait(page, """() => [...document.querySelectorAll("#models div")]
      .some(({ textContent }) => /^steps\\/s[1-9]/.test(textContent))""")
    assert status()["steps"]["count"] >= before["steps"]["count"] + 30
    assert figure(page, "streams") == "1 / 8"
    assert page.locator("#models polyline, #models .dot").count() > 0
    shot(page, "light")
    page.emulate_media(color_scheme="dark")
    shot(page, "dark")
    stop(page)
    wait(page, """() => [...document.querySelectorAll("#models dd")]
      .some(({ textContent }) => textContent === "0 / 8")""")


def check_clip(page, name):
    """The example's clip gives what PyTorch gave for it."""
    frames, expected = clip(name)
    page.select_option("#trial-source", "clip")
    page.set_input_files(
        "#trial-file", {"name": f"{name}.png", "mimeType": "image/png", "buffer": animation(frames)})
    start(page, "clip", len(frames))
    wait(page, "document.getElementById('trial-button').textContent === 'Start'")
    assert "25 frames" in page.inner_text("#trial-note"), page.inner_text("#trial-note")
    found = np.array([answer["values"] for answer in page.evaluate("answers")])
    difference = np.abs(found - expected).max()
    assert difference < 1e-5, difference
    assert page.inner_text("#trial-best") == labels[expected[-1].argmax()]


def check_video(page):
    """A video that the browser recorded itself is played to its end."""
    page.select_option("#trial-source", "clip")
    page.evaluate("""async () => {
      const canvas = document.createElement("canvas");
      const drawing = canvas.getContext("2d");
      let x = 0;
      const timer = setInterval(() => {
        drawing.fillRect(0, 0, 300, 150);
        drawing.clearRect(x += 5, 50, 40, 40);
      }, 40);
      const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
      recorder.start();
      setTimeout(() => recorder.stop(), 1000);
      await stopped;
      clearInterval(timer);
      const files = new DataTransfer();
      files.items.add(new File(parts, "clip.webm", { type: "video/webm" }));
      document.getElementById("trial-file").files = files.files;
    }""")
    start(page, "clip", 5)
    wait(page, "document.getElementById('trial-button').textContent === 'Start'")
    assert "the clip ended" in page.inner_text("#trial-note"), page.inner_text("#trial-note")


def check_example(context):
    """Examples/clients/stream.js streams from a page of the server, as it would from the command line."""
    page = context.new_page()
    page.goto(address)
    lines = []
    page.on("console", lambda message: message.type == "log" and lines.append(message.text))
    target = address.replace("http", "ws", 1) + "v2/models/video-actions/stream"
    page.evaluate("(target) => { window.process = { argv: ['', '', target, '3'] }; }", target)
    text = (EXAMPLE.parent / "clients/stream.js").read_text(encoding="utf-8")
    page.evaluate("() => {" + text + "}")
    end = time.monotonic() + 60
    while len(lines) < 3:
        assert time.monotonic() < end, lines
        page.wait_for_timeout(50)
    assert [line.split(":")[0] for line in lines] == ["frame 1", "frame 2", "frame 3"], lines
    page.close()


def check_foreign(context):
    """A page of another site opens no stream without a token, changes nothing and reads nothing."""
    page = context.new_page()
    before = status()
    page.goto(foreign_site(address))
    wait(page, "window.socketResult && window.knownResult && window.postDone && window.getResult")
    # So it is not the browser that keeps it from opening one here.
    assert page.evaluate("knownResult") == "opened"
    assert page.evaluate("socketResult") == "refused"
    assert page.evaluate("getResult") == "unread"
    after = status()
    assert after["version"] == before["version"] == 1
    assert after["streams"]["started"] == before["streams"]["started"]
    page.close()


def check_tokens(context):
    """The page comes without a token, asks for one, and uses it for figures and streams."""
    page = open_page(context, closed_address)
    page.wait_for_selector("#access:not([hidden])")
    shot(page, "token")
    assert page.locator("#models article").count() == 0
    page.fill("#token", "not the right one at all")
    page.keyboard.press("Enter")
    wait(page, "document.getElementById('access-note').textContent !== ''")
    page.fill("#token", token)
    page.keyboard.press("Enter")
    page.wait_for_selector("#models article")
    assert page.is_hidden("#access")
    start(page, "noise", 3)
    stop(page)
    assert all("401" in trouble for trouble in page.troubles), page.troubles
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    assert kept == json.dumps([{}, {}, "", closed_address], separators=(",", ":")), kept
    page.close()


frames, _ = clip("grow")
with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
    camera = f"{folder}/camera.y4m"
    write_camera(camera, frames)
    browser = playwright.chromium.launch(
        executable_path=chromium,
        args=["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
              f"--use-file-for-fake-video-capture={camera}"])
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = open_page(context, address)
    wait(page, "document.getElementById('state').textContent === 'serving'")
    check_camera(page, frames)
    check_clip(page, "move-left")
    check_video(page)
    start(page, "zeros", 3)
    check_form(page)
    shot(page, "narrow")
    stop(page)
    assert page.troubles == [], page.troubles
    check_example(context)
    check_foreign(context)
    check_tokens(context)
    browser.close()
print("accepted")
