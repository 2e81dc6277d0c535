"""Benchmarks/gpu/run.sh without a device: programs that fail, hang or lie in odd places, and tables of
recorded entries. Scripts/check-suite runs it."""

import argparse
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Benchmarks/gpu"))
sys.dont_write_bytecode = True

import doctor  # noqa: E402
import machine  # noqa: E402
import tables  # noqa: E402
from part import Part  # noqa: E402

# What the probes wrote on some device, cut short: a text and an absent value have no unit.
PROBES = [
    {"experiment": "E2", "results": [
        {"name": "write from pinned memory", "measured": 50.0, "unit": "GB/s", "predicted": 50}]},
    {"experiment": "E5", "results": [
        {"name": "each group its own slice of 6 MB", "measured": 6.0, "unit": "TB/s"},
        {"name": "each group its own slice of 6 MB, at the stated clock", "measured": 20.0,
         "unit": "B/cycle/unit"},
        {"name": "each group its own slice of 400 MB", "measured": 4.0, "unit": "TB/s"},
        {"name": "all groups the same 32 KB, through the first-level cache", "measured": 32.0,
         "unit": "TB/s"}]},
    {"experiment": "E6", "results": [
        {"name": "form", "measured": "mma.sync"},
        {"name": "m16n8k16, 8 warps a unit, 8 chains each", "measured": 600.0, "unit": "TFLOP/s"}]},
    {"experiment": "E9", "results": [
        {"name": "T128", "measured": None, "reason": "no inline PTX"},
        {"name": "F64, fp32, 4096 streams", "measured": 40.0, "unit": "TFLOP/s"}]},
]


def sequence_entry():
    """An entry of `sluice bench --gru 1024,1024 --sequence 1500 --profile`."""
    return {"model": "gru 1024,1024", "streams": 1, "sequence": 1500, "precision": "fp16",
            "p50_us": 6000.0, "p99_us": 7500.0, "checked_frames": 8, "profile": {
                "method": "commands by the device's clock", "parts": [
                    {"name": "frames to the device", "us": 900.0},
                    {"name": "gru0", "operation": 0, "us": 3000.0}]}}


def printed(show, content, bounds):
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        show(content, bounds)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in
            text.getvalue().splitlines()]


class TablesTest(unittest.TestCase):
    def test_a_sequence_is_given_by_the_step_beside_cudnn_and_its_bound(self):
        content = {"part": "a", "results": [sequence_entry()], "peers": [
            {"hidden": 1024, "batch": 1, "steps": 1500, "precision": "fp16", "us": 4.0}]}
        head, _, line = printed(tables.recurrences, content, tables.Bounds(PROBES))
        cells = dict(zip(head, line))
        self.assertEqual(cells["steps"], "1500")
        self.assertEqual(cells["µs a step"], "4.00")
        self.assertEqual(cells["on the device"], "2.00")
        self.assertEqual(cells["cuDNN µs"], "4.00")
        # By the kernels' time: cuDNN's frames lie on the device.
        self.assertEqual(cells["times cuDNN"], "2.00")
        # 3 · 1024² halves at 6 TB/s: 6 MB are within the set of 6 MB.
        self.assertEqual(cells["bound µs"], "1.05")

    def test_weights_are_read_where_they_fit(self):
        bounds = tables.Bounds(PROBES)
        self.assertEqual(bounds.bandwidth(6 << 20), 6e12)
        self.assertEqual(bounds.bandwidth(7 << 20), 4e12)
        self.assertEqual(bounds.bandwidth(1 << 40), 4e12)
        self.assertIsNone(tables.Bounds([]).bandwidth(1))

    def test_operations_are_bound_by_the_rate_of_their_precision(self):
        bounds = tables.Bounds(PROBES)
        self.assertAlmostEqual(bounds.step_us(1024, 4096, "fp32", True),
                               12 * 1024 * 1024 * 4096 / 40e12 * 1e6)
        entry = {"operations": 0, "transfer_bytes": 5e4, "streams": 1000, "precision": "fp32"}
        self.assertAlmostEqual(bounds.call_us(entry), 1000)

    def test_probes_print_what_part_of_the_prediction_they_are(self):
        lines = printed(tables.probes, {"results": PROBES}, None)
        self.assertEqual(len(lines), 2 + sum(len(line["results"]) for line in PROBES))
        self.assertEqual(lines[2][-2:], ["50", "1.00"])


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.arguments = argparse.Namespace(
            part="b", out=self.folder, minutes=1, small=True, device=None)
        silence = contextlib.redirect_stderr(io.StringIO())
        silence.__enter__()
        self.addCleanup(silence.__exit__, None, None, None)

    def program(self, text):
        path = self.folder / "program"
        path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{text}\n")
        path.chmod(0o755)
        self.arguments.sluice = path
        return path


BENCH = """
report = {"commit": "c", "machine": {}, "results": [{"streams": 1}],
          "failures": [{"streams": 4096, "reason": "too many"}]}
open(sys.argv[sys.argv.index("--json") + 1], "w").write(json.dumps(report))
"""


