"""Classification: the class of an enterprise and the risk level of a product."""
