"""The inbound wires, one folder each; none knows another."""
