"""Who and what is supervised: enterprises, sites, commodities, hazards, ports."""
