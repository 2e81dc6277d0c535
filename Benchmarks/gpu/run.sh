#!/usr/bin/env bash
# Measures a GPU machine in four parts, each under 8 minutes. Needs bash and python3 there, no Swift: the
# binary comes along (Benchmarks/gpu/bundle makes a folder with everything).
#
#     Benchmarks/gpu/run.sh --part a|b|c|d [--device D] [--models FOLDER] [--out FOLDER] [--minutes 8]
#                           [--sluice PROGRAM] [--probes PROGRAM] [--small]
#
#     a   GRU sequences of DeepBench's sizes, fp32 and fp16, µs a step, beside PyTorch's cuDNN
#     b   one step for 1, 16, 256, 4096 streams of H = 256, 512, 1024, 2048, host to host, beside cuDNN
#     c   gtcrn, fastenhancer_t and the pose network, 1 to 16384 streams
#     d   launch and transfer overhead, copy bandwidth, matrix rate: the bounds
#
# `sluice doctor` runs before a, b and c, once for each binary and device: what it finds wrong is not timed, the
# rest is. Part d goes first: the others print what part of its bounds they reach. OUT/<part>.json (results/gpu
# if not given) is whole after every call and says what failed and what was left out; a table ends the part.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if ! command -v python3 >/dev/null; then
  echo "run.sh: no python3 here: it drives the programs and prints the tables" >&2
  exit 2
fi
exec python3 "$here/suite.py" "$@"
