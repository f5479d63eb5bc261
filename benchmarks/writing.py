"""Generation beside its ceiling: `sample` and `beam_search`, tokens a second, against the model's own steps at the same width
and against the search as fastai 1 did it, all on one AWD-LSTM of notebook 10's size after an epoch of training."""

import time

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.machine import DEVICE, synchronise
from course_utils import beam_search, load_gnad, sample, tokenize

BEAM, TOP_K, WORDS, PROMPT = 250, 25, 25, "Wien – Die Regierung"


def learner(n_articles: int = 600):
    """A fastai language-model Learner over AWD_LSTM: two layers, 100 and 200 units, at most 8,000 words."""
    from fastai.text.all import (
        AWD_LSTM,
        ColReader,
        DataBlock,
        RandomSplitter,
        TextBlock,
        awd_lstm_lm_config,
        default_device,
        language_model_learner,
    )

    default_device(DEVICE == "cuda")  # fastai alone would take Apple's GPU, too
    train, _ = load_gnad()
    block = TextBlock.from_df(
        "text",
        is_lm=True,
        tok=lambda texts: map(tokenize, texts),
        rules=[lambda text: f"xxbos {text}"],
        n_workers=0,
        min_freq=2,
        max_vocab=8_000,
    )
    dls = DataBlock(
        block, get_x=ColReader("text"), splitter=RandomSplitter(0.1, seed=0)
    ).dataloaders(train[:n_articles], bs=16, seq_len=30)
    torch.manual_seed(0)
    config = {**awd_lstm_lm_config, "emb_sz": 100, "n_hid": 200, "n_layers": 2}
    learn = language_model_learner(dls, AWD_LSTM, config=config, pretrained=False)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, 5e-3)
    return learn


@torch.no_grad()
def as_fastai_1_did(learn, text: str, n_words: int, top_k: int, beam_sz: int) -> Tensor:
    """The search that fastai 1 carried, written anew from its description: the whole text of every beam is copied at each step,
    all successors are sorted, and one beam is drawn at the end with probability exp(-cost). Returns its tokens."""
    model, vocab = learn.model.eval(), learn.dls.vocab
    unknown = vocab.index("xxunk")
    last = learn.dls.test_dl([text]).items[0][None].to(next(model.parameters()).device)
    model[0].bs = 1
    model.reset()
    texts, costs = last.new_zeros(1, 0), torch.zeros(1, device=last.device)
    for _ in range(n_words):
        log_p = F.log_softmax(model(last)[0][:, -1], dim=-1)
        log_p[:, unknown] = -torch.inf
        values, words = log_p.topk(top_k, dim=-1)
        grown = (costs[:, None] - values).flatten()
        parents = torch.arange(len(texts), device=last.device).repeat_interleave(top_k)
        texts = torch.cat([texts.repeat_interleave(top_k, dim=0), words.reshape(-1, 1)], dim=1)
        cheapest = grown.argsort()[:beam_sz]
        texts, costs, parents = texts[cheapest], grown[cheapest], parents[cheapest]
        model[0].hidden = [
            tuple(state[:, parents] for state in layer)
            if isinstance(layer, tuple)
            else layer[:, parents]
            for layer in model[0].hidden
        ]
        model[0].bs = len(texts)
        last = texts[:, -1:]
    shifted = (
        -(costs - costs.min())
    ).exp()  # fastai 1 did not shift; without it the draw fails in long texts
    return texts[shifted.multinomial(1)[0]]


@torch.no_grad()
def model_alone(learn, width: int, n_words: int, normalised: bool) -> None:
    """The ceiling: the model's own steps at this width, nothing chosen, nothing gathered; with its softmax or without."""
    model = learn.model.eval()
    model[0].bs = width
    model.reset()
    tokens = torch.full((width, 1), 20, device=next(model.parameters()).device)
    for _ in range(n_words):
        logits = model(tokens)[0][:, -1]
        if normalised:
            logits.log_softmax(-1)


def medians(runs: dict, rounds: int = 9) -> dict[str, float]:
    """Median seconds of each of `runs`, which take turns: a machine's speed wanders within seconds."""
    times = {name: [] for name in runs}
    for _ in range(rounds + 2):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            synchronise()
            times[name].append(time.perf_counter() - start)
    return {name: sorted(values[2:])[rounds // 2] for name, values in times.items()}


def generation() -> pd.DataFrame:
    """Tokens a second of each way. The ceiling is the model's own steps at the same width, once as logits and once as the log-probabilities
    that every search needs; a share is the ceiling's time over the way's."""
    learn = learner()
    runs = {}
    for width, words in ((BEAM, WORDS), (1, 200)):
        runs[width, "the model's own steps: logits"] = lambda w=width, n=words: model_alone(
            learn, w, n, normalised=False
        )
        runs[width, "the model's own steps: log-probabilities"] = lambda w=width, n=words: (
            model_alone(learn, w, n, normalised=True)
        )
    runs[BEAM, "beam_search"] = lambda: beam_search(
        learn, PROMPT, WORDS, top_k=TOP_K, beam_sz=BEAM, seed=0
    )
    runs[BEAM, "the search as fastai 1 did it"] = lambda: as_fastai_1_did(
        learn, PROMPT, WORDS, TOP_K, BEAM
    )
    runs[1, "sample"] = lambda: sample(learn, PROMPT, 200, top_k=TOP_K, seed=0)
    drawn = (
        len(sample(learn, PROMPT, 200, top_k=TOP_K, seed=0, decoder=list)) - 1
    )  # a text may end early
    took, rows = medians(runs), []
    took[1, "sample"] *= 200 / drawn
    for (width, way), value in sorted(took.items(), key=lambda item: -item[0][0]):
        words = WORDS if width == BEAM else 200
        rows.append(
            {
                "way": way,
                "beam": width,
                "words": words,
                "vocabulary": len(learn.dls.vocab),
                "milliseconds a word": round(1000 * value / words, 2),
                "tokens a second": round(width * words / value),
                **{
                    f"share of {kind}": round(
                        took[width, f"the model's own steps: {kind}"] / value, 2
                    )
                    for kind in ("logits", "log-probabilities")
                },
            }
        )
    return pd.DataFrame(rows)
