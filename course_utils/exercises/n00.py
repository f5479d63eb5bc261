"""Exercise of notebook 00, Start here.
It is there to try how exercises work."""

from course_utils.exercises import exercise


@exercise(
    "start-count-words",
    hint=(
        "str.split() without an argument splits at any run of blanks; "
        "how long is the list it returns?"
    ),
    minutes=1,
    cases=[("Der neue BER wird bald eröffnet",), ("Ja.",), ("ein  Wort   mehr ",)],
)
def count_words(text):
    return len(text.split())
