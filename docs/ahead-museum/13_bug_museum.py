# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The bug museum
# *Real faults of recurrent networks, as people made them in public: you see what they saw, you say
# what it is, and only then the line is shown.*
#
# **60 minutes** · needs: notebooks 01 to 07
#
# Afterwards you can
# - tell from a curve, a shape or a number which line to look at;
# - write the test that would have caught it;
# - have a network of your own looked over by `diagnose`, and read what it finds.

# %%
if "google.colab" in str(get_ipython()):  # on Colab: fetch the course and what it needs
    url = "https://github.com/rnn-text-course/rnn-text-course"
    # !test -d /content/course || git clone -q --depth 1 {url} /content/course 2>/dev/null
    assert _exit_code == 0, "The course can't be fetched: run this again with a network."
    # %run /content/course/tools/colab.py

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from course_utils import diagnose
from course_utils.museum.exhibit import faulty_code, right_code
from course_utils.museum.page import visit
from course_utils.museum.rooms import exhibit, matrix

plt.style.use("course_utils.course")

# %% [markdown]
# ## How to walk through
# None of these faults stops the program. Networks were trained with all of them, and some stood for
# years in official tutorials. What they have in common is that nobody had asked the code a question
# with a known answer.
#
# Each exhibit is one file of right code, `course_utils/museum/specimen.py`, with one line changed.
# You see the **symptom**, measured on the changed code while this page runs. Then three diagnoses:
# bet on one before you open it. Last, fold out the fault, the mend, the test, and the public thread
# in which somebody found it.

# %% [markdown]
# ## Room 1: from the equation to its line
# Four cells written by hand. Each runs, and each is a little different from its equation. The first
# is famous: it stood in an official tutorial. Watch its state for forty steps.

# %%
def largest_states(code, steps=40):
    torch.manual_seed(1)
    cell = code.Elman(4, 16, 2)
    cell.U.weight.data *= 4
    h = torch.zeros(1, 16)
    sizes = []
    for _ in range(steps):
        _, h = cell(torch.ones(1, 4), h)
        sizes.append(h.abs().max().item())
    return sizes

plt.semilogy(largest_states(faulty_code(exhibit("no tanh"))))
plt.semilogy(largest_states(right_code()))
plt.annotate("the exhibit", (19, 1e8), ha="right")
plt.annotate("the right cell", (28, 3), ha="right")
plt.xlabel("step")
plt.ylabel("largest number in the state")
plt.show()

# %% [markdown]
# The lower curve can't leave 1; the upper one has no reason to stop.

# %%
visit("no tanh")

# %% [markdown]
# The next one was a matter of debate in its thread: is it a fault, or another kind of network? Ask
# what the *last* word of a text can change.

# %%
visit("old state")

# %% [markdown]
# Two layers, and a number that should not be possible.

# %%
visit("cell state")

# %% [markdown]
# No weight is wrong here, and no shape.

# %%
visit("gate order")

# %% [markdown]
# ## Room 2: reading a batch
# A text must get the same answer alone and in company, with much padding and with none. That one
# question finds everything in this room. Start with the oldest misunderstanding of all.

# %%
visit("time axis")

# %% [markdown]
# The commonest fault of text classifiers. It is often defended: “the padded texts are all of one
# length, so padding is nothing to worry about.”

# %%
visit("last column")

# %% [markdown]
# The bidirectional trap of notebook 04, as it stands in a widely read tutorial.

# %%
visit("backward end")

# %% [markdown]
# Here the shape is right, and the numbers all come from the right layer.

# %%
visit("mixed rows")

# %% [markdown]
# Two from one library of sentence vectors, found by a reader whose classifier disagreed with itself.

# %%
visit("sorted lengths")

# %%
visit("padded maximum")

# %% [markdown]
# And attention: first to nothing at all, then to more than there is.

# %%
visit("attention on padding")

# %%
visit("attention axis")

# %% [markdown]
# ## Room 3: what learns, and what stands still
# A network with a part that doesn't learn still learns: the rest makes up for it. The loss falls, a
# little more slowly, and there is nothing to compare it with.

# %%
visit("plain list")

# %% [markdown]
# This one the course knows well: the notebook from which it grew had it.

# %%
visit("half an optimizer")

# %% [markdown]
# Two runs with the same accuracy to the last digit are a symptom, too.

# %%
visit("frozen vectors")

# %% [markdown]
# Dropout has two faults that are each other's mirror: it stays when it should go, and what it took
# doesn't come back.

# %%
visit("dropout stays")

# %%
visit("weights lost")

# %% [markdown]
# Then a loss that can't fall any further. See first how it looks while it trains: one linear layer
# and nine classes that it could tell apart without an error.

# %%
def losses(code, steps=200):
    model = nn.Linear(9, 9, bias=False)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    x = torch.eye(9)
    return [code.update(model, optimizer, x, torch.arange(9)) for _ in range(steps)]

