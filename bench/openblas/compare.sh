#!/bin/sh
# Our matrix product beside OpenBLAS's sgemm: same shapes and threads, in turns, in one run.
# Needs gcc and OpenBLAS with its headers (Debian: apt-get install gcc libopenblas-dev) and the .NET SDK; installs nothing.
# Arguments go to the verb: for example --threads 1,2 --rounds 5 --shapes small.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
for tool in gcc dotnet; do
    command -v "$tool" >/dev/null || { echo "compare.sh: $tool is not on the path." >&2; exit 1; }
done
mkdir -p "$here/bin"
gcc -O2 -o "$here/bin/sgemm" "$here/sgemm.c" -lopenblas || {
    echo "compare.sh: gcc could not build sgemm.c; are OpenBLAS and cblas.h there (Debian: libopenblas-dev)?" >&2
    exit 1
}
exec dotnet run -c Release --project "$here/../Ilgpu.Pretrain.Bench" -- compare-matmul --peer "$here/bin/sgemm" "$@"
