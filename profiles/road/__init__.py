"""The road: what terrain and surface files say, turned into heights, grade and ground over distance."""
