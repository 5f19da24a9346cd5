#!/usr/bin/env bash
# The PTX of every kernel, assembled by ptxas for sm_80 and sm_90: docs/results/ptxas/README.md, and the hashes in
# docs/results/kernels.json. Needs the .NET SDK and ptxas, no GPU.
#
#   PTXAS=/path/to/ptxas bench/gpu/ptx.sh      # or ptxas on the path
#   bench/gpu/ptx.sh --no-assembler            # the hashes alone
#
# ptxas comes with CUDA, or with Debian's package nvidia-cuda-toolkit (11.8, in non-free). It need not be installed:
#   apt-get download nvidia-cuda-toolkit && dpkg -x nvidia-cuda-toolkit_*.deb toolkit && PTXAS=toolkit/usr/bin/ptxas ...
# Exits 1 when a kernel does not compile or does not assemble; the others are reported all the same.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

arguments=(--out "$root/artifacts/ptx" --repository "$root" --ledger "$root/docs/results/kernels.json")
if [[ ${1:-} == --no-assembler ]]; then
    shift
else
    ptxas=${PTXAS:-$(command -v ptxas || true)}
    if [[ -z $ptxas || ! -x $ptxas ]]; then
        echo "ptx.sh: ptxas is neither on the path nor given as PTXAS=...; --no-assembler does without it." >&2
        exit 2
    fi
    arguments+=(--ptxas "$ptxas" --report "$root/docs/results/ptxas/README.md")
fi
if (($# > 0)); then
    echo "ptx.sh: '$1' is not understood; it takes --no-assembler." >&2
    exit 2
fi
exec dotnet run -c Release --project "$root/bench/Ilgpu.Pretrain.Bench" -- gpu-ptx "${arguments[@]}"
