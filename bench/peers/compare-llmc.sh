#!/bin/sh
# Our training step of 124M parameters beside that of llm.c's CPU trainer, in turns, in one run, as a Markdown table.
#
#   bench/peers/compare-llmc.sh TRAINER [--version NAME] [--threads N] [--rounds 3] [--steps 5]
#
# TRAINER is a train_gpt2 for the CPU that you have built from https://github.com/karpathy/llm.c yourself; nothing here
# builds or fetches it. Its checkpoint and tokens are written with random contents into a temporary folder (0.5 GB) that
# goes when the run ends. Needs the .NET SDK and stdbuf (GNU coreutils).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
trainer=$1
shift
exec dotnet run -c Release --project "$here/../Ilgpu.Pretrain.Bench" -- compare-llmc --trainer "$trainer" "$@"
