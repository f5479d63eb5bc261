"""What `diagnose` is made of: a way to ask a network questions, and the questions.
No question trains anything: all work on a copy in float64, and leave the network as it was."""
