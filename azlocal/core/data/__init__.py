"""Facts of the field as data, each with its version, source and date."""
