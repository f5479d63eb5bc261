"""mininews, an invented Austrian newspaper of the year 2031, written article by article.
The texts stand in articles/, what holds in all of them in WORLD.md; the modules pack and check."""
