"""From a function to a tape that is replayed: arguments, trace, lowering, tape, replay, source."""
