"""The search network and its updates in JAX, one jitted function a step; bench.py runs it."""

import time
from functools import partial

import case

NET, GIVEN = case.arguments(__doc__)  # sets the number of threads, so it comes first

import jax

jax.config.update("jax_enable_x64", GIVEN.check)

import jax.numpy as jnp
from jax import lax
from safetensors.numpy import load_file

SAME3 = ((0, 0), (1, 1), (1, 1), (0, 0))


def normalize(x):
    """Batch normalisation over the batch at hand, without gain and offset."""
    mean = jnp.mean(x, (0, 1, 2))
    return (x - mean) * lax.rsqrt(jnp.var(x, (0, 1, 2)) + case.NORM_EPSILON)


def convolve(x, kernel, stride=1, pad=0, dilation=1, groups=1):
    return lax.conv_general_dilated(
        x, kernel, (stride, stride), [(pad, pad)] * 2, rhs_dilation=(dilation, dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"), feature_group_count=groups)


def depthwise(x, kernel, stride, dilation):
    size = kernel.shape[0]
    return convolve(x, kernel[:, :, None], stride, size // 2 * dilation, dilation, x.shape[3])


def max_pool(x, stride):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 3, 3, 1), (1, stride, stride, 1), SAME3)


def avg_pool(x, stride):
    """The average of the pixels that exist."""
    def total(values):
        return lax.reduce_window(values, 0.0, lax.add, (1, 3, 3, 1), (1, stride, stride, 1), SAME3)
    return total(x) / total(jnp.ones((1, *x.shape[1:3], 1)))


def factorized_reduce(x, w, prefix):
    x = jax.nn.relu(x)
    halves = [x[:, ::2, ::2] @ w[prefix + "/a"], x[:, 1::2, 1::2] @ w[prefix + "/b"]]
    return normalize(jnp.concatenate(halves, 3))


def conv_norm(x, w, name):
    return normalize(jax.nn.relu(x) @ w[name + "/conv"])


def operation(x, w, prefix, name, stride):
    """One candidate of an edge."""
    if name == "max_pool_3x3":
        return normalize(max_pool(x, stride))
    if name == "avg_pool_3x3":
        return normalize(avg_pool(x, stride))
    if name == "skip_connect":
        return x if stride == 1 else factorized_reduce(x, w, prefix)
    rounds, dilation = (2, 1) if name.startswith("sep") else (1, 2)
    for i in range(1, rounds + 1):
        x = depthwise(jax.nn.relu(x), w[f"{prefix}/depthwise{i}"], stride if i == 1 else 1, dilation)
        x = normalize(x @ w[f"{prefix}/pointwise{i}"])
    return x


def cell_output(index, cell, w, s0, s1, z):
    prefix, rows = f"cell{index}", iter(z)
    pre0 = factorized_reduce if cell.after_reduction else conv_norm
    states = [pre0(s0, w, prefix + "/pre0"), conv_norm(s1, w, prefix + "/pre1")]
    for target in range(2, NET.nodes + 2):
        total = 0.0
        for source in range(target):
            row, stride = next(rows), 2 if cell.reduction and source < 2 else 1
            for k, name in enumerate(case.OPS):
                if name != "none":  # adds nothing
                    edge = f"{prefix}/{source}-{target}/{name}"
                    total += row[k] * operation(states[source], w, edge, name, stride)
        states.append(total)
    return jnp.concatenate(states[2:], 3)


def loss_of(w, z, images, labels):
    """Mean cross-entropy of a minibatch, nats."""
    x = normalize(convolve(images, w["stem/conv"], pad=1))
    s0 = s1 = x * w["stem/gain"] + w["stem/offset"]
    for index, cell in enumerate(NET.layout()):
        rows = z[NET.edges():] if cell.reduction else z[:NET.edges()]
        s0, s1 = s1, cell_output(index, cell, w, s0, s1, rows)
    logits = s1.mean((1, 2)) @ w["classifier/weights"] + w["classifier/bias"]
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1))


def sgd(w, velocity, gradient):
    """Momentum, with decay after clipping."""
    squares = sum(jnp.sum(g * g) for g in jax.tree.leaves(gradient))
    scale = jnp.minimum(1.0, case.CLIP / (jnp.sqrt(squares) + 1e-6))
    velocity = jax.tree.map(
        lambda v, g, p: case.MOMENTUM * v + scale * g + case.DECAY * p, velocity, gradient, w)
    return jax.tree.map(lambda p, v: p - case.RATE * v, w, velocity), velocity


