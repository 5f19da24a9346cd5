#!/usr/bin/env bash
# The GPU check: everything that needs an NVIDIA GPU, in one go, on a machine with a driver and no .NET SDK.
#
#   bench/gpu/check.sh pack OUT.tar.xz      # here, with the SDK: a self-contained build for linux-x64
#   ./check.sh run [OPTIONS]                # there, in the unpacked folder; nine minutes at most
#       --only PHASES     some of smoke,kernels,model,train,bench,peers,interchange
#       --device D        cuda:0 unless given
#       --out FOLDER      results-TIME unless given
#       --dry             on simulated warps, with tiny shapes: tries the program out where there is no GPU
#   bench/gpu/check.sh record CHECK.json    # here: verdicts, figures and table into docs/results/
#
# A phase that fails or runs out of its time hides no other; run exits 1 when one did. docs/gpu.md says more.
set -euo pipefail
self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")
here=$(dirname "$self")

# Seconds that each phase may take; together less than nine minutes.
phases=(smoke kernels model train bench peers interchange)
declare -A limits=([smoke]=60 [kernels]=130 [model]=45 [train]=60 [bench]=80 [peers]=130 [interchange]=30)

# Exit codes of a phase that have a meaning of their own.
readonly skipped=3 no_device=2 out_of_time=124 killed=137

fail() {
    echo "check.sh: $1" >&2
    exit 2
}

usage() {
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$self" >&2
    exit 2
}

pack() {
    local out=$1 root work folder bytes
    root=$(cd "$here/../.." && pwd)
    [[ -f $root/Ilgpu.Pretrain.sln ]] || fail "pack works in the repository."
    [[ $out == *.tar.xz ]] || fail "pack was given '$out'; it takes a file name that ends in .tar.xz."
    work=$(mktemp -d)
    # shellcheck disable=SC2064 # The folder of now.
    trap "rm -rf '$work'" EXIT
    folder=$work/ilgpu-pretrain-check
    mkdir -p "$folder/data"

    # One folder for all three, so that they share the runtime.
    local project
    for project in src/Ilgpu.Pretrain.Cli tests/Ilgpu.Pretrain.Kernels.Tests bench/Ilgpu.Pretrain.Bench; do
        dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained -p:Ilgpu=package --artifacts-path "$work/artifacts" \
            -o "$folder/app" -v quiet
    done
    # What the test SDK brings for other platforms and languages, and what only readers and debuggers want.
    rm -rf "$folder"/app/*/ "$folder"/app/*.xml "$folder"/app/*.pdb

    # The hashes of what is packed: a verdict is of them.
    cp "$root/docs/results/kernels.json" "$folder/kernels.json"
    "$folder/app/Ilgpu.Pretrain.Bench" gpu-ptx --repository "$root" --ledger "$folder/kernels.json" ||
        echo "check.sh: not every kernel compiles; packing all the same." >&2

    # Text to train on: the project's own.
    local op
    cp "$root"/*.md "$root"/docs/*.md "$folder/data"
    for op in "$root"/kernels/Ilgpu.Pretrain.Kernels/*/; do
        [[ $(basename "$op") == @(bin|obj) ]] || cat "$op"*.cs > "$folder/data/$(basename "$op").txt"
    done
    cp "$self" "$here"/peer_*.py "$here/interchange.py" "$folder"

    mkdir -p "$(dirname "$out")"
    tar -C "$work" --sort=name --owner=0 --group=0 -c ilgpu-pretrain-check | xz -6 -T0 > "$out"
    bytes=$(stat -c %s "$out")
    echo "$out: $((bytes / 1000000)) MB"
    ((bytes < 50000000)) || fail "that is more than 50 MB."
}

record() {
    local root
    root=$(cd "$here/../.." && pwd)
    [[ -f $root/Ilgpu.Pretrain.sln ]] || fail "record works in the repository."
    dotnet run -c Release --project "$root/bench/Ilgpu.Pretrain.Bench" -- gpu-record "$(realpath "$1")" --repository "$root"
}

# --- run: the phases. Each is a process of its own, in which a failing command ends it. ---

bench() {
    "$here/app/Ilgpu.Pretrain.Bench" "$@"
}

# What the table says of the phase.
note() {
    printf '%s' "$1" > "$out/$name.note"
}

