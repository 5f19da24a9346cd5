#!/usr/bin/env bash
# The tests that take minutes and gigabytes of disk: marked explicit, so that dotnet test leaves them out.
# Arguments go to the test runner, for example: -class '*LargeCorpusTests'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet build tests/Ilgpu.Pretrain.Tests -c Release
exec dotnet run -c Release --no-build --project tests/Ilgpu.Pretrain.Tests -- -explicit only -trait "Speed=slow" -showliveoutput "$@"
