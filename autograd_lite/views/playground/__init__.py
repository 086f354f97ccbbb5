"""The playground: a page in which a model trains on the reader's own data, without Python."""
