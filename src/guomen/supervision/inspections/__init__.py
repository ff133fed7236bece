"""Work orders, visits, findings, seals, loading under supervision and checks at the port."""
