"""The search network and its updates in PyTorch, eager or compiled; bench.py runs it."""

import time

import case

NET, GIVEN = case.arguments(__doc__, ["--compile"])  # sets the number of threads, so it comes first

import torch
from safetensors.numpy import load_file
from torch import nn
from torch.nn import functional


def norm(channels):
    """Batch normalisation over the batch at hand, without gain and offset."""
    return nn.BatchNorm2d(channels, case.NORM_EPSILON, affine=False, track_running_stats=False)


class ConvNorm(nn.Module):
    """ReLU, 1×1 convolution, normalisation."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(inputs, outputs, 1, bias=False), norm(outputs)

    def forward(self, x):
        return self.norm(self.conv(functional.relu(x)))


class FactorizedReduce(nn.Module):
    """ReLU, two 1×1 convolutions of stride 2, the second one pixel further, normalisation."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.a = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.b = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.norm = norm(outputs)

    def forward(self, x):
        x = functional.relu(x)
        return self.norm(torch.cat([self.a(x), self.b(x[:, :, 1:, 1:])], 1))


class Conv(nn.Module):
    """One or two rounds of ReLU, depthwise convolution, 1×1 convolution, normalisation."""

    def __init__(self, channels, kernel, stride, dilation, rounds):
        super().__init__()
        self.rounds, self.norm = rounds, norm(channels)
        for i in range(1, rounds + 1):
            setattr(self, f"depthwise{i}", nn.Conv2d(
                channels, channels, kernel, stride if i == 1 else 1, kernel // 2 * dilation, dilation,
                groups=channels, bias=False))
            setattr(self, f"pointwise{i}", nn.Conv2d(channels, channels, 1, bias=False))

    def forward(self, x):
        for i in range(1, self.rounds + 1):
            x = getattr(self, f"depthwise{i}")(functional.relu(x))
            x = self.norm(getattr(self, f"pointwise{i}")(x))
        return x


def operation(name, channels, stride):
    """One candidate of an edge."""
    if name == "max_pool_3x3":
        return nn.Sequential(nn.MaxPool2d(3, stride, 1), norm(channels))
    if name == "avg_pool_3x3":
        return nn.Sequential(nn.AvgPool2d(3, stride, 1, count_include_pad=False), norm(channels))
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels)
    kind, kernel = name.split("_conv_")
    return Conv(channels, int(kernel[0]), stride, *((1, 2) if kind == "sep" else (2, 1)))


class Edge(nn.ModuleDict):
    """All candidates of an edge, mixed. "none" adds nothing and is left out."""

    def __init__(self, channels, stride):
        super().__init__({name: operation(name, channels, stride) for name in case.OPS[1:]})

    def forward(self, x, weights):
        return sum(weight * operation(x) for weight, operation in zip(weights[1:], self.values()))


class Cell(nn.Module):
    """A cell of the search network."""

    def __init__(self, cell, nodes):
        super().__init__()
        self.nodes = nodes
        pre0 = FactorizedReduce if cell.after_reduction else ConvNorm
        self.pre0, self.pre1 = pre0(cell.in0, cell.channels), ConvNorm(cell.in1, cell.channels)
        self.edges = nn.ModuleDict({
            f"{source}-{target}": Edge(cell.channels, 2 if cell.reduction and source < 2 else 1)
            for target in range(2, nodes + 2) for source in range(target)
        })

    def forward(self, s0, s1, z):
        states, rows = [self.pre0(s0), self.pre1(s1)], iter(z)
        for target in range(2, self.nodes + 2):
            states.append(sum(
                self.edges[f"{source}-{target}"](states[source], next(rows)) for source in range(target)))
        return torch.cat(states[2:], 1)


class Supernet(nn.Module):
    """The search network: images [batch, channels, h, w] and z [2E, K] to logits [batch, classes]."""

    def __init__(self, net):
        super().__init__()
        layout = net.layout()
        self.edges, self.reductions = net.edges(), net.reductions()
        self.stem = nn.Sequential()
        self.stem.add_module("conv", nn.Conv2d(net.inputs, net.stem, 3, padding=1, bias=False))
        self.stem.add_module("norm", nn.BatchNorm2d(net.stem, case.NORM_EPSILON, track_running_stats=False))
        self.cells = nn.ModuleList(Cell(cell, net.nodes) for cell in layout)
        self.classifier = nn.Linear(net.nodes * layout[-1].channels, net.classes)

    def forward(self, images, z):
        s0 = s1 = self.stem(images)
        for index, cell in enumerate(self.cells):
            rows = z[self.edges:] if index in self.reductions else z[:self.edges]
            s0, s1 = s1, cell(s0, s1, rows)
        return self.classifier(s1.mean((2, 3)))


RENAMED = {
    "stem.norm.weight": "stem/gain", "stem.norm.bias": "stem/offset",
    "classifier.weight": "classifier/weights", "classifier.bias": "classifier/bias",
}


def our_name(name):
    """This project's name of a parameter."""
    if name in RENAMED:
        return RENAMED[name]
    name = name.removesuffix(".weight").replace("edges.", "").replace("cells.", "cell")
    return name.replace(".", "/")


