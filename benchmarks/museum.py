"""Every fault of the museum before every detector, and the right code: twenty draws each.
`python -m benchmarks.museum` writes results/museum.csv: in how many draws a detector fires."""

from benchmarks.tables import keep
from course_utils.museum.rooms import matrix

DRAWS = 20


def main() -> None:
    table = matrix(range(DRAWS)).rename_axis("code")
    print(table.to_string())
    keep(table.reset_index(), "museum", ["code"])


if __name__ == "__main__":
    main()
