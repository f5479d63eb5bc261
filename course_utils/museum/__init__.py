"""The bug museum: right code, one visible change to it for every exhibit, and what catches each.
Every fault was made in public, by people who knew what they were doing; the threads are named."""