def from_ours(name, value):
    """A parameter of this project, whose channels come last, in PyTorch's order."""
    value = torch.from_numpy(value)
    if "/depthwise" in name:
        return value.permute(2, 0, 1).unsqueeze(1).contiguous()
    if name == "stem/conv":
        return value.permute(3, 2, 0, 1).contiguous()
    if name == "classifier/weights":
        return value.t().contiguous()
    return value.t()[:, :, None, None].contiguous() if value.dim() == 2 else value


def to_ours(name, value):
    """The way back."""
    value = value.detach()
    if "/depthwise" in name:
        return value.squeeze(1).permute(1, 2, 0)
    if name == "stem/conv":
        return value.permute(2, 3, 1, 0)
    return value.reshape(value.shape[:2]).t() if value.dim() > 1 else value


class Search:
    """A network, its logits, their optimizers, and one step of each method."""

    def __init__(self, dump, dtype):
        self.dtype = dtype
        self.model = Supernet(NET).to(dtype)
        self.model.load_state_dict({
            name: from_ours(our_name(name), dump["before/weights/" + our_name(name)])
            for name, _ in self.model.named_parameters()
        })
        self.run = torch.compile(self.model) if GIVEN.compile else self.model
        self.sgd = torch.optim.SGD(
            self.model.parameters(), case.RATE, case.MOMENTUM, weight_decay=case.DECAY)
        self.train, self.valid = self.batch(dump, ""), self.batch(dump, "arch_")
        self.z, self.logits = torch.from_numpy(dump["z"]).to(dtype), None
        if GIVEN.method != "weights":
            self.logits = nn.Parameter(torch.tensor(dump["before/arch/logits"], dtype=dtype))
            self.adam = torch.optim.Adam(
                [self.logits], case.ARCH_RATE, case.ARCH_BETAS, case.ARCH_EPSILON, case.ARCH_DECAY)
        if GIVEN.method == "snas":
            self.temperature = dump["temperature"].item()
            self.noise = torch.from_numpy(case.noise(dump)).to(dtype)

    def batch(self, dump, prefix):
        """A minibatch, channels first."""
        images = torch.from_numpy(dump[prefix + "images"]).to(self.dtype).permute(0, 3, 1, 2)
        return images.contiguous(), torch.from_numpy(dump[prefix + "labels"])

    def loss(self, batch, z):
        images, labels = batch
        return functional.cross_entropy(self.run(images, z), labels)

    def weights(self, z):
        """One step of the weights at fixed z."""
        self.sgd.zero_grad()
        loss = self.loss(self.train, z)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), case.CLIP)
        self.sgd.step()
        return loss.item()

    def darts(self):
        """First order: the logits on the other minibatch, then the weights."""
        loss = self.loss(self.valid, self.logits.softmax(1))
        self.logits.grad = torch.autograd.grad(loss, self.logits)[0]
        self.adam.step()
        return self.weights(self.logits.detach().softmax(1))

    def snas(self):
        """One sample moves weights and logits."""
        if self.noise is None:
            z = functional.gumbel_softmax(self.logits, self.temperature)
        else:  # the first step's, for the comparison
            z = ((self.logits + self.noise) / self.temperature).softmax(1)
            self.noise = None
        self.adam.zero_grad()
        loss = self.weights(z)
        self.adam.step()
        return loss

    def step(self):
        """One step of the method; returns its loss."""
        if GIVEN.method == "weights":
            return self.weights(self.z)
        return self.darts() if GIVEN.method == "darts" else self.snas()

    def gradients(self):
        """Loss and gradients of the training minibatch at the dumped z."""
        z = self.z.clone().requires_grad_()
        loss = self.loss(self.train, z)
        grads = torch.autograd.grad(loss, [z, *self.model.parameters()])
        named = zip((our_name(name) for name, _ in self.model.named_parameters()), grads[1:])
        return loss.item(), grads[0], {name: to_ours(name, grad) for name, grad in named}


    def updates(self, dump):
        """How far weights and logits are from those that the dumped step left."""
        named = {our_name(name): p for name, p in self.model.named_parameters()}
        logits = None if self.logits is None else self.logits.detach()
        return case.update_differences(
            dump, {name: to_ours(name, p) for name, p in named.items()}, logits)


def main():
    torch.set_num_threads(GIVEN.threads)
    dump = load_file(GIVEN.dump)
    if GIVEN.check:
        search = Search(dump, torch.float64)
        found = case.gradient_differences(dump, *search.gradients())
        search.step()
        case.report({**found, **search.updates(dump)})
        return
    search = Search(dump, torch.float32)
    begin = time.perf_counter()
    loss = search.step()
    case.take_turns(search.step, GIVEN.steps, time.perf_counter() - begin, {
        "first_loss": loss, "first_step": search.updates(dump),
        "parameters": sum(p.numel() for p in search.model.parameters()),
        "backend": f"PyTorch {torch.__version__.split('+')[0]} " + ("compiled" if GIVEN.compile else "eager"),
    })


main()
