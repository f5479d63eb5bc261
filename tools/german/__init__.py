"""What reads German for the course: word vectors, pieces and a language model, made from folders of plain text.
Only what was learned is shipped (course_utils/data/german); the texts themselves stay outside the repository."""
