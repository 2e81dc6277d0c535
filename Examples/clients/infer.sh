#!/usr/bin/env bash
# Sends a stream of black frames to `sluice serve` with curl, and prints the answers.
#
#     infer.sh http://localhost:8000/v2/models/video-actions 3
set -euo pipefail
model=$1
frames=$2
black=$(printf '0,%.0s' {1..1023})0

for ((i = 1; i <= frames; i++)); do
  start=$([[ $i -eq 1 ]] && echo true || echo false)
  end=$([[ $i -eq $frames ]] && echo true || echo false)
  curl -sS --fail-with-body "$model/infer" --data-binary @- <<JSON
{ "parameters": { "sequence_id": "black", "sequence_start": $start, "sequence_end": $end },
  "inputs": [ { "name": "frames", "shape": [1, 1, 1, 32, 32], "datatype": "FP32", "data": [$black] } ] }
JSON
  echo
done
