"""The English AWD-LSTM, trained on WikiText-103, with the words of IMDB_SAMPLE, as a fastai
Learner. fastai has no checksum for these weights and ends in a traceback; here each fault is one
sentence."""

from pathlib import Path

from fastai.text.all import AWD_LSTM, LMLearner, TextDataLoaders, URLs, language_model_learner

from course_utils.archives import Archive, unpacked
from course_utils.download import DownloadError, Purpose
from course_utils.paths import absolute, data_folder

__all__ = ["IMDB_SAMPLE", "WT103_FWD", "Archive", "DownloadError", "wikitext_learner"]

IMDB_SAMPLE = Archive(URLs.IMDB_SAMPLE, 571_827, "0842e61a9867caa2e6fbdb14fa703d61")
WT103_FWD = Archive(URLs.WT103_FWD, 105_067_061, "7d1114cd9684bf9d1ca3c9f6a54da6f9")
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

    fastai loads weights and vocabulary with pickle, which can run any code (fastai#4163); the sums
    reveal damage, not malice. Raises DownloadError if a file is neither there nor fetched whole, or
    if COURSE_OFFLINE is set."""
    place = absolute(folder or data_folder())
    texts = unpacked(imdb, place, PURPOSE)  # the small one first
    model = unpacked(weights, place, PURPOSE)
    names = [_only_file(model, ending).with_suffix("") for ending in (".pth", ".pkl")]
    table = _only_file(texts, ".csv")
    dls = TextDataLoaders.from_csv(
        texts, table.name, delimiter=",", text_col="text", valid_col="is_valid", is_lm=True
    )
    return language_model_learner(dls, AWD_LSTM, config=config, pretrained_fnames=names)


def _only_file(folder: Path, ending: str) -> Path:
    """The file in an unpacked archive that ends so."""
    found = sorted(folder.glob(f"*{ending}"))
    if len(found) != 1:
        raise DownloadError(
            f"No pre-trained model: {folder} holds {len(found)} files *{ending} instead of one. "
            "Delete the folder and run this again."
        )
    return found[0]
