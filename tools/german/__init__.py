"""What reads German for the course: pieces and a language model, made from plain text.
Only what was learned is shipped; the texts themselves stay outside the repository."""
