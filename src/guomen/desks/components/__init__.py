"""What all desks share: the frame, the parts of a page and the tags that draw them."""
