"""The losses of pairs and of judged segments against TRL's own trainers, where TRL is installed.

Two small random language models are the policy and the reference; a segment is a sentence, a step is a word. TRL
tokenises the sentences, pads them, and computes its loss; ours sees the sums of log-probabilities only.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from algorithms._blocks.preference_losses import dpo, hinge, ipo, kto, robust

WORDS = ("the", "pole", "stays", "up", "while", "cart", "moves", "left", "or", "right", "and", "a", "car", "climbs")
BETA, FLIPPED, SIZE = 0.3, 0.2, 6  # SIZE: sentences
PAIRS = {
    "sigmoid": partial(dpo, beta=BETA),
    "hinge": partial(hinge, beta=BETA),
    "ipo": partial(ipo, beta=BETA),
    "robust": partial(robust, beta=BETA, flipped=FLIPPED),
}


@pytest.fixture(scope="module")
def trl() -> Any:
    return pytest.importorskip("trl")


@pytest.fixture(scope="module")
def tokenizer(trl: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: place for place, word in enumerate(["<pad>", "<end>", *dict.fromkeys(WORDS)])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<end>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="<end>")


def language_model(tokenizer: Any, seed: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    sizes = {"vocab_size": len(tokenizer), "n_positions": 32, "n_embd": 8, "n_layer": 1, "n_head": 1}
    quiet = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    ends = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    return GPT2LMHeadModel(GPT2Config(**sizes, **quiet, **ends, initializer_range=0.5))


def sentences(n: int, words: int, rng: np.random.Generator) -> list[str]:
    return [" ".join(rng.choice(WORDS, size=words)) + " " for _ in range(n)]


def log_probabilities(model: Any, tokenizer: Any, prompts: list[str], completions: list[str]) -> Any:
    """log p of each word of a completion and of the end after it, [n, words + 1]."""
    rows = []
    for prompt, completion in zip(prompts, completions, strict=True):
        head, tail = (tokenizer(text)["input_ids"] for text in (prompt, completion))
        tail = [*tail, tokenizer.eos_token_id]
        with torch.no_grad():
            told = model(torch.tensor([head + tail])).logits[0].log_softmax(dim=-1)
        rows.append([float(told[len(head) - 1 + place, token]) for place, token in enumerate(tail)])
    return np.array(rows)


def trainer_of(kind: Any, config: Any, folder: Path, tokenizer: Any, data: dict[str, Any], **told: Any) -> Any:
    from datasets import Dataset

    settings = {"output_dir": str(folder), "per_device_train_batch_size": SIZE, "report_to": "none", "bf16": False}
    return kind(
        model=language_model(tokenizer, 1),
        ref_model=language_model(tokenizer, 2),
        args=config(**settings, **told, beta=BETA, use_cpu=True),
        processing_class=tokenizer,
        train_dataset=Dataset.from_dict(data),
    )


def loss_of(trainer: Any) -> float:
    (batch,) = trainer.get_train_dataloader()
    return float(trainer.compute_loss(trainer.model, batch))


def ratios(tokenizer: Any, prompts: list[str], completions: list[str]) -> Any:
    """log pi - log pi_ref of each step, [n, words + 1]."""
    policy, reference = (language_model(tokenizer, seed) for seed in (1, 2))
    return log_probabilities(policy, tokenizer, prompts, completions) - log_probabilities(
        reference, tokenizer, prompts, completions
    )


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.filterwarnings("ignore")
def test_a_pairs_loss(kind: str, trl: Any, tokenizer: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    prompts, better, worse = (sentences(SIZE, words, rng) for words in (2, 5, 5))
    data = {"prompt": prompts, "chosen": better, "rejected": worse}
    flipped = FLIPPED if kind == "robust" else 0.0
    trainer = trainer_of(
        trl.DPOTrainer, trl.DPOConfig, tmp_path, tokenizer, data, loss_type=kind, label_smoothing=flipped
    )
    of_steps = np.mean if kind == "ipo" else np.sum
    ours, *_ = PAIRS[kind](*(of_steps(ratios(tokenizer, prompts, side), axis=1) for side in (better, worse)))
    assert np.ptp(ours) > 0.1
    assert loss_of(trainer) == pytest.approx(float(ours.mean()), rel=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_the_loss_of_judged_segments(trl: Any, tokenizer: Any, tmp_path: Path) -> None:
    """TRL estimates the divergence on completions of other prompts, so that it is left out here and there."""
    rng = np.random.default_rng(2)
    prompts, completions = (sentences(SIZE, words, rng) for words in (2, 5))
    good = [True, False, True, True, False, True]
    data = {"prompt": prompts, "completion": completions, "label": good}
    trainer = trainer_of(trl.KTOTrainer, trl.KTOConfig, tmp_path, tokenizer, data, loss_type="apo_zero_unpaired")
    scores = ratios(tokenizer, prompts, completions).sum(axis=1)
    assert np.ptp(scores) > 1
    assert loss_of(trainer) == pytest.approx(kto(scores, np.array(good, float), BETA, 0.0)[0], rel=1e-4)
