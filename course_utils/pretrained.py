"""The English AWD-LSTM, trained on WikiText-103, with the words of IMDB_SAMPLE, as a fastai
Learner. fastai has no checksum for these weights and ends in a traceback; here each fault is one
sentence."""

import pickle
import pickletools
from pathlib import Path

import torch
from fastai.text.all import AWD_LSTM, LMLearner, TextDataLoaders, URLs, language_model_learner

from course_utils.archives import Archive, unpacked
from course_utils.download import DownloadError, Purpose
from course_utils.paths import absolute, data_folder

__all__ = ["IMDB_SAMPLE", "WT103_FWD", "Archive", "DownloadError", "wikitext_learner"]

IMDB_SAMPLE = Archive(URLs.IMDB_SAMPLE, 571_827, "0842e61a9867caa2e6fbdb14fa703d61")
WT103_FWD = Archive(URLs.WT103_FWD, 105_067_061, "7d1114cd9684bf9d1ca3c9f6a54da6f9")
# What a pickle can call code with: a list of words needs none of it
CALLS = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"}
CALLS |= {"EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"}
PURPOSE = Purpose("No pre-trained model: could not", "run this again")


def wikitext_learner(
    imdb: Archive = IMDB_SAMPLE,
    weights: Archive = WT103_FWD,
    folder: str | Path | None = None,
    config: dict | None = None,
) -> LMLearner:
    """A fastai Learner over the language model of Howard & Ruder (2018), with the vocabulary of
    film reviews (Maas et al. 2011). Fetches 106 MB into `folder`, once; by default into
    `data_folder()`. `config`: as in `language_model_learner`.

    fastai loads weights and vocabulary with pickle, which can run any code (fastai#4163): files
    that hold more than tensors and words are refused before. Raises DownloadError then, if a file
    is neither there nor fetched whole, or if COURSE_OFFLINE is set."""
    place = absolute(folder or data_folder())
    texts = unpacked(imdb, place, PURPOSE)  # the small one first
    model = unpacked(weights, place, PURPOSE)
    names = [_only_file(model, ending).with_suffix("") for ending in (".pth", ".pkl")]
    _look_at(model)
    table = _only_file(texts, ".csv")
    dls = TextDataLoaders.from_csv(
        texts, table.name, delimiter=",", text_col="text", valid_col="is_valid", is_lm=True
    )
    return language_model_learner(dls, AWD_LSTM, config=config, pretrained_fnames=names)


def _look_at(folder: Path) -> None:
    """Raises DownloadError if the weights or the vocabulary could run code when they are loaded."""
    try:
        torch.load(_only_file(folder, ".pth"), map_location="cpu", weights_only=True)
        operations = pickletools.genops(_only_file(folder, ".pkl").read_bytes())
        if called := {operation.name for operation, *_ in operations} & CALLS:
            raise pickle.UnpicklingError(f"its vocabulary calls code: {', '.join(sorted(called))}")
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise DownloadError(
            f"No pre-trained model: {folder} is not loaded, because it holds more or less than "
            f"weights and words ({str(error).partition('. ')[0]}). Delete the folder."
        ) from error


def _only_file(folder: Path, ending: str) -> Path:
    """The file in an unpacked archive that ends so."""
    found = sorted(folder.glob(f"*{ending}"))
    if len(found) != 1:
        raise DownloadError(
            f"No pre-trained model: {folder} holds {len(found)} files *{ending} instead of one. "
            "Delete the folder and run this again."
        )
    return found[0]
