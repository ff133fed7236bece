"""What the desks of officers and of enterprises share about consignments; no desk knows another."""
