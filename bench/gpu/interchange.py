"""An export of the program in transformers: the same logits, the same ids of a prompt, the same greedy tokens.

    python3 interchange.py --model EXPORT --ours generated.json --logits logits.safetensors --out compared.json

--ours is what `pretrain generate EXPORT --temperature 0 --json` printed, --logits what it wrote with `--logits`: the logits
behind every id, prompt and all. Both sides compute in fp32 on the CPU.
"""

import argparse
import json

import torch
import transformers
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

# fp32 sums in other orders, of logits of up to some tens.
LARGEST_DIFFERENCE = 1e-3


def compare(folder, ours, our_logits):
    """Figures, and in words what does not fit."""
    failures = []
    # A bf16 export is computed with in fp32, as ours is.
    model = AutoModelForCausalLM.from_pretrained(folder).float().eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    ids = ours["ids"]
    prompt = ids[: ours["prompt_tokens"]]

    their_prompt = tokenizer(ours["prompt"])["input_ids"]
    if their_prompt != prompt:
        failures.append(f"the prompt has the ids {their_prompt} there and {prompt} here")

    with torch.no_grad():
        their_logits = model(torch.tensor([ids])).logits[0]
    if their_logits.shape != our_logits.shape:
        failures.append(f"the logits are {list(their_logits.shape)} there and {list(our_logits.shape)} here")
        difference = float("inf")
    else:
        difference = (their_logits - our_logits).abs().max().item()
    # Not 'difference > ...': NaN is a failure.
    if not difference <= LARGEST_DIFFERENCE:
        failures.append(f"logits differ by up to {difference}, and {LARGEST_DIFFERENCE} is allowed")

    start = torch.tensor([prompt])
    with torch.no_grad():
        generated = model.generate(
            start,
            attention_mask=torch.ones_like(start),
            max_new_tokens=len(ids) - len(prompt),
            do_sample=False,
            num_beams=1,
            pad_token_id=model.config.eos_token_id,
        )[0].tolist()
    if generated != ids:
        failures.append(f"the greedy tokens are {generated[len(prompt):]} there and {ids[len(prompt):]} here")

    return {
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "tokens": len(ids),
        "largest_difference": difference,
        "failures": failures,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="the exported folder")
    parser.add_argument("--ours", required=True, help="what `pretrain generate --json` printed")
    parser.add_argument("--logits", required=True, help="what it wrote with --logits")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    with open(options.ours, encoding="utf-8") as file:
        ours = json.load(file)
    result = compare(options.model, ours, load_file(options.logits)["logits"])
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
    for failure in result["failures"]:
        print(f"{options.model}: {failure}")
    raise SystemExit(1 if result["failures"] else 0)


main()
