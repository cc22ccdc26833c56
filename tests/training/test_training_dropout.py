"""Quick dropout drops what it says, keeps the mean, and stands where torch's stood."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from sanitize.training.dropout import Dropout  # noqa: E402
from sanitize.training.model import ATTENTION, Detector  # noqa: E402


@pytest.mark.parametrize("shape", [(64, 33, 48), (7,), (100_003,)])
def test_a_share_is_dropped_and_the_mean_stays(shape: tuple[int, ...]) -> None:
    """A tenth of the ones becomes 0, the others grow by as much."""
    torch.manual_seed(3)
    got = Dropout(0.1)(torch.ones(shape))
    assert got.shape == shape
    assert {round(float(value), 4) for value in got.unique()} <= {0.0, round(256 / 230, 4)}
    if got.numel() > 1000:
        assert float((got == 0).float().mean()) == pytest.approx(0.1, abs=0.01)
        assert float(got.mean()) == pytest.approx(1, abs=0.01)


def test_each_value_is_drawn_for_itself() -> None:
    """Neighbours that share a draw fall independently: two in a row as often as chance has it."""
    torch.manual_seed(4)
    dropped = Dropout(0.5)(torch.ones(1 << 18)) == 0
    for apart in (1, 7, 8, 64):
        both = (dropped[apart:] & dropped[:-apart]).float().mean()
        assert float(both) == pytest.approx(0.25, abs=0.01)


def test_the_same_seed_drops_the_same() -> None:
    """What a resumed run needs; another seed drops others."""
    drop, values = Dropout(0.1), torch.ones(1000)
    torch.manual_seed(1)
    first = drop(values)
    second = drop(values)
    torch.manual_seed(1)
    assert torch.equal(first, drop(values))
    assert not torch.equal(first, second)


def test_nothing_is_dropped_when_used_or_when_nothing_is_asked() -> None:
    """Evaluation, and a share of 0."""
    values = torch.randn(100)
    assert torch.equal(Dropout(0.5).eval()(values), values)
    assert torch.equal(Dropout(0.0)(values), values)


def test_a_detector_has_it_everywhere() -> None:
    """No slow dropout is left that drops anything, and two training passes differ."""
    config = transformers.BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        **ATTENTION,
    )
    model = Detector(transformers.BertModel(config, add_pooling_layer=False))
    slow = [module for module in model.encoder.modules() if isinstance(module, torch.nn.Dropout)]
    assert all(module.p == 0 for module in slow)
    assert sum(isinstance(module, Dropout) for module in model.modules()) == 5
    ids, mask = torch.tensor([[1, 2, 3]]), torch.ones(1, 3, dtype=torch.int64)
    assert not torch.equal(model(ids, mask), model(ids, mask))
    model.eval()
    assert torch.equal(model(ids, mask), model(ids, mask))
