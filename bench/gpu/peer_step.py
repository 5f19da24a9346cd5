"""One training step of a Llama in PyTorch, eager and compiled: a peer to measure against, no part of the project.

The same step as ours: RMSNorm before each block, rotary positions in the half-split layout, causal attention with grouped
key/value heads, SwiGLU, no biases, output head apart from the embedding, cross-entropy of all tokens, gradients clipped
to norm 1, AdamW. fp32 parameters and moments; bf16 autocast, scaled_dot_product_attention, fused AdamW.

    python3 peer_step.py --like step.json --out peer-step.json [--seconds 8] [--no-compile]
"""

import argparse
import gc
import json
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

WARM_UP_STEPS = 3
FEWEST_STEPS = 5

# The paper's 300M model, as `pretrain model 300m` prints it.
MODELS = {
    "300m": dict(hidden=768, mlp=2688, layers=12, heads=12, kv_heads=12, vocabulary=128256),
    "tiny": dict(hidden=64, mlp=96, layers=1, heads=2, kv_heads=1, vocabulary=136),
}


class RmsNorm(nn.Module):
    def __init__(self, width, epsilon=1e-5):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        x32 = x.float()
        normed = x32 * torch.rsqrt(x32.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return normed * self.gain


def rotate(x, cosines, sines):
    """x: batch, heads, length, head size; feature i pairs with feature i + head size / 2."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cosines - b * sines, b * cosines + a * sines), dim=-1)


class Block(nn.Module):
    def __init__(self, hidden, mlp, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.head_size = heads, kv_heads, hidden // heads
        self.attention_norm = RmsNorm(hidden)
        self.qkv = nn.Linear(hidden, (heads + 2 * kv_heads) * self.head_size, bias=False)
        self.attention_output = nn.Linear(hidden, hidden, bias=False)
        self.mlp_norm = RmsNorm(hidden)
        self.gate_up = nn.Linear(hidden, 2 * mlp, bias=False)
        self.down = nn.Linear(mlp, hidden, bias=False)

    def forward(self, x, cosines, sines):
        batch, length, hidden = x.shape
        widths = [self.heads * self.head_size, self.kv_heads * self.head_size, self.kv_heads * self.head_size]
        q, k, v = self.qkv(self.attention_norm(x)).split(widths, dim=-1)
        q = q.view(batch, length, self.heads, self.head_size).transpose(1, 2)
        k = k.view(batch, length, self.kv_heads, self.head_size).transpose(1, 2)
        v = v.view(batch, length, self.kv_heads, self.head_size).transpose(1, 2)
        q, k = rotate(q, cosines, sines), rotate(k, cosines, sines)
        if self.kv_heads != self.heads:
            group = self.heads // self.kv_heads
            k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attention_output(attended.transpose(1, 2).reshape(batch, length, hidden))
        gate, up = self.gate_up(self.mlp_norm(x)).chunk(2, dim=-1)
        return x + self.down(F.silu(gate) * up)


class Llama(nn.Module):
    def __init__(self, hidden, mlp, layers, heads, kv_heads, vocabulary, length):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.blocks = nn.ModuleList(Block(hidden, mlp, heads, kv_heads) for _ in range(layers))
        self.final_norm = RmsNorm(hidden)
        self.head = nn.Linear(hidden, vocabulary, bias=False)
        for matrix in (parameter for parameter in self.parameters() if parameter.dim() == 2):
            nn.init.trunc_normal_(matrix, std=hidden**-0.5)
        head_size = hidden // heads
        frequencies = 10000 ** (-torch.arange(0, head_size, 2, dtype=torch.float64) / head_size)
        angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies)
        # In bf16, so that autocast's queries and keys stay what scaled_dot_product_attention's fast path takes.
        self.register_buffer("cosines", angles.cos().to(torch.bfloat16), persistent=False)
        self.register_buffer("sines", angles.sin().to(torch.bfloat16), persistent=False)

    def forward(self, ids, targets):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x, self.cosines, self.sines)
        logits = self.head(self.final_norm(x))
        return F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def measure(shape, batch, length, compiled, seconds):
    torch.manual_seed(1)
    with torch.device("cuda"):
        model = Llama(**shape, length=length)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, fused=True)
    loss_of = torch.compile(model) if compiled else model
    ids = torch.randint(shape["vocabulary"], (batch, length), device="cuda")
    targets = torch.randint(shape["vocabulary"], (batch, length), device="cuda")

    def step():
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = loss_of(ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        # Copied to the host, as ours is: the step has ended then.
        return loss.item()

    torch.cuda.reset_peak_memory_stats()
    for _ in range(WARM_UP_STEPS):
        step()
    taken = []
    begin = time.perf_counter()
    while len(taken) < FEWEST_STEPS or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        loss = step()
        taken.append(time.perf_counter() - start)
    median = statistics.median(taken)
    return {
        "batch": batch,
        "length": length,
        "steps": len(taken),
        "seconds_per_step": median,
        "tokens_per_second": batch * length / median,
        "used_bytes": torch.cuda.max_memory_reserved(),
        "allocated_bytes": torch.cuda.max_memory_allocated(),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "last_loss": loss,
    }


def measure_fitting(shape, batch, length, compiled, seconds):
    """With half the batch, and half of that, where memory runs out."""
    while True:
        try:
            return measure(shape, batch, length, compiled, seconds)
        except torch.OutOfMemoryError if hasattr(torch, "OutOfMemoryError") else torch.cuda.OutOfMemoryError:
            if batch == 1:
                raise
            batch //= 2
        gc.collect()
        torch.cuda.empty_cache()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--like", required=True, help="the JSON of `gpu-step --json`: its model, batch and length")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=8, help="of measuring, for each variant")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()

    with open(options.like, encoding="utf-8") as file:
        ours = json.load(file)
    result = {"torch": torch.__version__, "cuda": torch.version.cuda, "device_name": torch.cuda.get_device_name(), "variants": []}
    failed = False
    for name, compiled in (("PyTorch, eager", False), ("PyTorch, torch.compile", True)):
        if compiled and options.no_compile:
            continue
        try:
            figures = measure_fitting(MODELS[ours["model"]], ours["batch"], ours["length"], compiled, options.seconds)
            if figures["parameters"] != ours["parameters"]:
                raise RuntimeError(f"the models differ: {figures['parameters']} parameters here, {ours['parameters']} there")
        except Exception as error:  # Whatever a compiler throws: one variant's failure hides no other's figures.
            figures = {"error": str(error).strip().split("\n", maxsplit=1)[0]}
            failed = True
        result["variants"].append({"name": name, **figures})
        # After each variant: a later one may be killed.
        with open(options.out, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=2)
        gc.collect()
        torch.cuda.empty_cache()
    raise SystemExit(1 if failed else 0)


main()