plt.plot(losses(faulty_code(exhibit("two softmaxes"))))
plt.plot(losses(right_code()))
plt.annotate("the exhibit", (120, 1.45))
plt.annotate("the right loss", (120, 0.08))
plt.ylim(0)
plt.xlabel("step")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# Both networks are right on all nine classes. Only one of them hears it.

# %%
visit("two softmaxes")

# %% [markdown]
# ## Room 4: one step, and what is kept of it
# Five lines that everybody types from memory. A gradient that grows although nothing changes:

# %%
visit("no zero_grad")

# %% [markdown]
# The order of two lines:

# %%
visit("late clipping")

# %% [markdown]
# And a copy that isn't one, from one of PyTorch's own tutorials.

# %%
visit("best is last")

# %% [markdown]
# ## Room 5: too good to be true
# The network is in order; the number isn't. The first of these made a reader of a book write to its
# author: the network was right on everything.

# %%
visit("labels in order")

# %% [markdown]
# A benchmark of next characters, on which an LSTM of two layers reached 100 %:

# %%
visit("overlapping windows")

# %% [markdown]
# A benchmark whose clock stopped when a wrong number reached the goal:

# %%
visit("mean of means")

# %% [markdown]
# And three of language models: one that foresees dice, one that is praised for silence, and one
# that reads well and writes as if it had forgotten everything.

# %%
visit("unshifted targets")

# %%
visit("padding in the loss")

# %%
visit("forgetful writer")

# %% [markdown]
# ## What catches what
# A test is worth something if it fails on the fault it is for, and passes on right code. So every
# detector of this museum is run on every faulty version, and on the right one. The next cell does it
# with two draws of weights and texts; the course's own tests do it with twenty.

# %%
caught = matrix(range(2))
n = len(caught.columns)
_, axes = plt.subplots(figsize=(8, 8))
axes.imshow(caught, cmap="Blues", vmin=0, vmax=2)
axes.set_xticks(range(n), caught.columns, rotation=90, fontsize=7)
axes.set_yticks(range(n + 1), caught.index, fontsize=7)
axes.set_xlabel("detector")
axes.set_ylabel("what is wrong with the code")
plt.show()

# %% [markdown]
# Dark: the detector fires in both draws. The top row is the right code. In numbers:

# %%
alarms = caught.loc["right code"].sum()
own = sum(caught.loc[key, key] for key in caught.columns)
others = caught.drop("right code").to_numpy().sum() - own
print(f"on right code: {alarms} alarms in {2 * n} questions")
print(f"on faulty code: {own} of {2 * n} by the fault's own detector, {others} by others")

# %% [markdown]
# ## Your own network
# Some of these questions need no knowledge of the network: `diagnose` asks them of anything that
# classifies sequences. Here is a small model with three faults from the rooms above. **Predict
# first:** which are they?

# %%
class Suspect(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 8, padding_idx=0)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.heads = [nn.Linear(16, 4)]

    def forward(self, x, lengths):
        output, _ = self.lstm(self.emb(x))
        return self.heads[0](output[:, -1])


# %%
torch.manual_seed(0)
lengths = torch.tensor([9, 4, 7, 6, 3, 8] * 4)
x = torch.randint(1, 50, (24, 9)).masked_fill(torch.arange(9) >= lengths[:, None], 0)
y = torch.arange(24) // 6
diagnose(Suspect(), (x, lengths, y))

# %% [markdown]
# Padding and lengths are one fault seen from two sides, the last column; the head stands in a plain
# list; and the texts come sorted by class. Where a question can't be asked, a line with a circle
# says why. Each finding names the notebook that explains it.
#
# It was tried on all networks of this course and on twenty public ones, written anew from their
# descriptions, as they are and with 130 planted faults, three draws each. On the right ones it raised
# no false alarm; four have by design what it calls a finding. It missed one fault in two of the draws,
# where that changed nothing. The faults were chosen by whoever wrote `diagnose`, so this says that it
# works, not how often it will. `results/diagnosed.csv` has every row, and
# `python -m benchmarks.diagnosed` makes it anew.

# %% [markdown]
# ## In three lines
# - A fault that stops the program is a kindness; these are the others.
# - Change what must not matter, and what must; look at numbers, not at falling curves.
# - Too good is a symptom, and so is exactly equal.

# %% [markdown]
# ## Exercises
# 1. (15 minutes) Four exhibits are in the depot below. Write each one's test before you
#    unfold it.
# 2. (15 minutes) Mend `Suspect` until `diagnose` finds nothing but the order of the texts.
# 3. (project) Find a fault of your own in a public thread, write it as an `Exhibit`, and let the
#    matrix decide whether your detector is as good as you think.
#
# **Read on.** A. Karpathy, [A Recipe for Training Neural Networks](https://karpathy.github.io/2019/04/25/recipe/):
# why networks fail silently, and an order in which to build them.

# %%
visit("broadcast")

# %%
visit("summed gradients")

# %%
visit("no eval")

# %%
visit("unknown is padding")
