"""What a picture shows of a graph: its Values, the parts they fold into, their states."""

from .graph import Graph as Graph
