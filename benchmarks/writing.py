"""Generation beside its ceiling: `sample` and `beam_search`, tokens a second, against the model's own steps at the same width
and against the search as fastai 1 did it, all on one AWD-LSTM of notebook 10's size, untrained (speed does not hang on sense)."""

import time

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from course_utils import beam_search, load_gnad, sample, tokenize

BEAM, TOP_K, WORDS, PROMPT = 250, 25, 25, "Wien – Die Regierung"


def learner(n_articles: int = 600):
    """A fastai language-model Learner over AWD_LSTM: two layers, 100 and 200 units, at most 8,000 words."""
    from fastai.text.all import (
        AWD_LSTM, ColReader, DataBlock, RandomSplitter, TextBlock, awd_lstm_lm_config, language_model_learner)

    train, _ = load_gnad()
    block = TextBlock.from_df("text", is_lm=True, tok=lambda texts: map(tokenize, texts), rules=[lambda text: f"xxbos {text}"],
                              n_workers=0, min_freq=2, max_vocab=8_000)
    dls = DataBlock(block, get_x=ColReader("text"), splitter=RandomSplitter(0.1, seed=0)).dataloaders(train[:n_articles], bs=16, seq_len=30)
    torch.manual_seed(0)
    config = {**awd_lstm_lm_config, "emb_sz": 100, "n_hid": 200, "n_layers": 2}
    return language_model_learner(dls, AWD_LSTM, config=config, pretrained=False)


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
        model[0].hidden = [tuple(state[:, parents] for state in layer) if isinstance(layer, tuple) else layer[:, parents]
                           for layer in model[0].hidden]
        model[0].bs = len(texts)
        last = texts[:, -1:]
    shifted = (-(costs - costs.min())).exp()  # fastai 1 did not shift; without it the draw fails in long texts
    return texts[shifted.multinomial(1)[0]]


@torch.no_grad()
def model_alone(learn, width: int, n_words: int) -> None:
    """The ceiling: the model's own steps at this width, nothing chosen, nothing gathered."""
    model = learn.model.eval()
    model[0].bs = width
    model.reset()
    tokens = torch.full((width, 1), 20, device=next(model.parameters()).device)
    for _ in range(n_words):
        model(tokens)


def seconds(run, rounds: int = 7) -> float:
    """The median of some rounds after a first one."""
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[rounds // 2]


def generation() -> pd.DataFrame:
    """Tokens a second of each way; `share of ceiling` is the time of the model's own steps over the time of the whole."""
    learn = learner()

    def ours():  # to the end: text may not end early, or fewer tokens would be counted than written
        beam_search(learn, PROMPT, WORDS, top_k=TOP_K, beam_sz=BEAM, seed=0)

    ways = {"the model's own steps, 250 wide": lambda: model_alone(learn, BEAM, WORDS),
            "beam_search": ours, "the search as fastai 1 did it": lambda: as_fastai_1_did(learn, PROMPT, WORDS, TOP_K, BEAM),
            "the model's own steps, 1 wide": lambda: model_alone(learn, 1, 200), "sample": lambda: sample(learn, PROMPT, 200, top_k=TOP_K, seed=0)}
    took = {name: seconds(run) for name, run in ways.items()}
    rows = []
    for name, width, words, ceiling in [("the model's own steps, 250 wide", BEAM, WORDS, None), ("beam_search", BEAM, WORDS, "the model's own steps, 250 wide"),
                                        ("the search as fastai 1 did it", BEAM, WORDS, "the model's own steps, 250 wide"),
                                        ("the model's own steps, 1 wide", 1, 200, None), ("sample", 1, 200, "the model's own steps, 1 wide")]:
        rows.append({"way": name, "beam": width, "words": words, "vocabulary": len(learn.dls.vocab), "milliseconds a word": round(1000 * took[name] / words, 2),
                     "tokens a second": round(width * words / took[name]), "share of ceiling": round(took[ceiling or name] / took[name], 2)})
    return pd.DataFrame(rows)