class PartTest(Folder):
    def part(self, **options):
        return Part(self.arguments, None, {}, **options)

    def bench(self, part, *precisions):
        part.bench("steps", ["--gru", "4,4"], [1, 4096], precisions, ("gru", "wide"))
        return json.loads(part.path.read_text())

    def test_results_before_a_failure_are_kept(self):
        self.program(BENCH + "sys.exit(3)")
        content = self.bench(self.part(), "fp16")
        self.assertEqual(content["results"], [{"streams": 1}])
        self.assertEqual([failure.get("streams") for failure in content["failures"]], [None, 4096])

    def test_results_of_a_program_that_hangs_are_kept(self):
        self.program(BENCH + "time.sleep(60)")
        self.arguments.minutes = 6 / 60
        content = self.bench(self.part(), "fp16")
        self.assertEqual(content["results"], [{"streams": 1}])
        self.assertIn("stopped after", content["failures"][0]["reason"])

    def test_what_the_doctor_finds_wrong_is_not_timed(self):
        self.program(BENCH)
        content = self.bench(self.part(wrong=["wide fp16"]), "fp16")
        self.assertEqual(content["results"], [])
        self.assertIn("wide fp16", content["left_out"][0])
        content = self.bench(self.part(wrong=["wide"]), "fp16", "fp32")
        self.assertEqual([len(content["results"]), len(content["left_out"])], [1, 1])

    def test_half_a_line_of_a_program_that_was_stopped_loses_no_other(self):
        part = self.part()
        part.keep_lines("peers", '{"us": 1}\n{"us"')
        self.assertEqual(part.content["peers"], [{"us": 1}])


# Examines gru, crashes in wide, and examines what is asked for after it.
DOCTOR = """
words = sys.argv
names = [words[i + 1] for i, word in enumerate(words) if word == "--only"] or ["gru", "wide", "pool"]
report = {"device": "d", "families": names, "findings": []}
path = words[words.index("--json") + 1]
for name in names:
    open(path, "w").write(json.dumps(report))
    if name == "wide": os.abort()
    report["findings"].append({"family": name, "misses": ["too far"] if name == "pool" else []})
open(path, "w").write(json.dumps(report))
sys.exit(1)
"""


class DoctorTest(Folder):
    def test_a_family_that_crashes_stops_no_other(self):
        self.program(DOCTOR)
        self.assertEqual(doctor.wrong_families(self.arguments, None), {"wide", "pool"})
        report = json.loads((self.folder / "doctor.json").read_text())
        self.assertEqual([finding["family"] for finding in report["findings"]],
                         ["gru", "wide", "pool"])
        self.assertIn("exit code -6", report["findings"][1]["misses"][0])
        # The same binary is not asked again, another one is.
        (self.folder / "doctor.part.json").mkdir()
        self.assertEqual(doctor.wrong_families(self.arguments, None), {"wide", "pool"})
        (self.folder / "doctor.part.json").rmdir()
        self.program(DOCTOR.replace("too far", "much too far"))
        doctor.wrong_families(self.arguments, None)
        self.assertIn("much", (self.folder / "doctor.json").read_text())

    def test_a_family_that_hangs_is_wrong_and_one_without_time_is_not(self):
        self.program(DOCTOR.replace("os.abort()", "time.sleep(60)"))
        self.addCleanup(setattr, doctor, "PATIENCE", doctor.PATIENCE)
        doctor.PATIENCE = 1
        self.assertEqual(doctor.wrong_families(self.arguments, None), {"wide", "pool"})
        self.program(DOCTOR.replace("os.abort()", "time.sleep(60) "))
        doctor.PATIENCE, self.arguments.minutes = 60, 1 / 60
        self.assertEqual(doctor.wrong_families(self.arguments, None), set())
        self.assertEqual(json.loads((self.folder / "doctor.json").read_text())["left"],
                         ["wide", "pool"])
        # The next part has time again.
        doctor.PATIENCE, self.arguments.minutes = 1, 1
        self.assertEqual(doctor.wrong_families(self.arguments, None), {"wide", "pool"})

    def test_a_doctor_that_does_not_run_ends_the_part(self):
        self.program("sys.exit(4)")
        with self.assertRaises(SystemExit):
            doctor.wrong_families(self.arguments, None)


class MachineTest(Folder):
    def test_a_driver_that_no_list_names_is_found(self):
        here = self.folder / "bundle"
        (here / "lib").mkdir(parents=True)
        driver = self.folder / "driver"
        driver.mkdir()
        (driver / machine.DRIVER).touch()
        program = self.program('print(json.dumps({"opencl": {"platforms": []}}))')
        given = {"PATH": "/usr/bin:/bin"}
        variables, remarks = machine.environment(program, here, [driver], given)
        self.assertEqual(variables["OCL_ICD_VENDORS"], str(here / "vendors"))
        self.assertEqual(variables["LD_LIBRARY_PATH"], f"{driver}:{here / 'lib'}")
        self.assertIn(str(driver), remarks[0])
        self.assertEqual(given, {"PATH": "/usr/bin:/bin"})
        _, remarks = machine.environment(program, here, [self.folder], given)
        self.assertIn(str(self.folder), remarks[0])

    def test_nothing_is_set_where_a_platform_shows(self):
        program = self.program('print(json.dumps({"opencl": {"platforms": [{}]}}))')
        variables, remarks = machine.environment(program, self.folder, [], {})
        self.assertEqual((variables, remarks), ({}, []))


if __name__ == "__main__":
    unittest.main()
