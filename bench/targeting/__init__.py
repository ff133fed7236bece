"""Whom to open, measured: public protocols, an own market, peers and an oracle, speed."""
