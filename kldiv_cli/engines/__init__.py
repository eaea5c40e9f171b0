"""Where batches are summarised and merged."""
