"""The mathematics: summaries, supports, smoothing, measures. No files, no printing, no clock."""
