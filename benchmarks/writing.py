"""Generation beside its ceiling: `sample` and `beam_search` against the model's own steps.
And against the search as fastai 1 did it; all on one AWD-LSTM, in tokens a second."""

import time
from collections.abc import Callable

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.machine import DEVICE, synchronise
from course_utils import beam_search, load_gnad, sample, tokenize

BEAM = 250
TOP_K = 25
WORDS = 25
SAMPLED = 200
PROMPT = "Wien – Die Regierung"
LOGITS = "the model's own steps: logits"
LOG_PROBABILITIES = "the model's own steps: log-probabilities"


def learner(n_articles: int = 600):
    """A fastai language-model Learner after an epoch: 100 and 200 units, at most 8,000 words."""
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
    data = DataBlock(block, get_x=ColReader("text"), splitter=RandomSplitter(0.1, seed=0))
    dls = data.dataloaders(train[:n_articles], bs=16, seq_len=30)
    torch.manual_seed(0)
    config = {**awd_lstm_lm_config, "emb_sz": 100, "n_hid": 200, "n_layers": 2}
    learn = language_model_learner(dls, AWD_LSTM, config=config, pretrained=False)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(1, 5e-3)
    return learn


@torch.no_grad()
def as_fastai_1_did(learn, text: str, n_words: int, top_k: int, beam_sz: int) -> Tensor:
    """The search that fastai 1 carried, written anew from its description; returns its tokens.

    The whole text of every beam is copied at each step, all successors are sorted, and one beam is
    drawn at the end with probability exp(-cost)."""
    model = learn.model.eval()
    unknown = learn.dls.vocab.index("xxunk")
    last = learn.dls.test_dl([text]).items[0][None].to(next(model.parameters()).device)
    model[0].bs = 1
    model.reset()
    texts = last.new_zeros(1, 0)
    costs = torch.zeros(1, device=last.device)
    for _ in range(n_words):
        log_p = F.log_softmax(model(last)[0][:, -1], dim=-1)
        log_p[:, unknown] = -torch.inf
        values, words = log_p.topk(top_k, dim=-1)
        grown = (costs[:, None] - values).flatten()
        parents = torch.arange(len(texts), device=last.device).repeat_interleave(top_k)
        texts = torch.cat([texts.repeat_interleave(top_k, dim=0), words.reshape(-1, 1)], dim=1)
        cheapest = grown.argsort(stable=True)[:beam_sz]
        texts = texts[cheapest]
        costs = grown[cheapest]
        model[0].hidden = _of_parents(model[0].hidden, parents[cheapest])
        model[0].bs = len(texts)
        last = texts[:, -1:]
    # fastai 1 did not subtract the smallest cost; without it the draw fails in long texts
    weights = (costs.min() - costs).exp()
    return texts[weights.multinomial(1)[0]]


def _of_parents(hidden: list, parents: Tensor) -> list:
    return [
        tuple(state[:, parents] for state in layer)
        if isinstance(layer, tuple)
        else layer[:, parents]
        for layer in hidden
    ]


@torch.no_grad()
def model_alone(learn, width: int, n_words: int, normalised: bool) -> None:
    """The ceiling: the model's own steps at this width, nothing chosen, nothing gathered."""
    model = learn.model.eval()
    model[0].bs = width
    model.reset()
    tokens = torch.full((width, 1), 20, device=next(model.parameters()).device)
    for _ in range(n_words):
        logits = model(tokens)[0][:, -1]
        if normalised:
            logits.log_softmax(-1)


Runs = dict[tuple[int, str], Callable[[], object]]


def medians(runs: Runs, rounds: int = 9) -> dict[tuple[int, str], float]:
    """Median seconds of each of `runs`, which take turns; two rounds of warming up come first."""
    times: dict[tuple[int, str], list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 2):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            synchronise()
            times[name].append(time.perf_counter() - start)
    return {name: sorted(values[2:])[rounds // 2] for name, values in times.items()}


def generation() -> pd.DataFrame:
    """Tokens a second of each way.

    The ceiling is the model's own steps at the same width, once as logits and once as the
    log-probabilities that every search needs; a share is the ceiling's time over the way's."""
    learn = learner()

    def alone(width: int, words: int, normalised: bool) -> Callable[[], object]:
        return lambda: model_alone(learn, width, words, normalised)

    def drawn_text(**how) -> str | list[str]:
        return sample(learn, PROMPT, SAMPLED, top_k=TOP_K, seed=0, **how)

    runs: Runs = {}
    for width, words in ((BEAM, WORDS), (1, SAMPLED)):
        runs[width, LOGITS] = alone(width, words, False)
        runs[width, LOG_PROBABILITIES] = alone(width, words, True)
    runs[BEAM, "beam_search"] = lambda: beam_search(
        learn, PROMPT, WORDS, top_k=TOP_K, beam_sz=BEAM, seed=0
    )
    runs[BEAM, "the search as fastai 1 did it"] = lambda: as_fastai_1_did(
        learn, PROMPT, WORDS, TOP_K, BEAM
    )
    runs[1, "sample"] = drawn_text
    drawn = len(drawn_text(decoder=list)) - 1  # a text may end early
    took = medians(runs)
    took[1, "sample"] *= SAMPLED / drawn
    rows = []
    for (width, way), seconds in took.items():
        words = WORDS if width == BEAM else SAMPLED
        row = {"way": way, "beam": width, "words": words, "vocabulary": len(learn.dls.vocab)}
        row["milliseconds a word"] = round(1000 * seconds / words, 2)
        row["tokens a second"] = round(width * words / seconds)
        row["share of logits"] = round(took[width, LOGITS] / seconds, 2)
        row["share of log-probabilities"] = round(took[width, LOG_PROBABILITIES] / seconds, 2)
        rows.append(row)
    return pd.DataFrame(rows)
