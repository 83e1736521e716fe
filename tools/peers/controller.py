"""One REINFORCE update of the ENAS micro controller: this project against PyTorch eager.

The same weights and the same architecture go into both; loss and gradients must
agree, then both are timed in turn, one thread each:

    python tools/peers/controller.py --nasx PATH_OF_NASX [--rounds 7] [--updates 200]

requirements.txt beside this file names what it needs. It prints one JSON object.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional

SEPARABLE = 2  # the first operations are separable convolutions: their fixed bias is positive


class Controller(nn.Module):
    """The controller as one writes it in PyTorch: modules, a loop, and autograd."""

    def __init__(self, blocks, ops, hidden, tanh_constant=1.10, op_reduce=2.5, fixed_bias=0.25):
        super().__init__()
        self.blocks, self.hidden = blocks, hidden
        self.tanh_constant, self.op_constant = tanh_constant, tanh_constant / op_reduce
        self.lstm = nn.LSTMCell(hidden, hidden, bias=False)
        self.start = nn.Parameter(torch.zeros(1, hidden))
        self.embed = nn.Embedding(ops, hidden)
        self.soft = nn.Linear(hidden, ops)
        self.key = nn.Linear(hidden, hidden, bias=False)
        self.query = nn.Linear(hidden, hidden, bias=False)
        self.value = nn.Linear(hidden, 1, bias=False)
        bias = torch.full((1, ops), -fixed_bias)
        bias[0, :SEPARABLE] = fixed_bias
        self.register_buffer("fixed", bias)

    def forward(self, arch):
        """Returns ln π of every choice of an architecture, [decisions]."""
        zeros = torch.zeros(1, self.hidden)
        state, chosen, at = (zeros, zeros), [], 0
        for half in range(2):
            x, anchors, keys = self.start, [], []
            for _ in range(2):
                state = self.lstm(x, state)
                anchors.append(zeros)
                keys.append(self.key(state[0]))
            for _ in range(self.blocks):
                for _ in range(2):
                    state = self.lstm(x, state)
                    scores = self.value(torch.tanh(torch.cat(keys) + self.query(state[0])))
                    logits = self.tanh_constant * torch.tanh(scores.t())
                    chosen.append(functional.log_softmax(logits, 1)[0, arch[at]])
                    x = anchors[arch[at]]
                    at += 1
                for _ in range(2):
                    state = self.lstm(x, state)
                    logits = self.op_constant * torch.tanh(self.soft(state[0]))
                    if half == 0:
                        logits = logits + self.fixed
                    chosen.append(functional.log_softmax(logits, 1)[0, arch[at]])
                    x = self.embed.weight[arch[at]].unsqueeze(0)
                    at += 1
                state = self.lstm(x, state)
                anchors.append(state[0])
                keys.append(self.key(state[0]))
                x = self.start
        return torch.stack(chosen)


def gates(matrix, hidden):
    """Brings gate columns from the order i, f, o, u to PyTorch's rows i, f, u, o."""
    i, f, o, u = matrix.split(hidden, 1)
    return torch.cat([i, f, u, o], 1).t()


def parts(theta, blocks, ops, hidden):
    """Cuts this project's parameter vector into PyTorch's tensors, by name."""
    shapes = [
        ("lstm.weight_ih", (hidden, 4 * hidden)), ("lstm.weight_hh", (hidden, 4 * hidden)),
        ("start", (1, hidden)), ("embed.weight", (ops, hidden)), ("soft.weight", (ops, hidden)),
        ("soft.bias", (ops,)), ("key.weight", (hidden, hidden)), ("query.weight", (hidden, hidden)),
        ("value.weight", (1, hidden)),
    ]
    found, at = {}, 0
    for name, shape in shapes:
        size = torch.Size(shape).numel()
        piece = theta[at:at + size].reshape(shape)
        if name.startswith("lstm"):
            piece = gates(piece, hidden)
        elif name in ("key.weight", "query.weight"):
            piece = piece.t()  # ours multiplies from the right
        found[name], at = piece, at + size
    if at != len(theta):
        sys.exit(f"{len(theta)} parameters, want {at}")
    return found


def nasx(path, *arguments):
    """Runs this project's measurement with one thread."""
    command = [path, "time", "controller", "--update", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": "1"})
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def compare(model, state):
    """Returns the loss's and the largest gradient's difference to the stored ones."""
    wanted = parts(torch.tensor(state["gradient"]), **state["shape"])
    loss = -(torch.tensor(state["advantage"]) * model(state["arch"])).sum()
    loss.backward()
    worst = max((p.grad - wanted[name]).abs().max().item() for name, p in model.named_parameters())
    return abs(loss.item() - state["loss"]), worst


def seconds(model, optimizer, state, updates):
    """Times updates, one by one, and returns the median of one."""
    advantage, times = torch.tensor(state["advantage"]), []
    for step in range(updates):
        begin = time.perf_counter()
        optimizer.zero_grad()
        loss = -(advantage * model(state["arch"])).sum()
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nasx", required=True, help="the command nasx, built")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--updates", type=int, default=200)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, "update.json")
        nasx(arguments.nasx, "--steps", "1", "--dump", dump)
        with open(dump, encoding="utf-8") as file:
            state = json.load(file)
    model = Controller(**state["shape"])
    model.load_state_dict({**parts(torch.tensor(state["theta"]), **state["shape"]), "fixed": model.fixed})
    loss_difference, gradient_difference = compare(model, state)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0035, betas=(0.9, 0.999), eps=1e-8)
    seconds(model, optimizer, state, arguments.updates // 4)  # warm up
    rounds = []
    for _ in range(arguments.rounds):
        ours = nasx(arguments.nasx, "--steps", str(arguments.updates))["step_seconds"]
        theirs = seconds(model, optimizer, state, arguments.updates)
        rounds.append({"ours_ms": 1e3 * ours, "pytorch_ms": 1e3 * theirs, "ratio": theirs / ours})
    ratios = [r["ratio"] for r in rounds]
    print(json.dumps({
        "what": "one REINFORCE update, 40 decisions, hidden 64, batch 1, one thread",
        "pytorch": torch.__version__,
        "loss_difference": loss_difference, "gradient_difference": gradient_difference,
        "ours_ms": statistics.median(r["ours_ms"] for r in rounds),
        "pytorch_ms": statistics.median(r["pytorch_ms"] for r in rounds),
        "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
        "rounds": rounds,
    }, indent=1))
    if not (loss_difference <= 1e-4 and gradient_difference <= 1e-4):
        sys.exit("loss or gradients differ by more than 1e-4")


main()
