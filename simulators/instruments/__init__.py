"""The instruments of the bench: models, their commands, and what is cabled to them."""
