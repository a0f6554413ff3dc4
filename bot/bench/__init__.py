"""Speed as figures, each beside what it is compared with, measured in one run and shown as ratios."""