phase_smoke() {
    nvidia-smi > "$out/nvidia-smi.txt" 2>&1 || true
    bench gpu-smoke --device "$device" --json > "$out/smoke.json"
    "$here/app/pretrain" devices --json > "$out/devices.json"
}

# A process a class: one that hangs or loses the device takes no other class's tests with it.
phase_kernels() {
    local classes jobs total failed
    local pattern='Naive|Gpu|TensorCore|Warp|GroupReduce'
    ((dry)) && pattern='SwiGluNaive|WarpIntrinsics'
    mkdir -p "$out/kernels"
    : > "$out/kernels/classes.tsv"
    classes=$("$here/app/Ilgpu.Pretrain.Kernels.Tests" -list classes -noColor | grep -E "\.[A-Za-z0-9]*($pattern)[A-Za-z0-9]*\$" | grep -v 'GpuBenchTests' | sort)
    jobs=$(nproc)
    ((jobs <= 4)) || jobs=4
    xargs -P "$jobs" -n 1 "$BASH" "$self" _class <<< "$classes" || true
    total=$(wc -l <<< "$classes")
    failed=$(awk -F '\t' '$2 != 0' "$out/kernels/classes.tsv" | wc -l)
    note "$total test classes, $failed of them failed"
    ((failed == 0 && $(wc -l < "$out/kernels/classes.tsv") == total))
}

test_class() {
    local started=$SECONDS code=0 patience=60
    ((!dry)) || patience=300
    PRETRAIN_TEST_DEVICE=$device timeout --foreground --kill-after=5 "$patience" "$here/app/Ilgpu.Pretrain.Kernels.Tests" -class "$1" -noColor \
        -ctrf "$out/kernels/$1.json" > "$out/kernels/$1.log" 2>&1 || code=$?
    printf '%s\t%d\t%d\n' "$1" "$code" $((SECONDS - started)) >> "$out/kernels/classes.tsv"
}

phase_model() {
    bench gpu-model --device "$device" --json > "$out/model.json"
}

phase_train() {
    local precision=bf16 run=(--model mini-s --batch 8 --length 128 --steps 60 --val-tokens 8192)
    ! grep -q '"bf16": false' "$out/smoke.json" 2> /dev/null || precision=fp32
    ((dry)) && run=(--model mini-xxs --batch 1 --length 32 --steps 2 --val-tokens 64)
    bench gpu-step --device "$device" --precision "$precision" --seconds 15 --json > "$out/step.json"
    "$here/app/pretrain" train --data "$here/data" --tokenizer bytes "${run[@]}" --lr 1e-2 --device "$device" \
        --precision "$precision" --out "$out/runs" --json > "$out/train.json"
    note "$precision; a run of the program itself, too"
}

phase_bench() {
    bench gpu --device "$device" --seconds 65 --json > "$out/bench.json"
}

phase_peers() {
    if ((dry)); then
        note 'no peers in a dry run'
        return $skipped
    fi
    if ! python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2> "$out/peers-torch.log"; then
        note 'python3 has no torch with CUDA'
        return $skipped
    fi
    local failed=0
    python3 "$here/peer_matmul.py" --like "$out/bench.json" --seconds 15 --out "$out/peer-matmul.json" || failed=1
    python3 "$here/peer_step.py" --like "$out/step.json" --seconds 8 --out "$out/peer-step.json" || failed=1
    return $failed
}

# An export of the program, loaded by transformers: on the CPU in fp32, where both sides compute the same.
phase_interchange() {
    if ! python3 -c 'import torch, safetensors, transformers' 2> "$out/interchange-python.log"; then
        note 'python3 has no torch with transformers'
        return $skipped
    fi
    local work=$out/interchange dtype failed=0
    mkdir -p "$work"
    "$here/app/pretrain" train --data "$here/data" --tokenizer bytes --model mini-xxs --batch 4 --length 64 --steps 60 --val-tokens 2048 --lr 1e-2 \
        --precision fp32 --device cpu --out "$work/runs" --run "$work/run" > "$work/train.log"
    for dtype in fp32 bf16; do
        "$here/app/pretrain" export "$work/run" --dtype "$dtype" --shard-size 50KB --out "$work/$dtype" > "$work/export-$dtype.log"
        "$here/app/pretrain" generate "$work/$dtype" --prompt 'The model' --temperature 0 --tokens 50 --device cpu --json \
            --logits "$work/$dtype-logits.safetensors" > "$work/$dtype.json"
        HF_HUB_OFFLINE=1 python3 "$here/interchange.py" --model "$work/$dtype" --ours "$work/$dtype.json" --logits "$work/$dtype-logits.safetensors" \
            --out "$work/$dtype-compared.json" || failed=1
    done
    python3 -c 'import json, sys; print(json.dumps({name: json.load(open(f"{sys.argv[1]}/{name}-compared.json")) for name in sys.argv[2:]}))' \
        "$work" fp32 bf16 > "$out/interchange.json"
    ((failed)) || note 'transformers gives the logits and 50 greedy tokens of two exports'
    return $failed
}

