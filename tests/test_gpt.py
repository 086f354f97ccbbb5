"""examples/gpt.py: PyTorch's losses from the same weights, and names made of letters."""

import importlib.util
import re
from pathlib import Path

import pytest

import autograd_lite as ag
import nn

PATH = Path(__file__).parent.parent / "examples" / "gpt.py"
NAMES = ["ann", "anna", "nan", "hannah", "dana", "diana", "ian", "nadia", "ana", "adan"]


@pytest.fixture(scope="module")
def gpt():
    spec = importlib.util.spec_from_file_location("gpt", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def native(monkeypatch):
    """The native engine, for models that take the other one minutes."""
    if ag.NativeValue is None:
        pytest.skip("the native engine is not built")
    monkeypatch.setattr(ag, "Value", ag.NativeValue)


def losses_of_torch(gpt, model, heads, names, steps, batch):
    """The losses of the same model and training, as one writes them in PyTorch."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch import nn as tnn
    from torch.nn import functional as F

    class Attention(tnn.Module):
        def __init__(self, width):
            super().__init__()
            for name in ("query", "key", "value", "projection"):
                setattr(self, name, tnn.Linear(width, width, bias=False))

        def forward(self, x):
            q, k, v = (
                layer(x).unflatten(1, (heads, -1)).transpose(0, 1)
                for layer in (self.query, self.key, self.value)
            )
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.projection(mixed.transpose(0, 1).flatten(1))

    class Block(tnn.Module):
        def __init__(self, width):
            super().__init__()
            self.norm1, self.attention = tnn.RMSNorm(width), Attention(width)
            self.norm2 = tnn.RMSNorm(width)
            self.mlp = tnn.Sequential(
                tnn.Linear(width, 4 * width), tnn.ReLU(), tnn.Linear(4 * width, width)
            )

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class Twin(tnn.Module):
        def __init__(self, width, layers):
            super().__init__()
            self.tokens = tnn.Embedding(len(gpt.LETTERS), width)
            self.places = tnn.Embedding(gpt.CONTEXT, width)
            self.blocks = tnn.ModuleList([Block(width) for _ in range(layers)])
            self.norm, self.head = tnn.RMSNorm(width), tnn.Linear(width, 27, bias=False)

        def forward(self, tokens):
            x = self.tokens(tokens) + self.places(torch.arange(len(tokens)))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    twin = Twin(model.tokens.embedding_dim, len(model.blocks)).double()
    model.load_state_dict(twin.state_dict())
    optimizer = torch.optim.AdamW(twin.parameters(), lr=0.01, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    rng, losses = gpt.random.Random(0), []
    for _ in range(steps):
        chosen = [torch.tensor(gpt.tokens_of(name)) for name in rng.sample(names, batch)]
        optimizer.zero_grad()
        loss = sum(F.cross_entropy(twin(t[:-1]), t[1:], reduction="sum") for t in chosen)
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item() / sum(len(t) - 1 for t in chosen))
    return losses


@pytest.mark.parametrize("eager", [False, True], ids=["compiled", "eager"])
def test_the_losses_are_those_of_pytorch(gpt, Value, eager):
    model = gpt.GPT(width=8, heads=2, layers=2)
    wanted = losses_of_torch(gpt, model, 2, NAMES, steps=4, batch=2)
    found = list(gpt.train(model, NAMES, steps=4, batch=2, eager=eager))
    assert found == pytest.approx(wanted, rel=1e-9, abs=0)


def test_the_first_20_losses_are_those_of_pytorch(gpt, native):
    model, names = gpt.GPT(), nn.datasets.names()
    wanted = losses_of_torch(gpt, model, 4, names, steps=20, batch=16)
    found = list(gpt.train(model, names, steps=20))
    assert found == pytest.approx(wanted, rel=1e-9, abs=0)


@pytest.mark.slow
def test_it_learns_and_makes_up_names_of_letters(gpt, native):
    model = gpt.GPT(width=8, heads=2)
    losses = list(gpt.train(model, nn.datasets.names(), steps=60))
    assert sum(losses[-10:]) < 0.9 * sum(losses[:10])
    made = gpt.sample(model, 10)
    assert made == gpt.sample(model, 10)
    assert all(re.fullmatch(r"[a-z]{0,11}", name) for name in made)
    assert any(len(name) > 2 for name in made)
