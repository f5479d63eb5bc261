"""Writes what the course ships into course_utils/data/german: vectors and language model in eight
bits, their words and pieces as JSON and SentencePiece; no pickle anywhere."""

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from gensim.models import KeyedVectors

from course_utils.eight_bits import save_packed
from course_utils.german import GERMAN
from tools.german.lm import ReaderLM, Shape
from tools.german.ngrams import fit_ngrams

LICENCE = "CC BY-SA 4.0"
SHARED = ("0.encoder_dp.emb.weight", "1.decoder.weight")  # the embedding once more
WORDS = 40_000
NGRAMS = 28_000


def centred(vectors: KeyedVectors) -> KeyedVectors:
    """Without what all words have in common: their mean (Mu & Viswanath 2018)."""
    moved = KeyedVectors(vectors.vector_size)
    mean = vectors.vectors[:WORDS].mean(0)
    moved.add_vectors(vectors.index_to_key, vectors.vectors - mean)
    return moved


def ship_vectors(vectors: KeyedVectors, target: Path = GERMAN) -> None:
    """The most frequent words of `vectors`, and n-grams fitted to all of them, of equal spread."""
    vectors = centred(vectors)
    parts, part_vectors = fit_ngrams(vectors, NGRAMS)
    kept = vectors.vectors[:WORDS]
    length = np.linalg.norm(kept, axis=1).mean()  # n-grams were fitted to unit vectors
    weights = {"words": kept, "ngrams": part_vectors * length}
    target.mkdir(parents=True, exist_ok=True)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(w)) for name, w in weights.items()}
    save_packed(tensors, target / "vectors.safetensors", {"licence": LICENCE})
    lists = {"words": vectors.index_to_key[:WORDS], "ngrams": parts}
    text = json.dumps(lists, ensure_ascii=False, separators=(",", ":"))
    (target / "vectors.json").write_text(text, encoding="utf-8")


def ship_language_model(folder: Path, target: Path = GERMAN) -> None:
    """The model whose reading `folder` holds, under fastai's names, and its vocabulary."""
    saved = torch.load(folder / "lm" / "state.pt", weights_only=True, map_location="cpu")
    model = ReaderLM(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    weights = model.as_awd_lstm()
    for name in SHARED:
        del weights[name]
    target.mkdir(parents=True, exist_ok=True)
    notes = {"licence": LICENCE, "steps": str(saved["step"])}
    save_packed(weights, target / "language-model.safetensors", notes)
    shutil.copyfile(folder / "pieces.model", target / "pieces.model")
