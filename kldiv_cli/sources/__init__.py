"""A place becomes batches of typed columns: inline text, files, pipes, Python objects."""