def adam(logits, moments, gradient):
    """Adam with L2 decay and bias correction."""
    (beta1, beta2), count = case.ARCH_BETAS, moments["count"] + 1
    gradient = gradient + case.ARCH_DECAY * logits
    first = beta1 * moments["first"] + (1 - beta1) * gradient
    second = beta2 * moments["second"] + (1 - beta2) * gradient * gradient
    scaled = first / (1 - beta1**count) / (jnp.sqrt(second / (1 - beta2**count)) + case.ARCH_EPSILON)
    return logits - case.ARCH_RATE * scaled, {"count": count, "first": first, "second": second}


@partial(jax.jit, donate_argnums=0)
def weights_step(state, train, z):
    loss, gradient = jax.value_and_grad(loss_of)(state["w"], z, *train)
    w, velocity = sgd(state["w"], state["velocity"], gradient)
    return {**state, "w": w, "velocity": velocity}, loss


@partial(jax.jit, donate_argnums=0)
def darts_step(state, train, valid):
    """First order: the logits on the other minibatch, then the weights."""
    gradient = jax.grad(lambda a: loss_of(state["w"], jax.nn.softmax(a), *valid))(state["logits"])
    logits, moments = adam(state["logits"], state["moments"], gradient)
    loss, gradient = jax.value_and_grad(loss_of)(state["w"], jax.nn.softmax(logits), *train)
    w, velocity = sgd(state["w"], state["velocity"], gradient)
    return {"w": w, "velocity": velocity, "logits": logits, "moments": moments}, loss


@partial(jax.jit, donate_argnums=0)
def snas_step(state, train, noise, temperature):
    """One sample moves weights and logits."""
    def objective(w, a):
        return loss_of(w, jax.nn.softmax((a + noise) / temperature), *train)
    loss, (by_weight, by_logit) = jax.value_and_grad(objective, (0, 1))(state["w"], state["logits"])
    logits, moments = adam(state["logits"], state["moments"], by_logit)
    w, velocity = sgd(state["w"], state["velocity"], by_weight)
    return {"w": w, "velocity": velocity, "logits": logits, "moments": moments}, loss


class Search:
    """The state of a search and one step of each method."""

    def __init__(self, dump, dtype):
        self.dtype, prefix = dtype, "before/weights/"
        w = {name.removeprefix(prefix): jnp.asarray(value, dtype)
             for name, value in dump.items() if name.startswith(prefix)}
        self.state = {"w": w, "velocity": jax.tree.map(jnp.zeros_like, w)}
        if GIVEN.method != "weights":
            logits = jnp.asarray(dump["before/arch/logits"], dtype)
            zeros = jnp.zeros_like(logits)
            self.state |= {
                "logits": logits, "moments": {"count": 0, "first": zeros, "second": zeros.copy()}}
        self.train, self.valid = self.batch(dump, ""), self.batch(dump, "arch_")
        self.z = jnp.asarray(dump["z"], dtype)
        if GIVEN.method == "snas":
            self.key, self.temperature = jax.random.key(1), dump["temperature"].item()
            self.noise = jnp.asarray(case.noise(dump), dtype)

    def batch(self, dump, prefix):
        return jnp.asarray(dump[prefix + "images"], self.dtype), jnp.asarray(dump[prefix + "labels"], jnp.int32)

    def step(self):
        """One step of the method; returns its loss."""
        if GIVEN.method == "weights":
            self.state, loss = weights_step(self.state, self.train, self.z)
        elif GIVEN.method == "darts":
            self.state, loss = darts_step(self.state, self.train, self.valid)
        else:
            self.state, loss = snas_step(self.state, self.train, self.noise, self.temperature)
            self.key, drawn = jax.random.split(self.key)  # the first step's noise is the dumped one
            self.noise = jax.random.gumbel(drawn, self.noise.shape, self.dtype)
        return float(jax.block_until_ready((self.state, loss))[1])

    def gradients(self):
        """Loss and gradients of the training minibatch at the dumped z."""
        both = jax.jit(jax.value_and_grad(loss_of, (0, 1)))
        loss, (weights, z) = both(self.state["w"], self.z, *self.train)
        return float(loss), z, weights


    def updates(self, dump):
        """How far weights and logits are from those that the dumped step left."""
        return case.update_differences(dump, self.state["w"], self.state.get("logits"))


def main():
    dump = load_file(GIVEN.dump)
    if GIVEN.check:
        search = Search(dump, jnp.float64)
        found = case.gradient_differences(dump, *search.gradients())
        search.step()
        case.report({**found, **search.updates(dump)})
        return
    search = Search(dump, jnp.float32)
    begin = time.perf_counter()
    loss = search.step()
    case.take_turns(search.step, GIVEN.steps, time.perf_counter() - begin, {
        "first_loss": loss, "first_step": search.updates(dump),
        "parameters": sum(p.size for p in search.state["w"].values()),
        "backend": f"JAX {jax.__version__} {jax.default_backend()}",
    })


main()
