"""A net of neurons as discs, columns and hairs; `draw` takes it for the nets of `nn`."""

from .picture import NetPicture as NetPicture
