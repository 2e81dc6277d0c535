"""One part's calls and its file, which is whole after each of them."""

import datetime
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def written(path, content):
    """Writes JSON to a file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(content, indent=1) + "\n")
    partial.rename(path)


def finished(words, limit, variables=None, folder=None):
    """Runs a program: what it printed, and a sentence on how it failed, else None. What it printed is kept
    however it ends."""
    try:
        result = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=limit, env=variables, cwd=folder)
        output, errors, code = result.stdout, result.stderr, result.returncode
        reason = f"exit code {code}: {text(errors).strip()[-600:]}" if code else None
    except subprocess.TimeoutExpired as expired:
        output, reason = expired.stdout, f"stopped after {limit:.0f} s"
    except OSError as error:
        output, reason = b"", f"does not run: {error}"
    return text(output), reason


def text(output):
    return (output or b"").decode(errors="replace")


class Part:
    """One part's entries and what became of its calls.

    `wrong`: kernels that the doctor found wrong; what runs them is not timed.
    """

    def __init__(self, arguments, variables, machine, wrong=()):
        self.arguments, self.variables, self.wrong = arguments, variables, set(wrong)
        self.end = time.monotonic() + arguments.minutes * 60
        self.path = arguments.out / f"{arguments.part}.json"
        self.content = {"part": arguments.part, "date": datetime.date.today().isoformat(),
                        "machine": machine, "small": arguments.small, "results": [],
                        "peers": [], "failures": [], "left_out": []}
        self.calls_left = 1
        self.write()

    def write(self):
        written(self.path, self.content)

    def limit(self):
        """Seconds that the next call may take: twice its share of what is left, 30 at least."""
        left = self.end - time.monotonic()
        limit = min(left, max(30, 2 * left / max(self.calls_left, 1)))
        self.calls_left -= 1
        return limit

    def call(self, what, words, variables=None):
        """What a program prints, also one that fails; None if no time is left."""
        limit = self.limit()
        if limit < 5:
            self.leave_out(what)
            return None
        print(f"run.sh: {what}", file=sys.stderr)
        output, reason = finished(words, limit, variables, self.arguments.out)
        if reason:
            self.fail(what, reason)
        return output

    def leave_out(self, what):
        self.content["left_out"].append(what)
        self.write()

    def fail(self, what, reason):
        self.content["failures"].append({"what": what, "reason": reason})
        print(f"run.sh: {what}: {reason}", file=sys.stderr)
        self.write()

    def bench(self, what, words, streams, precisions, families, seconds=0.5):
        """Entries of `sluice bench`, which writes them one by one: those before a failure are kept.

        `families`: kernels of the doctor that it runs, at fp32.
        """
        arguments = self.arguments
        precisions = [name for name in precisions if self.is_right(what, name, families)]
        if not precisions:
            self.calls_left -= 1
            return
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "bench.json"
            command = [arguments.sluice.resolve(), "bench", *words, "--backend", "opencl",
                       "--streams", ",".join(map(str, streams)), "--precision", ",".join(precisions),
                       "--seconds", seconds, "--json", path]
            if arguments.device:
                command += ["--device", arguments.device]
            self.call(what, command, self.variables)
            if path.is_file():
                self.take(what, json.loads(path.read_text()))

    def is_right(self, what, precision, families):
        names = {name if precision == "fp32" else f"{name} {precision}" for name in families}
        if names & self.wrong:
            wrong = ", ".join(sorted(names & self.wrong))
            self.leave_out(f"{what}, {precision}: doctor finds {wrong} wrong")
        return not names & self.wrong

    def take(self, what, report):
        """Keeps what a report of `sluice bench` holds."""
        built = HERE / "commit"
        known = report["commit"] != "unknown" or not built.is_file()
        self.content["commit"] = report["commit"] if known else built.read_text().strip()
        self.content["processor"] = report["machine"]
        self.content["results"] += report["results"]
        for failure in report.get("failures", []):
            self.content["failures"].append({"what": what, **failure})
        self.write()

    def peers(self, what, words):
        """Lines of peers.py: PyTorch's times of the same sizes, in the environment as it was."""
        self.keep_lines("peers", self.call(what, [sys.executable, HERE / "peers.py", *words]))

    def keep_lines(self, key, output):
        """Keeps every line that is whole; a program that was stopped may leave half of one."""
        for line in (output or "").splitlines():
            try:
                self.content[key].append(json.loads(line))
            except ValueError:
                self.fail(key, f"no line of JSON: {line[:200]}")
        self.write()
