"""The German language model that the course ships, as a fastai Learner that reads pieces of words.
AWD-LSTM in shape (Merity et al. 2018): 320, 768, 320 units, tied; from `python -m tools.german`.
"""

from collections.abc import Iterable, Sequence

import pandas as pd
import torch
from fastai.text.all import (
    AWD_LSTM,
    ColReader,
    ColSplitter,
    DataBlock,
    DataLoaders,
    LMLearner,
    TextBlock,
    awd_lstm_lm_config,
    language_model_learner,
)
from torch import Tensor

from course_utils.eight_bits import load_packed
from course_utils.german import GERMAN
from course_utils.pieces import Pieces

__all__ = ["SHAPE", "german_pieces", "load_language_model", "piece_block", "piece_streams"]

SHAPE = {"emb_sz": 320, "n_hid": 768, "n_layers": 2}
SAMPLE = "Der neue BER wird bald eröffnet."


def german_pieces() -> Pieces:
    """The vocabulary of 10,000 pieces."""
    return Pieces(GERMAN / "pieces.model")


def piece_block(pieces: Pieces, **options) -> TextBlock:
    """fastai's TextBlock for a column `text`, cut into `pieces`, an xxbos before each document."""
    return TextBlock.from_df(
        "text", tok=pieces, rules=[], vocab=pieces.names, n_workers=0, **options
    )


def piece_streams(
    texts: Sequence[str], held: Sequence[str], pieces: Pieces, bs: int = 16, seq_len: int = 70
) -> DataLoaders:
    """Batches of a language model over the documents `texts`; `held` is the validation part."""
    frame = pd.DataFrame({"text": [*texts, *held], "is_valid": False})
    frame.loc[len(texts) :, "is_valid"] = True
    data = DataBlock(
        piece_block(pieces, is_lm=True), get_x=ColReader("text"), splitter=ColSplitter()
    )
    return data.dataloaders(frame, bs=bs, seq_len=seq_len, cache=len(frame), num_workers=0)


def shipped_weights() -> dict[str, Tensor]:
    """The weights under the names that fastai's language model gives them."""
    weights = load_packed(GERMAN / "language-model.safetensors")
    embedding = weights["0.encoder.weight"]
    shared = ("0.encoder_dp.emb.weight", "1.decoder.weight")
    return {**weights, **dict.fromkeys(shared, embedding)}


def load_language_model(
    texts: Iterable[str] | None = None,
    held: Iterable[str] | None = None,
    drop_mult: float = 0.5,
    seed: int = 0,
    pretrained: bool = True,
    bs: int = 16,
    seq_len: int = 70,
    **options,
) -> LMLearner:
    """A fastai Learner over the shipped language model; `sample` and `beam_search` take it.

    texts, held: documents to train on and to judge by, batched as `piece_streams`; without them the
        Learner can write and be trained on nothing.
    drop_mult: multiplies AWD-LSTM's five dropouts.
    pretrained: False gives the same network with random weights, drawn with `seed`: the control.
    options: as in fastai's `language_model_learner`, such as `metrics` or `cbs`.
    Raises `ValueError` if a file is missing or damaged."""
    pieces = german_pieces()
    given = [SAMPLE] * bs * 3 if texts is None else list(texts)
    judged = given[:bs] if held is None else list(held)
    torch.manual_seed(seed)
    learn = language_model_learner(
        piece_streams(given, judged, pieces, bs, seq_len),
        AWD_LSTM,
        config={**awd_lstm_lm_config, **SHAPE},
        drop_mult=drop_mult,
        pretrained=False,
        **options,
    )
    if pretrained:
        learn.model.load_state_dict(shipped_weights())
    return learn
