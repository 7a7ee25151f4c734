"""Power cuts: the record's writers are traced; from the trace come the states that a cut may leave on a disk."""