# --- run: the whole. ---

run() {
    local only='' name
    device=cuda:0 out='' dry=0
    while (($# > 0)); do
        case $1 in
            --dry) dry=1 device=simulated-warps ;;
            --only | --device | --out)
                (($# > 1)) || fail "$1 takes a value."
                case $1 in
                    --only) only=$2 ;;
                    --device) device=$2 ;;
                    --out) out=$2 ;;
                esac
                shift
                ;;
            *) fail "'$1' is not understood; run takes --only, --device, --out, --dry." ;;
        esac
        shift
    done
    [[ -x $here/app/Ilgpu.Pretrain.Bench ]] || fail "run works in a folder that 'pack' made; there is no $here/app."
    for name in ${only//,/ }; do
        [[ " ${phases[*]} " == *" $name "* ]] || fail "--only was given '$name'; it takes some of ${phases[*]}."
    done
    # Simulated warps are slow, and nobody pays for them by the hour.
    ((!dry)) || for name in "${phases[@]}"; do limits[$name]=$((5 * limits[$name])); done
    out=${out:-results-$(date -u +%Y%m%d-%H%M%S)}
    mkdir -p "$out"
    out=$(cd "$out" && pwd)
    : > "$out/phases.tsv"
    export device out dry
    # The packed runtime is the one to use, whatever the machine has.
    unset DOTNET_ROOT
    export DOTNET_NOLOGO=1 DOTNET_gcServer=0

    local reachable=1
    for name in "${phases[@]}"; do
        [[ -z $only || ,$only, == *",$name,"* ]] || continue
        phase "$name" $reachable || { [[ $name != smoke || $? != "$no_device" ]] || reachable=0; }
    done

    echo
    bench gpu-report "$out" --ledger "$here/kernels.json" --device "$device" --date "$(date -u +%F)" || {
        echo "Failed; what each phase said is in $out."
        exit 1
    }
    echo "Results: $out/check.json, check.md"
}

# phase NAME REACHABLE: runs one in its time and notes how it went.
phase() {
    local name=$1 reachable=$2 started=$SECONDS code=0 outcome remark
    if ((!reachable)); then
        printf '%s\tskipped\t0\tthere is no such device\n' "$name" >> "$out/phases.tsv"
        return
    fi
    printf '=== %s, %d seconds at most\n' "$name" "${limits[$name]}"
    timeout --kill-after=5 "${limits[$name]}" "$BASH" "$self" _phase "$name" 2> >(tee "$out/$name.log" >&2) || code=$?
    case $code in
        0) outcome=passed ;;
        "$skipped") outcome=skipped ;;
        "$out_of_time" | "$killed") outcome='out of time' ;;
        *) outcome=failed ;;
    esac
    remark=$(cat "$out/$name.note" 2> /dev/null || true)
    [[ $outcome != failed || -n $remark ]] || remark=$(tail -n 1 "$out/$name.log" | tr '\t|' '  ' | cut -c 1-200)
    printf '%s\t%s\t%d\t%s\n' "$name" "$outcome" $((SECONDS - started)) "$remark" >> "$out/phases.tsv"
    printf '=== %s: %s\n' "$name" "$outcome"
    return "$code"
}

case ${1:-}:$# in
    pack:2) pack "$2" ;;
    record:2) record "$2" ;;
    run:*) run "${@:2}" ;;
    _phase:2)
        name=$2
        "phase_$name"
        ;;
    _class:2) test_class "$2" ;;
    *) usage ;;
esac
