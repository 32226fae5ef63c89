"""Joldau: three services that refer citizens' appeals to the bodies competent for them."""
